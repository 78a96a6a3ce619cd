"""Python to copy and run that reads one snapshot of a table, exactly as a run left it."""

from pathlib import Path

from dativo_core.lake.catalog import CATALOG_NAME
from dativo_core.lake.places import DATABASE, WAREHOUSE
from dativo_core.model.names import TableName
from dativo_core.plan.types import CatalogPlan

TEXT = """\
Reads exactly this snapshot, whatever was loaded since. With DuckDB:

```python
import duckdb
from pyiceberg.catalog.sql import SqlCatalog

catalog = SqlCatalog({catalog})
table = catalog.load_table({identifier!r})
rows = table.scan(snapshot_id={snapshot_id}).to_arrow()
duckdb.sql("select * from rows limit 10").show()
```

With PyIceberg alone:

```python
from pyiceberg.catalog.sql import SqlCatalog

catalog = SqlCatalog({catalog})
table = catalog.load_table({identifier!r})
print(table.scan(snapshot_id={snapshot_id}, limit=10).to_arrow().to_pylist())
```
"""


def snapshot_query(catalog: CatalogPlan | None, root: Path, table: TableName, snapshot_id: int) -> str | None:
    """Return Markdown with the query; None when where the catalog is depends on references, whose values stay out of it."""
    if catalog is None or "$" in catalog.directory:
        return None
    directory = root / catalog.directory
    uri, warehouse = f"sqlite:///{directory / DATABASE}", f"file://{directory / WAREHOUSE}"
    opened = f"{CATALOG_NAME!r}, uri={uri!r}, warehouse={warehouse!r}"
    return TEXT.format(catalog=opened, identifier=table.identifier, snapshot_id=snapshot_id)
