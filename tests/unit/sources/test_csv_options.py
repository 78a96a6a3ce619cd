"""What the options of delimited text do to a file, one by one."""

import pytest

from dativo_core.errors import SourceError
from tests.unit.sources.build import places, read, rejects, rows


def test_a_record_terminator_is_exactly_what_is_written(tmp_path):
    assert rows(read(tmp_path, b"x,y\n1,2\r\n3,\r\n", "xy", record_terminator="\\n")) == [("1", "2\r"), ("3", "\r")]
    assert rows(read(tmp_path, b"x,y;1,2\n;3,4", "xy", record_terminator=";")) == [("1", "2\n"), ("3", "4")]


@pytest.mark.parametrize("delimiter", ["\t", "\\t", "\\x09", "\\u0009"])
def test_a_tab_may_be_written_as_such_or_spelt(tmp_path, delimiter):
    assert rows(read(tmp_path, b"x\ty\n1\t2\n", "xy", delimiter=delimiter)) == [("1", "2")]


def test_lines_are_those_an_editor_shows_or_records_without_line_ends(tmp_path):
    batches = read(tmp_path, b'x|y|\r\n1|"a\nb"|\r\n2|\r\n3|4|\r\n', "xy", delimiter="|", record_terminator="|\r\n")
    assert [line for line, *_ in rejects(batches)] == [4]
    assert places(batches) == [(2, '1|"a\nb"'), (5, "3|4")]
    batches = read(tmp_path, b"x,y;1,2\n;2;3,4;", "xy", record_terminator=";")
    assert [line for line, *_ in rejects(batches)] == [3]


def test_an_escape_makes_the_next_character_text_inside_and_outside_quotes(tmp_path):
    content = b'x,y\na\\,b,"c\\"d"\n\\"e,f\\\\\n"g\\\\",h\\\ni\nj\\\r\nk,l\n'
    assert rows(read(tmp_path, content, "xy", escape_char="\\")) == [
        ("a,b", 'c"d'),
        ('"e', "f\\"),
        ("g\\", "h\ni"),
        ("j\r\nk", "l"),
    ]


def test_null_values_are_compared_as_they_are_written_before_escapes(tmp_path):
    content = b'x,y\n\\N,N\n"\\N",\\\\N\n'
    assert rows(read(tmp_path, content, "xy", escape_char="\\", null_values=("\\N",))) == [(None, "N"), ("N", "\\N")]


def test_an_escape_at_the_end_of_a_file_costs_its_record_only(tmp_path):
    batches = read(tmp_path, b"x,y\n1,2\n3,4\\", "xy", escape_char="\\")
    assert rows(batches) == [("1", "2")]
    assert rejects(batches) == [(3, "row", "its end is escaped, and no other follows", "3,4\\")]


def test_comments_are_no_rows_and_count_as_lines(tmp_path):
    content = b'# "about\n\n#\nx,y\n# 1,2\n"a\n#b",2\n3,#4\n#' + b"\xff" * 5000 + b"\n1\n"
    batches = read(tmp_path, content, "xy", comment="#", block_size_bytes=64)
    assert rows(batches) == [("a\n#b", "2"), ("3", "#4")]
    assert [line for line, _ in places(batches)] == [6, 8]
    assert [line for line, *_ in rejects(batches)] == [10]


def test_a_comment_longer_than_a_record_may_be_is_skipped_too(tmp_path):
    batches = read(tmp_path, b"#" + b"a" * 9000 + b"\nx,y\n1,2\n#" + b"b" * 9000 + b"\n3,4\n", "xy", 64, comment="#")
    assert (rows(batches), rejects(batches)) == ([("1", "2"), ("3", "4")], [])
    assert [line for line, _ in places(batches)] == [3, 5]


def test_lines_before_the_header_are_skipped_whatever_they_are(tmp_path):
    content = b'Report of "May\n' + b"-" * 9000 + b"\r\n\nx,y\n1,2\n"
    batches = read(tmp_path, content, "xy", 64, skip_rows=3, block_size_bytes=16)
    assert places(batches) == [(5, "1,2")]
    with pytest.raises(SourceError, match=r"data\.csv has 5 lines, fewer than the 6"):
        read(tmp_path, content, "xy", skip_rows=6)


def test_without_a_header_the_columns_are_those_of_the_contract(tmp_path):
    (batch,) = read(tmp_path, b"1,2\n3\n", ("b", "a"), header=False)
    assert (batch.records.to_pydict(), batch.names_line) == ({"b": ["1"], "a": ["2"]}, None)
    assert rejects([batch]) == [(2, "row", "has 1 field, the contract has 2", "3")]


@pytest.mark.parametrize("options", [{"header": ["x", "z", "y"]}, {"column_names": ["x", "z", "y"], "header": False}])
def test_given_names_are_the_columns_of_a_file_without_a_header(tmp_path, options):
    (batch,) = read(tmp_path, b"1,2,3\n", "yx", **options)
    assert batch.records.to_pydict() == {"y": ["3"], "x": ["1"]}
    assert batch.dropped_columns == ("z",)
    with pytest.raises(SourceError, match=r"data\.csv: the option \w+ lacks columns of the contract: 'w'"):
        read(tmp_path, b"1,2,3\n", "wx", **options)


def test_a_file_without_a_header_never_loads_with_its_first_row_as_names(tmp_path):
    with pytest.raises(SourceError, match=r"data\.csv:1: the header lacks columns .*'x'; 'y'.*header: false"):
        read(tmp_path, b"1,2\n3,4\n", "xy")


def test_a_header_is_never_loaded_as_a_row(tmp_path):
    with pytest.raises(SourceError, match=r"data\.csv:2: the first record names the columns.*header: true"):
        read(tmp_path, b'\nx,"y"\n1,2\n', "xy", header=False)


def test_the_line_of_a_header_is_told_behind_blank_and_skipped_lines(tmp_path):
    with pytest.raises(SourceError, match=r"data\.csv:4: the header names more than one column 'x'"):
        read(tmp_path, b"a\n\n#\nx,x\n", "xy", skip_rows=1, comment="#")
    (batch,) = read(tmp_path, b"\n\nx,y\n1,2\n", "xy")
    assert batch.names_line == 3


def test_short_rows_are_filled_up_with_nulls_and_long_ones_rejected(tmp_path):
    content = b'x,y,z\n1\n1,2\n\n"",2,""\n1,2,3,4\n"a\nb"\n'
    batches = read(tmp_path, content, "zyx", ragged="pad", null_values=())
    assert rows(batches) == [(None, None, "1"), (None, "2", "1"), ("", "2", ""), (None, None, "a\nb")]
    assert rejects(batches) == [(6, "row", "has 4 fields, the header has 3", "1,2,3,4")]
    assert [line for line, _ in places(batches)] == [2, 3, 5, 7]


def test_short_rows_in_a_dialect_beyond_the_common_one_are_filled_up_alike(tmp_path):
    content = b"x||y;\n1;\n2||a|b;3"
    assert rows(read(tmp_path, content, "xy", delimiter="||", record_terminator=";\n", ragged="pad")) == [
        ("1", None),
        ("2", "a|b;3"),
    ]


@pytest.mark.parametrize("quote", ['"', ""])
def test_an_open_quote_costs_one_record_in_any_dialect(tmp_path, quote):
    batches = read(
        tmp_path,
        b'x||y;1||"open;2||b;',
        "xy",
        delimiter="||",
        record_terminator=";",
        quote_char=quote,
        block_size_bytes=4,
    )
    assert rows(batches) == ([("2", "b")] if quote else [("1", '"open'), ("2", "b")])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_read_with_a_mark_and_the_ordered_ones_without_too(tmp_path, encoding):
    text = "x,y\né,€😀\n"
    codec = "utf-16-be" if encoding == "utf-16-be" else "utf-16-le"
    for content in ("\ufeff" + text, text)[: 1 if encoding == "utf-16" else 2]:
        (row,) = rows(read(tmp_path, content.encode(codec), "xy", encoding=encoding, block_size_bytes=3))
        assert row == ("é", "€😀")


@pytest.mark.parametrize(("codec", "order"), [("utf-16-le", "le"), ("utf-16-be", "be")])
def test_utf_16_without_a_mark_is_told(tmp_path, codec, order):
    content = "x,y\n1,2\n".encode(codec)
    with pytest.raises(SourceError, match=f"looks like UTF-16 .*encoding: utf-16-{order}"):
        read(tmp_path, content, "xy")
    with pytest.raises(SourceError, match=r"has no byte order mark.*utf-16-le, or utf-16-be"):
        read(tmp_path, content, "xy", encoding="utf-16")


def test_a_mark_of_another_encoding_is_told(tmp_path):
    with pytest.raises(SourceError, match=r"begins like UTF-16 text, not UTF-16-LE.*encoding: utf-16$"):
        read(tmp_path, "\ufeffx,y\n".encode("utf-16-be"), "xy", encoding="utf-16-le")
    with pytest.raises(SourceError, match=r"begins like UTF-8 text, not CP1252.*encoding: utf-8$"):
        read(tmp_path, "\ufeffx,y\n".encode(), "xy", encoding="cp1252")


@pytest.mark.parametrize("half", [b"\x3d\xd8", b"\x00\xd8", b"\x00\xdc"])
def test_half_a_character_of_utf_16_spoils_one_row(tmp_path, half):
    content = "x,y\n1,".encode("utf-16") + half + "é\n2,b\n".encode("utf-16-le")
    batches = read(tmp_path, content, "xy", encoding="utf-16", block_size_bytes=4)
    assert rows(batches) == [("2", "b")]
    ((line, rule, reason, _),) = rejects(batches)
    assert (line, rule, reason) == (2, "encoding", "what is at character 3 of the row is not valid utf-16")


def test_utf_16_of_an_odd_length_is_cut_short(tmp_path):
    with pytest.raises(SourceError, match=r"data\.csv is not utf-16 text: .*Deliver it again if it was cut short"):
        read(tmp_path, "x,y\n1,2\n".encode("utf-16")[:-1], "xy", encoding="utf-16")


def test_a_byte_that_is_no_text_is_told_in_the_encoding_of_the_file(tmp_path):
    batches = read(tmp_path, "x,y\né".encode("cp1252") + b",\x81\n2,\x80\n", "xy", encoding="windows-1252")
    assert rows(batches) == [("2", "€")]
    assert rejects(batches) == [(2, "encoding", "byte 0x81 at character 3 of the row is not valid cp1252", "é,�")]


def test_every_byte_is_text_in_latin_1(tmp_path):
    every = bytes(code for code in range(1, 256) if code not in b'\r\n,"')
    assert rows(read(tmp_path, b"x,y\n" + every + b",2\n", "xy", encoding="latin-1")) == [
        (every.decode("latin-1"), "2")
    ]
