"""Reading delimited text: rows, rejects and their places."""

import csv
import gzip
import io
import multiprocessing
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dativo_core.errors import SourceChanged, SourceError
from dativo_core.flow import Slice
from dativo_core.sources.base import ReadLimits
from dativo_core.sources.csv import CsvSource
from tests.unit.sources.build import APPEND, places, read, rejects, rows, source, wanted, written

PROPERTY = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
HEADER = ("a", "b", "c")
CELL = st.text(alphabet='ab0",;\n\r \té€😀', max_size=12)
TABLES = st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=20)
# Python's csv module leaves line ends unquoted that are not its own, unless it quotes everything.
STYLES = st.sampled_from([("\r\n", csv.QUOTE_MINIMAL), *((end, csv.QUOTE_ALL) for end in ("\n", "\r\n", "\r"))])
BLOCK_SIZES = st.sampled_from([16, 64, 1000])


@PROPERTY
@given(table=TABLES, style=STYLES, block=BLOCK_SIZES)
def test_every_table_the_csv_module_writes_is_read_back(tmp_path, table, style, block):
    batches = read(tmp_path, written([HEADER, *table], *style), HEADER, block_size_bytes=block, null_values=())
    assert rows(batches) == table
    assert rejects(batches) == []


@PROPERTY
@given(table=TABLES, style=STYLES, block=BLOCK_SIZES)
def test_rows_know_their_line_and_text(tmp_path, table, style, block):
    content = written([HEADER, *table], *style)
    batches = read(tmp_path, content, HEADER, block_size_bytes=block)
    reader = csv.reader(io.StringIO(content.decode(), newline=""))
    ends = [reader.line_num for _ in reader]
    assert [line for line, _ in places(batches)] == [end + 1 for end in ends[:-1]]
    assert [next(csv.reader(io.StringIO(raw, newline=""))) for _, raw in places(batches)] == [
        list(row) for row in table
    ]


MESSY = st.lists(st.sampled_from([b'"', b",", b"\n", b"\r\n", b"\r", b"a", b'""', b"\0", b"\xff", "é".encode(), b'",']))


@PROPERTY
@given(pieces=MESSY, block=st.sampled_from([2, 7, 64]), limit=st.sampled_from([12, 100_000]))
@example(pieces=[b'"', b"\n"] * 20, block=2, limit=12)
def test_where_blocks_end_makes_no_difference(tmp_path, pieces, block, limit):
    content = b"x,y\n" + b"".join(pieces)
    small, large = (read(tmp_path, content, "xy", limit, block_size_bytes=size) for size in (block, 100_000))
    assert rows(small) == rows(large)
    assert rejects(small) == rejects(large)
    assert places(small) == places(large)


@PROPERTY
@given(pieces=MESSY, limit=st.sampled_from([8, 20, 1000]))
def test_no_byte_of_a_file_is_lost(tmp_path, pieces, limit):
    content = b"x,y\n" + b"".join(pieces)
    batches = read(tmp_path, content, "xy", limit, block_size_bytes=16, null_values=())
    kept = sum(len(raw.encode()) for _, raw in places(batches))
    broken = sum(len(raw.encode(errors="replace")) for _, _, _, raw in rejects(batches))
    lost = len(content[4:].replace(b"\r", b"").replace(b"\n", b"")) - kept - broken
    assert lost <= 0


def test_blank_lines_are_no_rows_but_count_as_lines(tmp_path):
    batches = read(tmp_path, b"\nx,y\n\n1,2\r\n\r\n\n3,4", "xy")
    assert rows(batches) == [("1", "2"), ("3", "4")]
    assert places(batches) == [(4, "1,2"), (7, "3,4")]


def test_columns_come_in_the_wanted_order_and_the_rest_is_dropped(tmp_path):
    (batch,) = read(tmp_path, b"a,b,c\n1,2,3\n", "ca")
    assert batch.records.to_pydict() == {"c": ["3"], "a": ["1"]}
    assert batch.dropped_columns == ("b",)


def test_null_values_count_only_without_quotes(tmp_path):
    batches = read(tmp_path, b'x,y\nNA,"NA"\n,""\n', "xy", null_values=("", "NA"))
    assert rows(batches) == [(None, "NA"), (None, "")]


def test_a_row_of_another_width_is_rejected_with_its_line(tmp_path):
    batches = read(tmp_path, b'x,y\n1,2\n"a\nb",2,3\n\n7\n8,9\n', "xy")
    assert rows(batches) == [("1", "2"), ("8", "9")]
    assert rejects(batches) == [
        (3, "row", "has 3 fields, the header has 2", '"a\nb",2,3'),
        (6, "row", "has 1 field, the header has 2", "7"),
    ]
    assert places(batches) == [(2, "1,2"), (7, "8,9")]


@pytest.mark.parametrize("block", [4, 16, 1_000_000])
def test_an_open_quote_costs_one_line(tmp_path, block):
    batches = read(tmp_path, b'x,y\n1,"open\n2,b\n3,c\n', "xy", block_size_bytes=block)
    assert rows(batches) == [("2", "b"), ("3", "c")]
    assert rejects(batches) == [(2, "row", "quote opened here is never closed", '1,"open')]


def test_an_open_quote_does_not_reach_into_a_later_quoted_field(tmp_path):
    batches = read(tmp_path, b'x,y\n1,"open\n2,"b"\n3,c\n', "xy")
    assert rows(batches) == [("2", "b"), ("3", "c")]
    assert rejects(batches) == [(2, "row", "quote opened here is never closed", '1,"open')]


def test_an_open_quote_is_given_up_when_no_record_ends_within_the_limit(tmp_path):
    content = b'x,y\n1,"open\n' + b"2,b\n" * 100
    batches = read(tmp_path, content, "xy", 64, block_size_bytes=16)
    assert len(rows(batches)) == 100
    assert [line for line, *_ in rejects(batches)] == [2]


def test_text_after_a_closing_quote_is_rejected(tmp_path):
    batches = read(tmp_path, b'x,y\n"1"0,2\n3,4\n', "xy")
    assert rows(batches) == [("3", "4")]
    assert rejects(batches) == [(2, "row", "text follows the closing quote of a field", '"1"0,2')]


def test_a_quote_inside_a_field_is_text(tmp_path):
    assert rows(read(tmp_path, b'x,y\n5" pipe,6"\n', "xy")) == [('5" pipe', '6"')]


def test_without_a_quote_character_quotes_are_text(tmp_path):
    assert rows(read(tmp_path, b'x,y\n"1,2"\n', "xy", quote_char="")) == [('"1', '2"')]


def test_only_rows_that_are_not_utf8_are_rejected(tmp_path):
    batches = read(tmp_path, b"x,y\n1,\xc3\xa9\n2,\xe9\n3,c\n", "xy")
    assert rows(batches) == [("1", "é"), ("3", "c")]
    reason = "byte 0xe9 at position 3 of the row is not valid UTF-8"
    assert rejects(batches) == [(3, "encoding", reason, "2,�")]


def test_bytes_that_spoil_a_column_nobody_wants_spoil_the_row(tmp_path):
    assert len(rejects(read(tmp_path, b"x,y\n1,\xff\n", "x"))) == 1


def test_a_row_with_a_nul_byte_is_rejected(tmp_path):
    batches = read(tmp_path, b"x,y\n1,\0\n3,c\n", "xy")
    assert rows(batches) == [("3", "c")]
    assert rejects(batches) == [(2, "encoding", "holds a NUL byte at position 3 of the row", "1,\0")]


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_a_line_that_is_too_long_is_rejected_and_cut(tmp_path, line_end):
    content = line_end.join([b"x,y", b"1,2", b"a" * 20_000, b"3,4", b"b" * 120, b""])
    batches = read(tmp_path, content, "xy", 100, block_size_bytes=16)
    assert rows(batches) == [("1", "2"), ("3", "4")]
    (first, second) = rejects(batches)
    assert first[:3] == (3, "row", "longer than 100 bytes")
    assert len(first[3]) <= 4096
    assert second == (5, "row", "longer than 100 bytes", "b" * 120)
    assert places(batches) == [(2, "1,2"), (4, "3,4")]


def test_raw_text_of_a_reject_is_at_most_4_kib(tmp_path):
    ((_, _, _, raw),) = rejects(read(tmp_path, b"x,y\n" + b"a" * 10_000 + b"\n", "xy"))
    assert raw == "a" * 4096


def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path):
    assert rows(read(tmp_path, b"\xef\xbb\xbfx,y\n1,2\n", "xy", block_size_bytes=1)) == [("1", "2")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "latin-1", "cp1252"])
def test_other_encodings_are_read(tmp_path, encoding):
    content = "x,y\né,2\n".encode(encoding)
    assert rows(read(tmp_path, content, "xy", encoding=encoding, block_size_bytes=3)) == [("é", "2")]


def test_a_byte_its_encoding_does_not_define_spoils_one_row(tmp_path):
    batches = read(tmp_path, b"x,y\n1,\x81\n2,\x80\n", "xy", encoding="cp1252")
    assert rows(batches) == [("2", "€")]
    assert [line for line, *_ in rejects(batches)] == [2]


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (b"", {}, "no header"),
        (b"\n\n", {}, "no header"),
        (b'x,"y\n1,2\n', {}, "no header"),
        (b"x,y,x\n", {}, "data.csv:1: the header names more than one column 'x'"),
        (b"x,\xff\n", {}, "data.csv:1: the header cannot be read"),
        (b"\xff\xfex\0,\0y\0\n\0", {}, "begins like UTF-16"),
        (b"x,y\n1,2\n", {"encoding": "utf-99"}, "encoding 'utf-99' is not known"),
        (b"x,y\n1,2\n", {"encoding": "hex"}, "encoding 'hex' is not known"),
        ("x,y\n1".encode("utf-16-le") + b"\0", {"encoding": "utf-16-le"}, "is not utf-16-le text"),
        (b"x,y\n", {"quote_char": "||"}, "quote is not one ASCII character"),
        (b"x,y\n", {"delimiter": "'", "quote_char": "'"}, "delimiter holds the quote"),
    ],
)
def test_a_file_that_is_bad_as_a_whole_says_why(tmp_path, content, options, message):
    with pytest.raises(SourceError, match=message) as caught:
        read(tmp_path, content, "xy", **options)
    assert caught.value.hint


def test_every_missing_column_is_named_with_its_likely_spelling(tmp_path):
    with pytest.raises(SourceError) as caught:
        read(tmp_path, b"Carier,y\n1,2\n", ("carrier", "y", "delay"))
    assert "data.csv:1: " in str(caught.value)
    assert "'carrier' (did you mean 'Carier'?); 'delay'" in str(caught.value)
    assert "Every column of the contract" in caught.value.hint


def test_a_header_without_rows_is_a_file_without_rows(tmp_path):
    assert read(tmp_path, b"x,y\n", "xy") == []


def test_a_file_that_changed_since_planning_is_found_out(tmp_path):
    (tmp_path / "data.csv").write_bytes(b"x,y\n1,2\n")
    csv_source = source(tmp_path)
    (part,) = csv_source.slices(csv_source.window(None, APPEND))
    (tmp_path / "data.csv").write_bytes(b"x,y\n1,3\n")
    with pytest.raises(SourceChanged, match=r"data\.csv changed"):
        list(csv_source.read(part, wanted("x", "y"), ReadLimits()))


def test_a_file_that_vanished_since_planning_is_found_out(tmp_path):
    (tmp_path / "data.csv").write_bytes(b"x,y\n1,2\n")
    csv_source = source(tmp_path)
    (part,) = csv_source.slices(csv_source.window(None, APPEND))
    (tmp_path / "data.csv").unlink()
    with pytest.raises(SourceChanged, match="disappeared"):
        list(csv_source.read(part, wanted("x", "y"), ReadLimits()))


def gzipped(tmp_path: Path, content: bytes) -> tuple[CsvSource, Slice]:
    (tmp_path / "data.csv.gz").write_bytes(content)
    csv_source = source(tmp_path, "*.gz")
    return csv_source, csv_source.slices(csv_source.window(None, APPEND))[0]


def test_gzip_of_several_members_is_read_as_one_file(tmp_path):
    csv_source, part = gzipped(tmp_path, gzip.compress(b"x,y\n1,") + gzip.compress(b"2\n3,4\n"))
    assert rows(list(csv_source.read(part, wanted("x", "y"), ReadLimits()))) == [("1", "2"), ("3", "4")]


@pytest.mark.parametrize("damage", ["cut", "flip", "garbage"])
def test_damaged_gzip_is_an_error_of_the_file(tmp_path, damage):
    whole = gzip.compress(b"x,y\n" + b"1,2\n" * 1000)
    content = {"cut": whole[:-5], "flip": whole[:-6] + b"\0\0" + whole[-4:], "garbage": whole + b"more"}[damage]
    csv_source, part = gzipped(tmp_path, content)
    with pytest.raises(SourceError, match=r"data\.csv\.gz is not a whole gzip file"):
        list(csv_source.read(part, wanted("x", "y"), ReadLimits()))


def test_a_decompression_bomb_is_refused(tmp_path):
    csv_source, part = gzipped(tmp_path, gzip.compress(b"x,y\n" + b"0,0\n" * 20_000_000, compresslevel=9))
    with pytest.raises(SourceError, match="more than 200 times"):
        for _ in csv_source.read(part, wanted("x", "y"), ReadLimits()):
            pass


def count_rows(csv_source: CsvSource, part: Slice) -> int:
    return sum(batch.records.num_rows for batch in csv_source.read(part, wanted("x"), ReadLimits()))


def test_a_slice_is_read_in_another_process(tmp_path):
    (tmp_path / "data.csv").write_bytes(b"x\n" + b"1\n" * 1000)
    csv_source = source(tmp_path)
    (part,) = csv_source.slices(csv_source.window(None, APPEND))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(count_rows, (csv_source, part)) == 1000


def test_sizes_of_batches_add_up_to_the_file(tmp_path):
    content = b"x,y\n" + b"1,2\n" * 500
    batches = read(tmp_path, content, "xy", block_size_bytes=64)
    assert len(batches) > 20
    assert sum(batch.size_bytes for batch in batches) == len(content)


@pytest.mark.parametrize("cell", ["plain", '"quoted, with ""quotes"" in it"'])
def test_a_file_is_read_in_the_memory_of_a_few_blocks(tmp_path, cell):
    block, blocks = 64 * 1024, 40
    count = blocks * block // (len(cell) + 3)
    (tmp_path / "data.csv").write_text("x,y\n" + f"1,{cell}\n" * count)
    csv_source = source(tmp_path, block_size_bytes=block)
    (part,) = csv_source.slices(csv_source.window(None, APPEND))
    tracemalloc.start()
    try:
        assert sum(batch.rows_read for batch in csv_source.read(part, wanted("x", "y"), ReadLimits())) == count
        assert tracemalloc.get_traced_memory()[1] < blocks * block * 0.8
    finally:
        tracemalloc.stop()
