"""Nested columns in tables: created, written, read by other engines, and grown."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dativo_core.errors import TargetError
from dativo_core.flow import StreamReport
from dativo_core.lake.catalog import open_lake
from dativo_core.lake.live_rows import live_files, read_rows
from dativo_core.plan.types import ReplaceScope, WriteMode
from tests.support import TABLE, load, orders_plan, table_rows
from tests.unit.contract.build import column
from tests.unit.lake.other_engine import data_directory, mark_deleted, opened

ADDRESS = "struct<city: string not null, geo: struct<lat: double, lon: double>>"
LINES = "list<struct<sku: string, price: decimal(10,2), tags: list<string>>>"
COLUMNS = {"id": "long", "address": ADDRESS, "lines": LINES, "labels": "map<string, date>"}
ROWS = [
    {
        "id": 1,
        "address": {"city": "Köln", "geo": {"lat": 50.9, "lon": None}},
        "lines": [{"sku": "a", "price": Decimal("1.50"), "tags": ["x", None]}, {"sku": "b", "price": None, "tags": []}],
        "labels": [("made", date(2024, 2, 29))],
    },
    {"id": 2, "address": None, "lines": [], "labels": []},
    {"id": 3, "address": {"city": "Bonn", "geo": None}, "lines": [None], "labels": None},
]
CSV = """id,address,lines,labels
1,"{""city"":""Köln"",""geo"":{""lat"":50.9}}","[{""sku"":""a"",""price"":1.5,""tags"":[""x"",null]},{""sku"":""b"",""tags"":[]}]","{""made"":""2024-02-29""}"
2,,[],{}
3,"{""city"":""Bonn""}",[null],
"""


def landed(root: Path, csv: str = CSV, name: str = "a.csv", **types: str) -> StreamReport:
    columns = tuple(column(name, text) for name, text in {**COLUMNS, **types}.items())
    (root / "in").mkdir(exist_ok=True)
    (root / "in" / name).write_text(csv)
    (stream,) = load(orders_plan(root, columns=columns, rules=())).streams
    return stream


def load_by_file(root: Path, **files: str) -> StreamReport:
    """Load the CSV files in write mode `delete_insert`."""
    (root / "in").mkdir(exist_ok=True)
    for name, csv in files.items():
        (root / "in" / f"{name}.csv").write_text(csv)
    columns = tuple(column(name, text) for name, text in COLUMNS.items())
    plan = orders_plan(
        root, columns=columns, rules=(), partition_by=(), write_mode=WriteMode.DELETE_INSERT, replace=ReplaceScope.FILE
    )
    (stream,) = load(plan).streams
    return stream


def join_data_files(root: Path) -> None:
    """Put one file in the place of all data files, as another engine may; PyIceberg itself would change null lists."""
    with opened(root) as table:
        joined = str(data_directory(table) / "joined.parquet")
    parts = [pq.read_table(path) for path in data_files(root)]
    schema = pa.schema([pa.field(field.name, without_ids(field.type)) for field in parts[0].schema])
    pq.write_table(pa.concat_tables(parts).cast(schema), joined)
    with open_lake(root / "lake") as lake:
        table = lake.catalog.load_table(TABLE.identifier)
        table.delete()
        table.add_files([joined])


def without_ids(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(each.name, without_ids(each.type), each.nullable) for each in kind])
    if pa.types.is_list(kind):
        return pa.list_(pa.field("element", without_ids(kind.value_type), kind.value_field.nullable))
    return pa.map_(kind.key_type, kind.item_type) if pa.types.is_map(kind) else kind


def stored_rows(root: Path) -> list[dict[str, object]]:
    tables = [pq.read_table(path).select(list(COLUMNS)) for path in data_files(root)]
    return sorted((row for table in tables for row in table.to_pylist()), key=lambda row: row["id"])


def scanned(root: Path):
    with open_lake(root / "lake") as lake:
        table = lake.catalog.load_table(TABLE.identifier)
        return table, table.scan().to_arrow().sort_by("id").select(list(COLUMNS))


def data_files(root: Path) -> list[str]:
    with open_lake(root / "lake") as lake:
        table = lake.catalog.load_table(TABLE.identifier)
        return [task.file.file_path.removeprefix("file://") for task in table.scan().plan_files()]


def test_pyiceberg_reads_the_nested_rows_that_were_written(tmp_path: Path) -> None:
    assert landed(tmp_path).error is None
    assert scanned(tmp_path)[1].to_pylist() == ROWS


def test_every_part_has_the_tables_field_id_in_the_data_file(tmp_path: Path) -> None:
    landed(tmp_path)
    schema = scanned(tmp_path)[0].schema()
    (path,) = data_files(tmp_path)
    text = str(pq.ParquetFile(path).schema)
    for name in (
        "address.city",
        "address.geo.lat",
        "lines.element.price",
        "lines.element.tags.element",
        "labels.value",
    ):
        assert f"field_id={schema.find_field(name).field_id} {name.rpartition('.')[2]}" in text
    assert "required binary field_id" in text.partition("city")[0].splitlines()[-1]


def test_duckdb_reads_the_same_nested_rows(tmp_path: Path) -> None:
    landed(tmp_path)
    query = "select id, address, lines, labels from read_parquet($paths) order by id"
    found = duckdb.connect().sql(query, params={"paths": data_files(tmp_path)}).to_arrow_table()
    assert found.to_pylist() == ROWS


def test_polars_reads_the_same_nested_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLARS_ICEBERG_PLANNER", "pyiceberg")
    landed(tmp_path)
    table, expected = scanned(tmp_path)
    found = pl.scan_iceberg(table, reader_override="native").sort("id").select("id", "address", "lines").collect()
    assert found.to_dicts() == pl.DataFrame(expected.select(["id", "address", "lines"])).to_dicts()


def test_a_null_list_is_not_an_empty_one_in_the_data_file(tmp_path: Path) -> None:
    landed(tmp_path, "id,address,lines,labels\n1,,,\n2,,[],{}\n")
    query = "select lines, labels from read_parquet($paths) order by id"
    found = duckdb.connect().sql(query, params={"paths": data_files(tmp_path)}).to_arrow_table()
    assert found.to_pylist() == [{"lines": None, "labels": None}, {"lines": [], "labels": []}]


NULLS = """id,address,lines,labels
7,,,
8,"{""city"":""a"",""geo"":null}","[{""tags"":null},null,{""tags"":[null]}]","{""x"":null}"
9,"{""city"":""b""}",[],{}
"""


def test_rows_that_stay_of_a_mixed_data_file_keep_every_null(tmp_path: Path) -> None:
    load_by_file(tmp_path, a=CSV, b=NULLS)
    expected = stored_rows(tmp_path)
    join_data_files(tmp_path)
    report = load_by_file(tmp_path, a="id,address,lines,labels\n0,,,\n")
    assert (report.error, report.rows_deleted) == (None, 3)
    assert stored_rows(tmp_path) == [dict.fromkeys(COLUMNS) | {"id": 0}, *expected[3:]]


def test_live_rows_are_those_of_the_file_but_for_the_deleted_ones(tmp_path: Path) -> None:
    landed(tmp_path, NULLS)
    expected = stored_rows(tmp_path)
    mark_deleted(tmp_path, 1)
    with opened(tmp_path) as table:
        (file,) = live_files(table)
        rows = pa.Table.from_batches(read_rows(table, file, table.schema())).select(list(COLUMNS))
    rows.validate(full=True)
    assert rows.to_pylist() == [expected[0], expected[2]]


def test_live_rows_of_a_file_from_before_a_member_was_added_have_it_null(tmp_path: Path) -> None:
    landed(tmp_path, NULLS)
    grown = "list<struct<unit: string, sku: string, price: decimal(10,2), tags: list<string>>>"
    landed(tmp_path, "id,address,lines,labels\n", "b.csv", lines=grown)
    with opened(tmp_path) as table:
        file = next(each for each in live_files(table) if each.data_file.record_count == 3)
        rows = pa.Table.from_batches(read_rows(table, file, table.schema()))
    assert rows["lines"][1].as_py()[0] == {"sku": None, "price": None, "tags": None, "unit": None}
    assert rows["lines"][0].as_py() is None


def test_metrics_count_the_parts(tmp_path: Path) -> None:
    landed(tmp_path)
    table = scanned(tmp_path)[0]
    (task,) = table.scan().plan_files()
    price = table.schema().find_field("lines.element.price").field_id
    city = table.schema().find_field("address.city").field_id
    assert task.file.value_counts[city] == 3
    assert task.file.null_value_counts[city] == 1
    assert price in task.file.value_counts


def test_a_table_gains_members_its_contract_gained(tmp_path: Path) -> None:
    landed(tmp_path)
    grown = "list<struct<unit: string, sku: string, price: decimal(10,2), tags: list<string>>>"
    more = 'id,address,lines,labels\n4,,"[{""unit"":""kg"",""price"":2}]",\n'
    assert landed(tmp_path, more, "b.csv", lines=grown).error is None
    rows = scanned(tmp_path)[1].to_pylist()
    assert [row["id"] for row in rows] == [1, 2, 3, 4]
    assert rows[3]["lines"] == [{"sku": None, "price": Decimal("2.00"), "tags": None, "unit": "kg"}]
    assert rows[0]["lines"][0]["unit"] is None


@pytest.mark.parametrize(
    ("name", "type_text", "complaint"),
    [
        ("lines", "list<string>", "in the table and list<string> in the contract"),
        ("labels", "map<string, string>", "is map<string, date> in the table"),
        ("address", ADDRESS.replace(" not null", ""), "column 'address' is struct<city: string"),
        ("address", ADDRESS.replace("geo:", "zip: long not null, geo:"), "member 'address.zip' is new and required"),
        ("address", "struct<geo: struct<lat: double, lon: double>>", "column 'address' is struct<"),
    ],
)
def test_a_nested_column_of_another_type_is_refused(tmp_path: Path, name: str, type_text: str, complaint: str) -> None:
    landed(tmp_path)
    error = landed(tmp_path, "id,address,lines,labels\n9,,,\n", "b.csv", **{name: type_text}).error
    assert isinstance(error, TargetError)
    assert complaint in str(error)


def test_a_required_member_that_is_null_is_quarantined(tmp_path: Path) -> None:
    report = landed(tmp_path, "id,address,lines,labels\n1,{},,\n2,,,\n")
    assert (report.counts.written, report.counts.quarantined) == (1, 1)
    (reject,) = table_rows(tmp_path, TABLE.quarantine).to_pylist()
    assert (reject["column"], reject["reason"]) == ("address.city", "address.city: value is required")


def test_columns_with_descriptions_keep_those_of_their_parts(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("a\n{}\n")
    described = column("a", "struct<b: long>")
    member = replace(described.type.members[0], doc="what it means")
    columns = (replace(described, type=replace(described.type, members=(member,))),)
    load(orders_plan(tmp_path, columns=columns, rules=()))
    with open_lake(tmp_path / "lake") as lake:
        assert lake.catalog.load_table(TABLE.identifier).schema().find_field("a.b").doc == "what it means"
