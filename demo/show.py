"""Query the demo's tables with DuckDB, which knows nothing of Dativo: what reads Iceberg and Arrow reads them."""

import os
import sys
from pathlib import Path

import duckdb
from pyiceberg.catalog.sql import SqlCatalog

ROOT = Path(__file__).parent.parent
NAMESPACE = "demo__aviation"
COLUMNS = {"flights": ("carrier", "arr_delay"), "airlines": ("carrier", "name")}
QUERY = """
select airlines.name as airline, count(*) as flights, round(avg(arr_delay), 1) as minutes_late
from flights join airlines using (carrier)
group by airline
order by minutes_late desc
limit 10
"""


def main() -> int:
    """Print which airlines arrived late, and by how much. Returns the exit code."""
    catalog = _open_catalog(ROOT / os.environ.get("DATIVO_LAKE", ".dativo"))
    with duckdb.connect() as connection:
        for name, columns in COLUMNS.items():
            table = catalog.load_table((NAMESPACE, name))
            connection.register(name, table.scan(selected_fields=columns).to_arrow())
        print(QUERY)
        connection.sql(QUERY).show()
    print("Browse the tables, their columns and checks: make ui")
    return 0


def _open_catalog(directory: Path) -> SqlCatalog:
    uri, warehouse = f"sqlite:///{directory / 'catalog.db'}", f"file://{directory / 'warehouse'}"
    return SqlCatalog("dativo", uri=uri, warehouse=warehouse)


if __name__ == "__main__":
    sys.exit(main())
