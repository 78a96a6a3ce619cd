"""Query the demo's tables with DuckDB, which knows nothing of Dativo: what reads Iceberg and Arrow reads them.

Shown are the rows that broke their contract, and which airlines were late.
"""

import os
import sys
from pathlib import Path

import duckdb
from pyiceberg.catalog.sql import SqlCatalog

ROOT = Path(__file__).parent.parent
NAMESPACE = "demo__aviation"
COLUMNS = {
    "flights": ("carrier", "arr_delay"),
    "airlines": ("carrier", "name"),
    "reports__quarantine": ("line", "reason", "raw"),
}
QUARANTINE = """
select line, reason, raw
from reports__quarantine
order by line
"""
WIDTH = 150
QUERY = """
select airlines.name as airline, count(*) as flights, round(avg(arr_delay), 1) as minutes_late
from flights join airlines using (carrier)
group by airline
order by minutes_late desc
limit 10
"""


def main() -> int:
    """Print both queries with their results. Returns the exit code."""
    catalog = _open_catalog(ROOT / os.environ.get("DATIVO_LAKE", ".dativo"))
    with duckdb.connect() as connection:
        for name, columns in COLUMNS.items():
            table = catalog.load_table((NAMESPACE, name))
            connection.register(name, table.scan(selected_fields=columns).to_arrow())
        for query in (QUARANTINE, QUERY):
            print(query)
            connection.sql(query).show(max_width=WIDTH)
    print("Browse the tables, their columns and checks: make ui")
    return 0


def _open_catalog(directory: Path) -> SqlCatalog:
    uri, warehouse = f"sqlite:///{directory / 'catalog.db'}", f"file://{directory / 'warehouse'}"
    return SqlCatalog("dativo", uri=uri, warehouse=warehouse)


if __name__ == "__main__":
    sys.exit(main())
