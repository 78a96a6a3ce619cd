"""Commands that need Dagster, added to `dativo` by entry points; none imports Dagster before it is called."""
