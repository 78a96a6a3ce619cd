"""The demo tenant: fetch real files, load them through Dagster, query the tables."""
