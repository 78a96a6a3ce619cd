"""Rows are in the table's sort order in every file: exact for null and NaN, in mixed directions, stable."""

import math
import struct
from functools import cmp_to_key
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyiceberg.table.sorting import NullOrder, SortDirection

from dativo_core.lake import data_files, sorted_rows
from dativo_core.lake.catalog import open_lake
from dativo_core.lake.sorted_rows import merged, sorted_table
from dativo_core.odcs.sort_order import SortField
from dativo_core.odcs.types import FieldType, TypeKind
from tests.unit.lake.layouts import TYPES, VALUES, array_of, definition, write
from tests.unit.lake.test_data_files import COLUMNS, MB, batch_of, file_rows, open_writer, peak_memory, write_all

DIRECTIONS = st.tuples(st.booleans(), st.booleans())


def key_of(value: Any) -> Any:
    """Return what Iceberg compares: floats by their bits, so that -NaN < -0.0 < 0.0 < NaN."""
    if isinstance(value, float):
        (bits,) = struct.unpack("<q", struct.pack("<d", value))
        return bits if bits >= 0 else bits ^ 0x7FFF_FFFF_FFFF_FFFF
    return value.bytes if hasattr(value, "bytes") else value.encode() if isinstance(value, str) else value


def compare(fields: tuple[SortField, ...], one: dict[str, Any], other: dict[str, Any]) -> int:
    for field in fields:
        a, b = one[field.column], other[field.column]
        if (a is None) != (b is None):
            return -1 if (a is None) == field.nulls_first else 1
        if a is not None and key_of(a) != key_of(b):
            return -1 if (key_of(a) < key_of(b)) != field.is_descending else 1
    return 0


def in_order(rows: list[dict[str, Any]], fields: tuple[SortField, ...]) -> list[dict[str, Any]]:
    return sorted(rows, key=cmp_to_key(lambda one, other: compare(fields, one, other)))


@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind != "float"])
@given(data=st.data())
def test_values_of_every_type_are_ordered_as_iceberg_orders_them(kind: str, data: st.DataObject) -> None:
    values = data.draw(st.lists(st.none() | VALUES[kind], min_size=1, max_size=20))
    fields = (SortField(kind, *data.draw(DIRECTIONS)),)
    table = pa.table({kind: array_of(kind, values), "place": range(len(values))})
    expected = in_order(table.to_pylist(), fields)
    found = sorted_table(table, fields)["place"].to_pylist()
    assert found == [row["place"] for row in expected]


def test_nan_is_greatest_its_negative_least_and_zeros_have_a_sign() -> None:
    values = [0.0, math.nan, -math.inf, None, -0.0, math.copysign(math.nan, -1), 1.0, math.inf]
    for kind in (pa.float32(), pa.float64()):
        table = pa.table({"x": pa.array(values, kind), "place": range(8)})
        assert sorted_table(table, (SortField("x"),))["place"].to_pylist() == [3, 5, 2, 4, 0, 6, 7, 1]


ROWS = st.lists(st.tuples(st.none() | st.integers(0, 3), st.none() | st.sampled_from(["a", "b", "ü"])), max_size=40)


@given(runs=st.lists(ROWS, min_size=1, max_size=6), one=DIRECTIONS, two=DIRECTIONS, rows=st.integers(1, 7))
def test_merged_runs_are_the_stable_sort_of_all_rows(runs: list, one: Any, two: Any, rows: int) -> None:
    fields, batches, count = (SortField("a", *one), SortField("b", *two)), [], 0
    for run in runs:
        a, b = zip(*run, strict=True) if run else ((), ())
        table = pa.table(
            {
                "a": pa.array(a, pa.int32()),
                "b": pa.array(b, pa.string()),
                "n": pa.array(range(count, count + len(run)), pa.int64()),
            }
        )
        batches.append(table)
        count += len(run)
    expected = in_order(pa.concat_tables(batches).to_pylist(), fields)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sorted_rows, "MAX_CHUNK_ROWS", rows)
        sorted_runs = [batch for table in batches for batch in sorted_table(table, fields).to_batches()]
        found = [row for chunk in merged(sorted_runs, fields) for row in chunk.to_pylist()]
    assert found == expected


@pytest.mark.parametrize("order", [["key desc nulls first", "n"], ["text"], ["n desc"]])
@pytest.mark.parametrize("partition", [[], ["bucket(3,n)"]])
def test_every_file_is_sorted_and_no_row_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, partition: list[str], order: list[str]
) -> None:
    monkeypatch.setattr(data_files, "MAX_RUN_BYTES", 50_000)
    batches = [batch_of(5_000, 9, 5_000 * at) for at in range(12)]
    writer = open_writer(tmp_path, partition, order, target_file_size_bytes=150_000)
    files = write_all(writer, batches)
    fields = definition(COLUMNS, partition, order).sort_order
    numbers: list[int] = []
    for file in files:
        rows = file_rows(file).to_pylist()
        assert rows == in_order(rows, fields)
        numbers += [row["n"] for row in rows]
    assert len(files) > 3
    assert sorted(numbers) == list(range(60_000))


def test_duckdb_finds_the_same_order(tmp_path: Path) -> None:
    files = write_all(open_writer(tmp_path, [], ["key", "text desc"]), [batch_of(20_000, 5)])
    (path,) = [file.path.removeprefix("file://") for file in files]
    query = "select n from read_parquet($path) {} "
    as_written = duckdb.sql(query.format("order by file_row_number"), params={"path": path}).fetchall()
    by_order = duckdb.sql(query.format("order by key, text desc"), params={"path": path}).fetchall()
    assert as_written == by_order


def test_the_table_and_its_files_name_their_sort_order(tmp_path: Path) -> None:
    wanted = definition(COLUMNS, ["key"], ["text desc nulls first", "n"])
    with open_lake(tmp_path / "lake") as lake:
        write(lake, wanted, [batch_of(100, 2)])
        table = lake.catalog.load_table(wanted.name.identifier)
        orders = {task.file.sort_order_id for task in table.scan().plan_files()}
    fields = table.sort_order().fields
    assert [(f.source_id, f.direction, f.null_order) for f in fields] == [
        (3, SortDirection.DESC, NullOrder.NULLS_FIRST),
        (2, SortDirection.ASC, NullOrder.NULLS_FIRST),
    ]
    assert orders == {table.sort_order().order_id} == {1}


def test_an_unsorted_table_says_so(tmp_path: Path) -> None:
    wanted = definition({"n": FieldType(TypeKind.LONG)})
    with open_lake(tmp_path / "lake") as lake:
        write(lake, wanted, [pa.record_batch({"n": [2, 1]})])
        table = lake.catalog.load_table(wanted.name.identifier)
        assert table.sort_order().is_unsorted
        assert {task.file.sort_order_id for task in table.scan().plan_files()} == {None}


def test_sorting_needs_memory_for_the_keys_of_a_file_not_for_its_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_files, "MAX_RUN_BYTES", 1 << 20)
    monkeypatch.setattr(data_files, "MAX_ROW_GROUP_BYTES", 1 << 20)
    monkeypatch.setattr(sorted_rows, "CHUNK_BYTES", 1 << 18)
    writer = open_writer(tmp_path, [], ["key"])
    with peak_memory() as peak:
        files = write_all(writer, (batch_of(10_000, 1_000, at, width=200) for at in range(30)))
    assert sum(file.size_bytes for file in files) > 30 * MB
    assert peak() < 20 * MB
