"""Text to typed values, compared with a slow reading of one value at a time."""

import math
import re
import struct
import uuid
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dativo_core.contract.parse_text import parse_text
from tests.unit.contract.build import field_type

BAD = object()
TRUE, FALSE = {"true", "1", "yes", "on", "t", "y"}, {"false", "0", "no", "off", "f", "n"}
NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
TIME = r"(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6})0*)?)?"
MOMENT = r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,6})0*)?)?)?)?(Z|[+-]\d\d(?::?\d\d)?)?"


def parse_one(text: str, kind: str):
    """Return the value of one text by the rules, in plain Python; `BAD` when it has none."""
    try:
        return PARSERS[kind.partition("(")[0]](text.strip(" \t"), kind)
    except (ValueError, OverflowError):
        return BAD


def one_integer(text, kind):
    if not re.fullmatch(r"[+-]?[0-9]+(\.0*)?", text):
        return BAD
    value = int(text.partition(".")[0])
    bits = 31 if kind == "int" else 63
    return value if -(2**bits) <= value < 2**bits else BAD


def one_decimal(text, kind):
    precision, scale = (int(number) for number in kind[8:-1].split(","))
    if not re.fullmatch(NUMBER, text, re.ASCII) or len(re.split("[eE][+-]?", text + "e")[1]) > 3:
        return BAD
    steps = Fraction(text) * 10**scale
    return Decimal(text) if steps.denominator == 1 and abs(steps) < 10**precision else BAD


def one_float(text, kind):
    if re.fullmatch(r"[+-]?(nan|inf|infinity)", text, re.IGNORECASE):
        return float(text)
    value = nearest(text, kind) if re.fullmatch(NUMBER, text, re.ASCII) else math.inf
    written_out = re.fullmatch(r"[+-]?(\d+)(\.\d*)?", text, re.ASCII)
    is_kept = written_out is None or nearest(written_out[1], kind) == int(written_out[1])
    return value if math.isfinite(value) and is_kept else BAD


def nearest(text, kind):
    value = float(text)
    return struct.unpack("f", struct.pack("f", value))[0] if kind == "float" and math.isfinite(value) else value


def one_boolean(text, _):
    word = text.lower()
    return True if word in TRUE else False if word in FALSE else BAD


def one_date(text, _):
    return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else BAD


def one_time(text, _):
    match = re.fullmatch(TIME, text, re.ASCII)
    return time(*parts(match.groups())) if match else BAD


def one_moment(text, kind):
    match = re.fullmatch(MOMENT, text, re.ASCII)
    if not match or (match[6] is not None) != (kind == "timestamptz") or (match[6] and not match[2]):
        return BAD
    value = datetime.combine(date.fromisoformat(match[1]), time(*parts(match.groups()[1:5])))
    return (value.replace(tzinfo=UTC) - offset(match[6])) if match[6] else value


def offset(text):
    if text == "Z":
        return timedelta()
    hours, minutes = int(text[1:3]), int(text[-2:]) if len(text) > 3 else 0
    time(hours, minutes)
    return (1 if text[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes)


def parts(groups):
    hour, minute, second, fraction = groups
    return int(hour or 0), int(minute or 0), int(second or 0), int((fraction or "").ljust(6, "0"))


def one_uuid(text, _):
    hexadecimal = r"[0-9a-fA-F]"
    usual = rf"{hexadecimal}{{8}}(-{hexadecimal}{{4}}){{3}}-{hexadecimal}{{12}}"
    return uuid.UUID(text) if re.fullmatch(rf"{usual}|{hexadecimal}{{32}}", text) else BAD


def one_binary(text, _):
    digits = re.sub(r"\A(\\x|0x)", "", text)
    return bytes.fromhex(digits) if re.fullmatch(r"([0-9a-fA-F]{2})*", digits) else BAD


PARSERS = {
    "int": one_integer,
    "long": one_integer,
    "decimal": one_decimal,
    "float": one_float,
    "double": one_float,
    "boolean": one_boolean,
    "date": one_date,
    "time": one_time,
    "timestamp": one_moment,
    "timestamptz": one_moment,
    "uuid": one_uuid,
    "binary": one_binary,
}
TYPES = ["int", "long", "decimal(10,2)", "decimal(38,0)", "decimal(38,38)", "decimal(3,3)", "float", "double"]
TYPES += ["boolean", "date", "time", "timestamp", "timestamptz", "uuid", "binary"]


def same(one, other):
    return one == other or (isinstance(one, float) and math.isnan(one) and math.isnan(other))


def check(texts, kind):
    """Hold `parse_text` against `parse_one`: each text alone, and all next to one that rules out Arrow's own cast."""
    for group in (*([text] for text in texts), [*texts, "no value at all"]):
        typed, bad = parse_text(pa.array(group, pa.string()), field_type(kind))
        typed.validate(full=True)
        for text, value, is_bad in zip(group, typed.to_pylist(), bad.to_pylist(), strict=True):
            expected = None if text is None else parse_one(text, kind)
            assert is_bad == (expected is BAD), (text, value, expected)
            assert same(value, None if expected is BAD else expected), (text, value, expected)


DIGITS = st.text("0123456789", max_size=42)
SIGNS = st.sampled_from(["", "", "-", "+"])
NUMBERS = st.builds(
    "".join,
    st.tuples(
        SIGNS, DIGITS, st.sampled_from(["", "."]), DIGITS, st.sampled_from(["", "", "", "e3", "E-2", "e+05", "e"])
    ),
)
OFFSETS = st.sampled_from(["", "Z", "+05:30", "-0800", "+14", "+24:00", "-00:60", "z"])
DATES = st.one_of(
    st.dates().map(str), st.from_regex(r"\A[0-2][0-9]{3}-[01][0-9]-[0-3][0-9]\Z"), st.sampled_from(["0000-01-01"])
)
TIMES = st.one_of(st.times().map(str), st.from_regex(r"\A[0-2][0-9](:[0-6][0-9]){0,2}(\.[0-9]{1,8})?\Z"))
MOMENTS = st.builds(lambda day, gap, at, zone: day + gap + at + zone, DATES, st.sampled_from("T t"), TIMES, OFFSETS)
JUNK = st.text("0123456789abcdefxXeE+-.:TZ \tnNiIytruslo_", max_size=12)
WORDS = st.sampled_from(["TRUE", "Yes", "off", "NaN", "-Inf", "Infinity", "nan(1)", "0x1F", "1e999", "", " ", "null"])
UUIDS = st.one_of(st.uuids().map(str), st.uuids().map(lambda value: value.hex.upper()))
HEX = st.builds(
    lambda prefix, value: prefix + value.hex(), st.sampled_from(["", "\\x", "0x", "x"]), st.binary(max_size=5)
)
CELLS = st.one_of(NUMBERS, DATES, TIMES, MOMENTS, UUIDS, HEX, WORDS, JUNK, st.none())
BLANKS = st.sampled_from(["", "", " ", "\t "])
PADDED = st.builds(lambda cell, a, b: None if cell is None else a + cell + b, CELLS, BLANKS, BLANKS)


@pytest.mark.parametrize("kind", TYPES)
@settings(max_examples=120, deadline=None)
@given(texts=st.lists(PADDED, max_size=8))
@example(texts=[])
@example(texts=[None])
@example(texts=["9223372036854775807", "-9223372036854775808", "9223372036854775808", "-9223372036854775809", "1.9"])
@example(
    texts=["16777216", "16777217", "-16777217", "16777217.5", "16777218", "1.6777217e7", "1e30", "0.1", "33554434"]
)
@example(texts=["9007199254740992", "9007199254740993", "-9007199254740993.0", "9007199254740994", " 9007199254740993"])
@example(
    texts=["12345678901234567890.0", "18446744073709551616", "1" + "0" * 22, "1" + "0" * 23, "1" * 310, "0" * 40 + "7"]
)
@example(texts=["2147483647", "-2147483648", "2147483648", "00501", "1.0", "-0", "0e-10", "1e-3", ".", "+", "-.5"])
@example(texts=["2024-02-29", "2023-02-29", "1900-02-29", "2000-02-29", "0000-01-01", "9999-12-31", "2024-04-31"])
@example(texts=["24:00:00", "23:59:59.1234560", "23:59:59.1234567", "23:59:60", "7:00"])
@example(texts=["0001-01-01T00:00+00:01", "9999-12-31T23:59:59-00:01", "2024-01-01Z", "2024-01-01T05Z"])
@example(texts=["0." + "1" * 38, "1" * 38, "1" * 39, "0" * 50 + "1", "1." + "0" * 50, "1" + "0" * 40 + "e-40"])
def test_every_text_means_what_plain_python_says(kind, texts):
    check(texts, kind)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("long", st.integers(-(2**63), 2**63 - 1)),
        ("int", st.integers(-(2**31), 2**31 - 1)),
        ("double", st.floats(allow_nan=False)),
        ("decimal(38,9)", st.decimals(-(10**28), 10**28, places=9)),
        ("date", st.dates()),
        ("time", st.times()),
        ("timestamp", st.datetimes()),
        ("uuid", st.uuids()),
    ],
)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_values_written_as_text_come_back(kind, values, data):
    expected = data.draw(st.lists(values))
    typed, bad = parse_text(pa.array([str(value) for value in expected], pa.string()), field_type(kind))
    assert typed.to_pylist() == expected
    assert not bad.true_count


ZONES = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=ZONES)


@settings(max_examples=100, deadline=None)
@given(values=st.lists(INSTANTS))
def test_an_instant_is_stored_in_utc(values):
    typed, _ = parse_text(pa.array([value.isoformat() for value in values], pa.string()), field_type("timestamptz"))
    assert typed.to_pylist() == values
    assert typed.type == pa.timestamp("us", "UTC")


def test_text_is_kept_with_its_blanks():
    typed, bad = parse_text(pa.array([" a ", "", None]), field_type("string"))
    assert typed.to_pylist() == [" a ", "", None]
    assert bad.to_pylist() == [False] * 3


def test_a_part_of_an_array_is_read_like_a_whole_one():
    array = pa.array(["x", "1", "0x2", "3", "x"]).slice(1, 3)
    typed, bad = parse_text(array, field_type("int"))
    assert (typed.to_pylist(), bad.to_pylist()) == ([1, None, 3], [False, True, False])


@pytest.mark.parametrize("kind", ["uuid", "binary", "boolean", "time"])
def test_an_array_without_values_is_read(kind):
    typed, bad = parse_text(pa.array([], pa.string()), field_type(kind))
    assert len(typed) == len(bad) == 0
