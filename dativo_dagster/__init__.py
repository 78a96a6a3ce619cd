"""The Dagster edge: one job YAML, one asset definition. Thin; everything that loads data is in `dativo_core`."""
