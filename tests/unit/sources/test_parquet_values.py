"""Values of Parquet files on their way to the contract: exactly as stored, in bounded memory, bad text told row by row."""

import json
import subprocess
import sys
from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from dativo_core.contract.convert import convert
from dativo_core.errors import SourceError
from dativo_core.odcs.types import FieldType, Member, TypeKind, list_of, struct_of
from dativo_core.sources.parquet_moments import exact_moments
from tests.unit.sources.parquet_files import columns, read_table, text_of

LONG, TEXT, TIMESTAMP = (FieldType(kind) for kind in (TypeKind.LONG, TypeKind.STRING, TypeKind.TIMESTAMP))

STORED = {
    "dictionary": (pa.array(["a", None, "a"]).dictionary_encode(), TEXT),
    "large": (pa.array(["a", "b", None], pa.large_string()), TEXT),
    "ns": (pa.array([1_000, 1_001, -1], pa.timestamp("ns")), TIMESTAMP),
    "zone": (pa.array([0, 1, 2], pa.timestamp("ms", "Europe/Berlin")), FieldType(TypeKind.TIMESTAMPTZ)),
    "uint64": (pa.array([0, 2**64 - 1, None], pa.uint64()), LONG),
    "half": (pa.array([1.5, float("inf"), None], pa.float16()), FieldType(TypeKind.FLOAT)),
    "wide": (
        pa.array([Decimal("1.50"), Decimal("1.505"), None], pa.decimal256(60, 3)),
        FieldType(TypeKind.DECIMAL, 9, 2),
    ),
    "floats": (pa.array([0.1, 1.0, None]), FieldType(TypeKind.DECIMAL, 9, 2)),
    "lists": (pa.array([[1, None], [], None], pa.list_(pa.int16())), list_of(LONG)),
    "structs": (pa.array([{"x": 1}, {"x": None}, None]), struct_of(Member("x", LONG))),
}


def delivered(batches, name):
    return pa.chunked_array([batch.records.column(name) for batch in batches]).combine_chunks()


@pytest.mark.parametrize("name", STORED)
def test_values_arrive_as_they_are_stored(tmp_path, name):
    stored, wanted = STORED[name]
    found = delivered(read_table(tmp_path, pa.table({"c": stored}), columns(c=wanted)), "c")
    assert [list(each) for each in convert(found, wanted)] == [list(each) for each in convert(stored, wanted)]


@st.composite
def stored_columns(draw):
    """Draw a column of any type: integers below 128, as bits of whatever the type is made of."""
    name = draw(st.sampled_from(sorted(STORED)))
    stored, wanted = STORED[name]
    rows = draw(st.lists(st.integers(0, len(stored) - 1), max_size=50))
    return stored.take(pa.array(rows, pa.int64())), wanted


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stored_columns(), st.integers(1, 20), st.integers(1, 20), st.booleans())
def test_no_layout_of_a_file_changes_what_the_contract_makes_of_it(tmp_path, column, group, page, dictionary):
    stored, wanted = column
    written = {"row_group_size": group, "write_batch_size": page, "data_page_size": 100, "use_dictionary": dictionary}
    batches = read_table(tmp_path, pa.table({"c": stored}), columns(c=wanted), **written)
    typed = [convert(batch.records.column("c"), wanted) for batch in batches]
    values, bad = convert(stored, wanted)
    assert [each for part, _ in typed for each in part] == list(values)
    assert [each for _, part in typed for each in part] == list(bad)


def test_rows_that_the_reader_leaves_out_without_a_word_are_missed(tmp_path):
    table = pa.table({"c": pa.array([[1, None]], pa.list_(pa.int16()))})
    with pytest.raises(SourceError, match=r"data\.parquet: its row group 1 is to hold 1 rows, and 0 could be read"):
        read_table(tmp_path, table, columns(c=list_of(LONG)), data_page_size=1)


MOMENTS = [datetime(1, 1, 1), datetime(1500, 6, 1), datetime(1970, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999_999)]


def test_timestamps_of_96_bits_are_exact_in_all_years(tmp_path):
    table = pa.table({"at": pa.array(MOMENTS, pa.timestamp("us")), "id": range(len(MOMENTS))})
    batches = read_table(tmp_path, table, columns(at=TIMESTAMP, id=LONG), use_deprecated_int96_timestamps=True)
    assert delivered(batches, "at").to_pylist() == MOMENTS


def test_digits_of_96_bits_beyond_the_microsecond_are_no_value(tmp_path):
    table = pa.table({"at": pa.array([1_000, 1_001, None], pa.timestamp("ns"))})
    batches = read_table(tmp_path, table, columns(at=TIMESTAMP), use_deprecated_int96_timestamps=True)
    values, bad = convert(delivered(batches, "at"), TIMESTAMP)
    assert bad.to_pylist() == [False, True, False]
    assert values.to_pylist() == [datetime(1970, 1, 1, 0, 0, 0, 1), None, None]


@given(st.lists(st.integers(-(2**60) * 1000, 2**60 * 1000)))
def test_what_overflowed_as_nanoseconds_is_found_in_microseconds(moments):
    wrapped = pa.array([(moment + 2**63) % 2**64 - 2**63 for moment in moments], pa.int64()).cast(pa.timestamp("ns"))
    whole = pa.array([moment // 1000 for moment in moments], pa.int64()).cast(pa.timestamp("us"))
    exact = exact_moments(wrapped, whole)
    is_exact = all(moment % 1000 == 0 for moment in moments)
    assert (
        exact.equals(whole)
        if is_exact
        else [text[-3:] for text in exact.to_pylist()] == [f"{moment % 1000:03}" for moment in moments]
    )


def test_timestamps_of_96_bits_inside_lists_are_refused(tmp_path):
    table = pa.table({"at": pa.array([[datetime(2024, 1, 1)]], pa.list_(pa.timestamp("us")))})
    with pytest.raises(SourceError, match=r"at\.list\.element' is an INT96"):
        read_table(tmp_path, table, columns(at=list_of(TIMESTAMP)), use_deprecated_int96_timestamps=True)


def test_text_that_is_none_spoils_its_own_row(tmp_path):
    table = pa.table({"id": [1, 2, 3, 4], "s": text_of(b"a", b"\xff", b"n\0l", b"b")})
    (batch,) = read_table(tmp_path, table, columns(id=LONG, s=TEXT))
    assert batch.records.to_pylist() == [{"id": 1, "s": "a"}, {"id": 4, "s": "b"}]
    assert batch.places.locate([1, 0]) == ([4, 1], ['{"id":4,"s":"b"}', '{"id":1,"s":"a"}'])
    rejects = [
        (row["line"], row["column"], row["rule"], row["reason"], row["raw"]) for row in batch.rejects.to_pylist()
    ]
    assert rejects == [
        (2, "s", "encoding", "s: is not valid UTF-8", '{"id":2,"s":"\ufffd"}'),
        (3, "s", "encoding", "s: holds a NUL character", '{"id":3,"s":"n\\u0000l"}'),
    ]


@pytest.mark.parametrize("kind", ["list", "struct", "map"])
def test_text_that_is_none_is_found_in_whatever_depth(tmp_path, kind):
    texts = text_of(b"a", b"\xff", b"b")
    nested = {
        "list": pa.ListArray.from_arrays([0, 1, 2, 3], texts),
        "struct": pa.StructArray.from_arrays([texts], names=["x"]),
        "map": pa.MapArray.from_arrays([0, 1, 2, 3], pa.array(["k"] * 3), texts),
    }
    (batch,) = read_table(tmp_path, pa.table({"c": nested[kind]}), columns(c=TEXT))
    assert batch.records.num_rows == 2
    assert batch.rejects.column("line").to_pylist() == [2]


def test_text_that_is_none_in_a_dictionary_spoils_the_file(tmp_path):
    stored = pa.DictionaryArray.from_arrays(pa.array([0, 1]), text_of(b"a", b"\xff"))
    with pytest.raises(SourceError, match=r"file data\.parquet cannot be read as Parquet: Invalid UTF8"):
        read_table(tmp_path, pa.table({"c": stored}), columns(c=TEXT))


def test_a_row_is_told_as_json_of_at_most_4096_characters(tmp_path):
    (batch,) = read_table(tmp_path, pa.table({"id": [1], "s": ["x" * 10_000]}), columns(id=LONG, s=TEXT))
    (_, (raw,)) = batch.places.locate([0])
    assert raw.startswith('{"id":1,"s":"xxx')
    assert len(raw) == 4096


PEAK = """
import resource, sys
from pathlib import Path
from dativo_core.odcs.types import FieldType, TypeKind
from tests.unit.sources.parquet_files import columns, source
from dativo_core.sources.base import ReadLimits, WindowPolicy
files = source(Path(sys.argv[1]))
(part,) = files.slices(files.window(None, WindowPolicy(replaces=False)))
wanted = columns(c=FieldType(TypeKind(sys.argv[2])))
rows = most = 0
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for batch in files.read(part, wanted, ReadLimits()):
    rows += batch.records.num_rows
    most = max(most, batch.records.nbytes)
    if rows > int(sys.argv[3]):
        break
print(rows, most, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def peak(root, kind, enough):
    """Return rows, the bytes of the largest batch, and by how many KiB the memory of a process grew that read a file."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(root), kind, str(enough)], check=True, capture_output=True, text=True
    )
    return json.loads(f"[{done.stdout.replace(' ', ',')}]")


def test_millions_of_equal_rows_in_a_few_bytes_take_the_memory_of_a_batch(tmp_path):
    ones = pa.table({"c": pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), 20_000_000), ["x"])})
    parquet.write_table(ones, tmp_path / "data.parquet", row_group_size=20_000_000)
    assert (tmp_path / "data.parquet").stat().st_size < 50_000
    rows, _, grown_kib = peak(tmp_path, "string", 20_000_000)
    assert rows == 20_000_000
    assert grown_kib < 150 * 1024


def test_a_long_text_repeated_over_and_over_takes_the_memory_of_a_batch(tmp_path):
    indices = pa.repeat(pa.scalar(0, pa.int32()), 1_000_000)
    long = pa.table({"c": pa.DictionaryArray.from_arrays(indices, pa.array(["x" * 1_000_000]))})
    parquet.write_table(long, tmp_path / "data.parquet", row_group_size=1_000_000, compression="zstd")
    rows, most, grown_kib = peak(tmp_path, "string", 200)
    assert rows > 200
    assert most < 64 * 1024 * 1024
    assert grown_kib < 400 * 1024


def test_many_columns_are_read_in_fewer_rows(tmp_path):
    table = pa.table({f"c{number}": pa.nulls(20_000, pa.int64()) for number in range(1000)})
    batches = read_table(tmp_path, table, columns(**dict.fromkeys(table.column_names, LONG)))
    assert max(batch.records.nbytes for batch in batches) < 64 * 1024 * 1024
