"""Contract documents (Open Data Contract Standard): dialects in, one internal contract out. No Arrow here."""
