"""Other engines read the tables: same rows, same types."""

from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pytest

from dativo_core.lake.catalog import open_lake
from dativo_core.odcs.contract import Column
from dativo_core.odcs.types import FieldType, TypeKind
from tests.support import PLACE, TABLE, load, orders_plan

KINDS = {
    "id": TypeKind.LONG,
    "name": TypeKind.STRING,
    "amount": TypeKind.DOUBLE,
    "price": TypeKind.DECIMAL,
    "day": TypeKind.DATE,
    "at": TypeKind.TIMESTAMPTZ,
    "local": TypeKind.TIMESTAMP,
    "flag": TypeKind.BOOLEAN,
    "small": TypeKind.INT,
}
CSV = """id,name,amount,price,day,at,local,flag,small
1,a,1.5,10.25,2024-02-29,2024-01-01T10:00:00Z,2024-01-01 10:00:00.123456,true,7
2,,,,,,,,
9223372036854775807,ü,0.25,-99999999.99,1970-01-01,2024-01-01T10:00:00+02:00,1969-12-31T23:59:59,no,-5
"""


def landed(root: Path) -> Path:
    columns = tuple(
        Column(
            name,
            name,
            FieldType(kind, 10, 2) if kind is TypeKind.DECIMAL else FieldType(kind),
            False,
            None,
            "",
            None,
            (),
            PLACE,
        )
        for name, kind in KINDS.items()
    )
    (root / "in").mkdir()
    (root / "in" / "a.csv").write_text(CSV)
    report = load(orders_plan(root, columns=columns))
    assert report.exit_code == 0, report.streams[0].error
    return root / "lake"


def test_polars_reads_what_pyiceberg_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLARS_ICEBERG_PLANNER", "pyiceberg")
    with open_lake(landed(tmp_path)) as lake:
        table = lake.catalog.load_table(TABLE.identifier)
        expected = table.scan().to_arrow().sort_by("id")
        found = pl.scan_iceberg(table, reader_override="native").sort("id").collect()
    assert expected.num_rows == 3
    assert found.to_dicts() == pl.DataFrame(expected).to_dicts()


def test_duckdb_reads_the_same_rows_and_types_from_the_data_files(tmp_path: Path) -> None:
    with open_lake(landed(tmp_path)) as lake:
        table = lake.catalog.load_table(TABLE.identifier)
        paths = [task.file.file_path.removeprefix("file://") for task in table.scan().plan_files()]
        expected = table.scan().to_arrow().sort_by("id")
    session = duckdb.connect()
    session.execute("set timezone = 'UTC'")
    found = session.sql("select * from read_parquet($paths) order by id", params={"paths": paths}).to_arrow_table()
    names = list(KINDS)
    assert found.select(names).to_pylist() == expected.select(names).to_pylist()
    types = {name: str(kind) for name, kind in zip(found.schema.names, found.schema.types, strict=True)}
    assert types["price"] == str(pa.decimal128(10, 2))
    assert types["at"] == "timestamp[us, tz=UTC]"
    assert types["day"] == "date32[day]"
