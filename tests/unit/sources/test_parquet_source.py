"""Parquet files as a whole: what is read of them, what is told of them, and those that cannot be read."""

import re

import pyarrow as pa
import pytest
from pyarrow import parquet

from dativo_core.errors import SourceChanged, SourceError
from dativo_core.odcs.types import FieldType, Member, TypeKind, list_of, map_of, struct_of
from dativo_core.sources.base import ReadLimits, WindowPolicy
from tests.unit.sources.parquet_files import columns, read, read_table, source, write_encrypted

LONG, TEXT, DATE = (FieldType(kind) for kind in (TypeKind.LONG, TypeKind.STRING, TypeKind.DATE))
ID = columns(id=LONG)
IDS = pa.table({"id": pa.array(range(1000), pa.int64())})


def test_rows_come_in_order_through_all_row_groups(tmp_path):
    batches = read_table(tmp_path, IDS, ID, row_group_size=300)
    assert [number for batch in batches for number in batch.records.column("id").to_pylist()] == list(range(1000))
    lines = [line for batch in batches for line in batch.places.locate(range(batch.records.num_rows))[0]]
    assert lines == list(range(1, 1001))


def test_the_sizes_of_all_batches_add_up_to_the_file(tmp_path):
    batches = read_table(tmp_path, IDS, ID, row_group_size=7)
    assert sum(batch.size_bytes for batch in batches) == (tmp_path / "data.parquet").stat().st_size


@pytest.mark.parametrize("groups", [0, 1])
def test_a_file_without_rows_has_none(tmp_path, groups):
    with parquet.ParquetWriter(tmp_path / "data.parquet", IDS.schema) as writer:
        for _ in range(groups):
            writer.write_table(IDS.slice(0, 0))
    assert sum(batch.rows_read for batch in read(tmp_path, ID)) == 0


def test_only_wanted_columns_are_read_in_the_wanted_order(tmp_path):
    table = pa.table({"a": [1], "b": ["x"], "c": [2]})
    (batch,) = read_table(tmp_path, table, columns(c=LONG, a=LONG))
    assert batch.records.to_pylist() == [{"c": 2, "a": 1}]
    assert batch.dropped_columns == ("b",)
    assert batch.names_line is None


def test_members_that_nobody_wants_are_not_read_and_are_told(tmp_path):
    stored = pa.array([{"city": "Berlin", "zip": "10115", "at": {"x": 1, "y": 2}}])
    wanted = struct_of(Member("city", TEXT), Member("at", struct_of(Member("y", LONG))))
    (batch,) = read_table(tmp_path, pa.table({"o": stored}), columns(o=wanted))
    assert batch.records.to_pylist() == [{"o": {"city": "Berlin", "at": {"y": 2}}}]
    assert batch.dropped_columns == ("o.zip", "o.at.x")


def test_members_inside_lists_and_maps_are_chosen_too(tmp_path):
    lists = pa.array([[{"a": 1, "b": 2}]])
    maps = pa.array(
        [[("k", {"a": 1, "b": 2})]], pa.map_(pa.string(), pa.struct([("a", pa.int64()), ("b", pa.int64())]))
    )
    only = struct_of(Member("b", LONG))
    (batch,) = read_table(tmp_path, pa.table({"l": lists, "m": maps}), columns(l=list_of(only), m=map_of(TEXT, only)))
    assert batch.records.to_pylist() == [{"l": [{"b": 2}], "m": [("k", {"b": 2})]}]
    assert batch.dropped_columns == ("l[].a", "m{value}.a")


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (columns(amont=LONG), "'amont' (did you mean 'amount'?)"),
        (columns(o=struct_of(Member("cty", TEXT))), "'o' lacks 'cty' (did you mean 'city'?)"),
        (columns(amount=list_of(LONG)), "'amount' is int64, not list<long>"),
        (columns(o=LONG), "'o' is struct<city: string>, not long"),
        (columns(tags=list_of(list_of(TEXT))), "'tags[]' is dictionary"),
        (columns(tags=map_of(TEXT, TEXT)), "not map<string, string>"),
    ],
)
def test_what_the_file_lacks_is_told_before_any_row_is_read(tmp_path, wanted, told):
    tags = pa.ListArray.from_arrays([0, 1], pa.array(["a"]).dictionary_encode())
    table = pa.table({"amount": [1], "o": [{"city": "x"}], "tags": tags})
    with pytest.raises(SourceError, match=re.escape(told)) as caught:
        read_table(tmp_path, table, wanted)
    assert "data.parquet" in caught.value.message


def test_everything_a_file_lacks_is_told_at_once(tmp_path):
    with pytest.raises(SourceError, match=r"'a'.*'b'"):
        read_table(tmp_path, IDS, columns(a=LONG, b=LONG, id=LONG))


def test_a_column_that_is_there_twice_is_refused(tmp_path):
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["id", "id"])
    with pytest.raises(SourceError, match="'id' is there 2 times"):
        read_table(tmp_path, table, ID)


def test_text_may_stand_where_parts_are_wanted_and_parts_where_text_is(tmp_path):
    table = pa.table({"a": ['{"x":1}'], "b": [{"x": 1}]})
    (batch,) = read_table(tmp_path, table, columns(a=struct_of(Member("x", LONG)), b=TEXT))
    assert batch.records.to_pylist() == [{"a": '{"x":1}', "b": {"x": 1}}]


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda content: b"", "file data.parquet cannot be read as Parquet: Parquet file size is 0 bytes"),
        (
            lambda content: b"id,name\n1,x\n" * 10,
            "file data.parquet cannot be read as Parquet: Parquet magic bytes not found",
        ),
        (lambda content: content[:-100], "file data.parquet cannot be read as Parquet"),
        (lambda content: content[: len(content) // 2] + content[-4:], "file data.parquet cannot be read as Parquet"),
        (lambda content: content[:200] + b"\xff" * 50 + content[250:], "CRC checksum verification failed"),
    ],
    ids=["empty", "other format", "truncated", "torn", "flipped bits"],
)
def test_a_broken_file_is_an_error_that_names_it(tmp_path, spoil, told):
    parquet.write_table(IDS, tmp_path / "data.parquet", write_page_checksum=True, compression="none")
    content = (tmp_path / "data.parquet").read_bytes()
    (tmp_path / "data.parquet").write_bytes(spoil(content))
    with pytest.raises(SourceError, match=re.escape(told)) as caught:
        read(tmp_path, ID)
    assert "Deliver it again" in caught.value.hint


@pytest.mark.parametrize("plaintext_footer", [False, True])
def test_an_encrypted_file_is_told_as_such(tmp_path, plaintext_footer):
    write_encrypted(tmp_path / "data.parquet", IDS, plaintext_footer=plaintext_footer)
    with pytest.raises(SourceError, match=r"file data\.parquet is encrypted"):
        read(tmp_path, ID)


def test_a_file_that_changes_after_it_was_planned_is_found_out(tmp_path):
    parquet.write_table(IDS, tmp_path / "data.parquet")
    files = source(tmp_path)
    (part,) = files.slices(files.window(None, WindowPolicy(replaces=False)))
    parquet.write_table(IDS.slice(1), tmp_path / "data.parquet")
    with pytest.raises(SourceChanged, match=r"data\.parquet changed"):
        list(files.read(part, ID, ReadLimits()))
    (tmp_path / "data.parquet").write_bytes(b"half")
    with pytest.raises(SourceChanged):
        list(files.read(part, ID, ReadLimits()))


def test_discovery_finds_the_columns_of_all_files(tmp_path):
    parquet.write_table(IDS, tmp_path / "a.parquet")
    parquet.write_table(pa.table({"other": [1], "id": [2]}), tmp_path / "b.parquet")
    (found,) = source(tmp_path, "*.parquet").discover()
    assert found.columns == ("id", "other")
