"""Sources: one protocol, one file per source type."""
