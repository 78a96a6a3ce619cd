"""Query the demo's tables with Polars: any engine that reads Iceberg sees what Dativo wrote."""

import os
import sys
from pathlib import Path

import polars as pl
from pyiceberg.catalog.sql import SqlCatalog

ROOT = Path(__file__).parent.parent
NAMESPACE = "demo__aviation"


def main() -> int:
    """Print which airlines arrived late, and by how much. Returns the exit code."""
    catalog = _open_catalog(ROOT / os.environ.get("DATIVO_LAKE", ".dativo"))
    flights = pl.scan_iceberg(catalog.load_table((NAMESPACE, "flights")))
    airlines = pl.scan_iceberg(catalog.load_table((NAMESPACE, "airlines")))
    print("\nMean arrival delay in minutes, by airline:")
    with pl.Config(tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True, thousands_separator=","):
        print(_mean_delays(flights, airlines).head(10))
    print("Browse the tables, their checks and columns: make ui")
    return 0


def _open_catalog(directory: Path) -> SqlCatalog:
    return SqlCatalog(
        "demo", uri=f"sqlite:///{directory / 'catalog.db'}", warehouse=f"file://{directory / 'warehouse'}"
    )


def _mean_delays(flights: pl.LazyFrame, airlines: pl.LazyFrame) -> pl.DataFrame:
    """Return one row per airline, the most delayed first; cancelled flights have no delay and do not count."""
    delays = flights.group_by("carrier").agg(
        pl.len().alias("flights"), pl.col("arr_delay").mean().round(1).alias("delay_min")
    )
    named = delays.join(airlines.select("carrier", pl.col("name").alias("airline")), on="carrier")
    return named.select("airline", "flights", "delay_min").sort("delay_min", descending=True).collect()


if __name__ == "__main__":
    sys.exit(main())
