"""JSON lines read as a whole and line by line: both ways must agree, and with Python's own json."""

import json
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dativo_core.odcs.types import FieldType, TypeKind
from dativo_core.sources.base import WantedColumn
from dativo_core.sources.jsonl_rows import parse_block, read_each, read_whole
from tests.unit.sources.json_lines import COLUMNS, MEMBERS, ROWS, blocks, read, spoilt, typed

PRINTED = st.text().filter(lambda text: "\0" not in text)
TEXT = WantedColumn("s", FieldType(TypeKind.STRING))
LONG = WantedColumn("l", FieldType(TypeKind.LONG))


@given(spoilt())
@example("null")
@example("{}\n null\n{}")
@example('{"l":1} {"l":2}\n{"l":\n3}')
@example('{"w":99}')
@example('{"d":12345678901}\n{"d":1e8}')
@example('{"g":9007199254740993,"l":1}')
@example('{"f":16777217}')
@example('{"a":[{"g":12345678901234567890.0}]}')
@example('{"g":1e300}\n{"g":9007199254740992}')
@example('{"f":NaN}\n{"u":[{"v":Infinity}]}')
def test_what_the_reader_accepts_as_a_whole_is_what_each_line_says(text):
    for block in blocks(text.encode()):
        whole, each = read_whole(block, MEMBERS), read_each(block, MEMBERS)
        if whole is None:
            continue
        assert each.flaws == ()
        assert whole.no_rows == each.no_rows
        assert set(whole.unknown) == set(each.unknown)
        assert typed(whole) == typed(each)


@given(st.lists(ROWS, min_size=1, max_size=6))
def test_every_line_is_a_row_or_a_reject_with_its_number(rows):
    (block,) = blocks("".join(f"{row}\n" for row in rows).encode())
    batch = parse_block(block, 0, MEMBERS)
    lines, raw = batch.places.locate(range(batch.records.num_rows))
    rejected = [(reject["line"], reject["raw"]) for reject in batch.rejects.to_pylist()]
    assert sorted([*zip(lines, raw, strict=True), *rejected]) == list(enumerate(rows, start=1))


@given(st.lists(st.fixed_dictionaries({"s": PRINTED, "l": st.integers(-(2**63), 2**63 - 1)}), min_size=1))
def test_rows_are_what_plain_python_reads(rows):
    (block,) = blocks("".join(json.dumps(row) + "\n" for row in rows).encode())
    assert read_whole(block, MEMBERS).records.select(["s", "l"]).to_pylist() == rows


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-99_999_999, max_value=99_999_999))
def test_decimals_come_from_their_digits(number):
    (block,) = blocks(b'{"d":%s}\n' % str(number).encode())
    values = read_whole(block, MEMBERS).records.column("d").to_pylist()
    assert values == [Decimal(number)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"s":"a"', "is not JSON: Expecting ',' delimiter at position 9 of the row"),
        ("[1]", "is a list, not an object"),
        ("null", "is null, not an object"),
        ("12", "is a number, not an object"),
        ('"text"', "is a string, not an object"),
        ('{"l":1} {"l":2}', "is not JSON: Extra data at position 9 of the row"),
        ('{"l":1,"\\u006c":2}', "has the key 'l' twice in one object"),
        ('{"u":{"a":1,"a":2}}', "has the key 'a' twice in one object"),
        ('{"g":NaN}', "is not JSON: NaN is no number of it"),
        ('{"s":"\\ud800"}', "holds half of a surrogate pair, which is no character"),
        ('{"\\u0000":1}', "holds a NUL character"),
        ('{"u":' + "[" * 300 + "]" * 300 + "}", "is nested deeper than 200 levels"),
        ('{"u":' + "[" * 100_000, "is nested deeper than 200 levels"),
        ('{"s":"a\tb"}', "is not JSON: Invalid control character at position 8 of the row"),
    ],
)
def test_a_line_that_is_no_row_says_why(tmp_path, line, reason):
    (batch,) = read(tmp_path, f'{{"l":1}}\n{line}\n{{"l":2}}\n'.encode())
    assert batch.records.column("l").to_pylist() == ["1", "2"]
    (reject,) = batch.rejects.to_pylist()
    assert (reject["line"], reject["reason"], reject["rule"]) == (2, reason, "row")
    assert reject["raw"] == line[:4096]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"s":"\xff"}', "byte 0xff at position 7 of the row is not valid UTF-8"),
        (b'{"s":"\0"}', "holds a NUL byte at position 7 of the row"),
    ],
)
def test_bytes_that_are_no_text_spoil_their_own_line(tmp_path, line, reason):
    (batch,) = read(tmp_path, b'{"l":1}\n' + line + b'\n{"l":2}\n', LONG)
    assert batch.records.column("l").to_pylist() == [1, 2]
    assert [(reject["line"], reject["reason"]) for reject in batch.rejects.to_pylist()] == [(2, reason)]


@pytest.mark.parametrize("value", ["00501", "2024-01-01", "1e5", "true", "null", ""])
def test_strings_stay_strings(tmp_path, value):
    (batch,) = read(tmp_path, json.dumps({"s": value}).encode(), TEXT)
    assert batch.records.column("s").to_pylist() == [value]


@pytest.mark.parametrize(
    ("value", "text"),
    [("501", "501"), ("1.50", "1.50"), ("1E2", "1E2"), ("true", "true"), ('{ "a" : [1.0, "é"] }', '{"a":[1.0,"é"]}')],
)
def test_whatever_else_stands_where_text_is_wanted_is_kept_as_it_is_written(tmp_path, value, text):
    (batch,) = read(tmp_path, f'{{"s":{value}}}'.encode(), TEXT)
    assert batch.records.column("s").to_pylist() == [text]


def test_blank_lines_are_no_rows_and_count_as_lines(tmp_path):
    (batch,) = read(tmp_path, b'\n  \t\r\n{"l":1}\r\n\r\n{"l":2}\n', LONG)
    assert batch.places.locate([0, 1]) == ([3, 5], ['{"l":1}', '{"l":2}'])
    assert batch.rejects.num_rows == 0


def test_a_missing_key_is_null_and_unknown_keys_are_told(tmp_path):
    (batch,) = read(tmp_path, b'{"x":null}\n{"l":5,"y":{"z":1}}\n', LONG)
    assert batch.records.column("l").to_pylist() == [None, 5]
    assert batch.dropped_columns == ("x", "y")


def test_columns_come_in_the_wanted_order_however_the_keys_stand(tmp_path):
    (batch,) = read(tmp_path, b'{"g":1.5,"s":"x"}\n', *COLUMNS)
    assert batch.records.schema.names == [column.name for column in COLUMNS]
