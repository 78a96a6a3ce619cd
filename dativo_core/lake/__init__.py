"""The lake: catalog, Parquet files, load state, and the commit that is the only place where a table changes."""
