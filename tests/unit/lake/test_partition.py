"""Rows go to the files of the partition they belong to, and nowhere else."""

import math
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyiceberg.expressions import BooleanExpression, EqualTo, IsNaN, IsNull
from pyiceberg.schema import Schema
from pyiceberg.transforms import parse_transform
from pyiceberg.types import NestedField, StringType

from dativo_core.contract.ledger import iceberg_type
from dativo_core.lake.catalog import open_lake
from dativo_core.lake.partition import PartitionSplitter, fixed_part, partition_of
from dativo_core.odcs.partition import PartitionField, PartitionTransform
from dativo_core.odcs.types import FieldType, TypeKind
from tests.unit.lake.layouts import FIELDS, TYPES, VALUES, array_of, definition, plain, rows_of, write

ids = [str(field) for field in FIELDS]
EXAMPLES: dict[str, list[Any]] = {
    "boolean": [True, False, None],
    "int": [0, 1, -1, -7, 2**31 - 1, None],
    "long": [0, 1, -1, -7, 2**63 - 1, None],
    "float": [0.5, -1.5, math.nan, None],
    "double": [0.5, -1.5, math.nan, math.inf, None],
    "decimal": [Decimal("0.00"), Decimal("-0.01"), Decimal("9999999.99"), Decimal("-9999999.99"), None],
    "date": [date(1970, 1, 1), date(1969, 12, 31), date(1583, 2, 1), date(9999, 12, 31), None],
    "time": [time(0), time(23, 59, 59, 999_999), None],
    "timestamp": [datetime(1970, 1, 1), datetime(1969, 12, 31, 23, 59, 59, 999_999), datetime(1583, 1, 1, 5), None],
    "timestamptz": [at.replace(tzinfo=UTC) for at in (datetime(1970, 1, 1), datetime(1969, 12, 31, 23))] + [None],
    "string": ["", "null", "a/b", "A b", "a%2Fb", "ü", "a=b", "..", "*?#[x]", "x" * 300, "x" * 301, None],
    "uuid": [bytes(16), bytes([255] * 16), None],
    "fixed": [bytes(4), b"a/b=", bytes([255] * 4), None],
    "binary": [b"", b"a/b", bytes([255, 0]), None],
}
LEAST = {"int": -(2**31), "long": -(2**63)}
EDGES = {
    "timestamp": ["1969-12-31 23:59:59.999999", "1970-01-01 00:00:00", "1583-01-01 00:00:00", None],
    "timestamptz": ["1969-12-31 23:59:59.999999", "1970-01-01 00:00:00", "0001-01-01 00:00:00", None],
    "date": ["1969-12-31", "1970-01-01", "1969-01-01", "1968-12-31", None],
}


def reference(field: PartitionField, value: Any) -> Any:
    type_ = iceberg_type(TYPES[field.column])
    return parse_transform(field.spelling).transform(type_)(plain(value))


def splitter(*fields: PartitionField) -> PartitionSplitter:
    columns = dict.fromkeys(field.column for field in fields)
    schema = Schema(*(NestedField(n, name, iceberg_type(TYPES[name])) for n, name in enumerate(columns, 1)))
    return PartitionSplitter(partition_of(fields, {}), schema)


@pytest.mark.parametrize("field", FIELDS, ids=ids)
@given(data=st.data())
@settings(max_examples=25)
def test_every_row_is_in_the_partition_pyiceberg_computes_for_it(field: PartitionField, data: st.DataObject) -> None:
    values = data.draw(st.lists(st.none() | VALUES[field.column], min_size=1, max_size=30))
    if field.transform is PartitionTransform.TRUNCATE and field.column in LEAST:
        values = [None if value is not None and value < LEAST[field.column] + 3 else value for value in values]
    batch = pa.record_batch({field.column: array_of(field.column, values)})
    split = splitter(field).split(batch)
    for (value,), rows in split:
        assert {reference(field, each) for each in rows.column(0).to_pylist()} == {value}
    assert len({key for key, _ in split}) == len(split)
    assert rows_of(pa.Table.from_batches([rows for _, rows in split])) == rows_of(pa.Table.from_batches([batch]))


@pytest.mark.parametrize(("kind", "bits"), [("int", 32), ("long", 64)])
def test_the_least_integers_wrap_when_truncated_as_in_icebergs_java(kind: str, bits: int) -> None:
    field = PartitionField(kind, PartitionTransform.TRUNCATE, 3)
    ((value, _),) = splitter(field).split(pa.record_batch({kind: array_of(kind, [LEAST[kind]])}))
    below = LEAST[kind] - LEAST[kind] % 3
    assert value == (LEAST[kind] if below == LEAST[kind] else below + 2**bits,)


@given(rows=st.lists(st.tuples(st.integers(-3, 3), st.none() | st.sampled_from("abc"), st.integers()), min_size=1))
def test_rows_of_one_partition_stay_in_their_order(rows: list[tuple[int, str | None, int]]) -> None:
    numbers, texts, _ = zip(*rows, strict=True)
    batch = pa.record_batch({"int": pa.array(numbers, pa.int32()), "string": texts, "place": range(len(rows))})
    fields = (PartitionField("int"), PartitionField("string"), PartitionField("int", PartitionTransform.BUCKET, 5))
    split = splitter(*fields).split(batch)
    for (number, text, _), part in split:
        expected = [at for at, row in enumerate(rows) if row[:2] == (number, text)]
        assert part.column("place").to_pylist() == expected


@pytest.mark.parametrize("word", ["year", "month", "day", "hour"])
@pytest.mark.parametrize("kind", EDGES)
def test_times_before_1970_are_rounded_down(word: str, kind: str) -> None:
    if (word, kind) == ("hour", "date"):
        return
    field = PartitionField(kind, PartitionTransform(word))
    array = pa.array(EDGES[kind]).cast(pa.timestamp("us") if kind != "date" else pa.date32())
    batch = pa.record_batch({kind: array.cast(array_of(kind, []).type)})
    found = {row: key[0] for key, rows in splitter(field).split(batch) for row in rows.column(0).to_pylist()}
    assert found == {value: reference(field, value) for value in batch.column(0).to_pylist()}
    assert found[None] is None
    assert min(value for value in found.values() if value is not None) < 0


def test_a_column_with_one_known_value_is_not_looked_at() -> None:
    schema = Schema(NestedField(1, "run", StringType()))
    batch = pa.record_batch({"other": [1, 2]})
    assert PartitionSplitter((fixed_part("run", "a"),), schema).constant == ("a",)
    assert PartitionSplitter((fixed_part("run", "a"),), schema).split(batch) == [(("a",), batch)]


@pytest.mark.parametrize("field", FIELDS, ids=ids)
def test_a_partitioned_table_reads_back_with_and_without_a_filter(field: PartitionField, tmp_path: Path) -> None:
    values = array_of(field.column, EXAMPLES[field.column])
    batch = pa.record_batch({field.column: values, "n": pa.array(range(len(values)), pa.int64())})
    wanted = definition(batch_types(field), [f"{field.spelling}({field.column})"])
    with open_lake(tmp_path / "lake") as lake:
        files = write(lake, wanted, [batch, batch])
        table = lake.catalog.load_table(wanted.name.identifier)
        assert sum(file.record_count for file in files) == 2 * batch.num_rows
        assert rows_of(table.scan().to_arrow()) == rows_of(pa.Table.from_batches([batch, batch]))
        for number, value in enumerate(
            EXAMPLES[field.column] if field.column != "uuid" else ()
        ):  # PyIceberg cannot compare uuids
            found = table.scan(row_filter=is_value(field.column, value)).to_arrow()
            assert found.column("n").to_pylist() == [number, number]


@pytest.mark.parametrize("field", FIELDS, ids=ids)
def test_other_engines_read_the_files_of_every_partition(
    field: PartitionField, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLARS_ICEBERG_PLANNER", "pyiceberg")
    values = array_of(field.column, EXAMPLES[field.column])
    batch = pa.record_batch({field.column: values, "n": pa.array(range(len(values)), pa.int64())})
    wanted = definition(batch_types(field), [f"{field.spelling}({field.column})"])
    with open_lake(tmp_path / "lake") as lake:
        files = write(lake, wanted, [batch])
        table = lake.catalog.load_table(wanted.name.identifier)
        numbers = pl.scan_iceberg(table, reader_override="native").select("n").collect()["n"].to_list()
    paths = [file.path.removeprefix("file://") for file in files]
    rows = duckdb.sql(
        "select n, filename from read_parquet($paths, hive_partitioning=false, filename=true)", params={"paths": paths}
    )
    assert sorted(numbers) == sorted(n for n, _ in rows.fetchall()) == list(range(batch.num_rows))


def batch_types(field: PartitionField) -> dict[str, FieldType]:
    return {field.column: TYPES[field.column], "n": FieldType(TypeKind.LONG)}


def is_value(column: str, value: Any) -> BooleanExpression:
    if value is None:
        return IsNull(column)
    if isinstance(value, float) and math.isnan(value):
        return IsNaN(column)
    return EqualTo(column, value.isoformat() if isinstance(value, date | time) else value)
