"""Typed values of any Arrow type to a column's type, compared with Python's exact arithmetic."""

import math
import struct
import uuid
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dativo_core.contract.canonical_text import canonical_text
from dativo_core.contract.convert import convert
from dativo_core.contract.ledger import arrow_type
from dativo_core.contract.parse_text import parse_text
from tests.unit.contract.build import field_type

BAD = object()
WIDTHS = [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()]
UNITS = {"s": 10**6, "ms": 10**3, "us": 1, "ns": 0}


def converted(array, type_text):
    """Return the values, `BAD` where an entry is none of the type; checks what holds of every conversion."""
    values, bad = convert(array, field_type(type_text))
    values.validate(full=True)
    assert values.type == arrow_type(field_type(type_text))
    assert (values.null_count, bad.null_count) == (pc.count(array, mode="only_null").as_py() + bad.true_count, 0)
    return [BAD if is_bad else value for value, is_bad in zip(values.to_pylist(), bad.to_pylist(), strict=True)]


def integer_arrays():
    def values(width):
        low = -(2 ** (width.bit_width - 1)) if pa.types.is_signed_integer(width) else 0
        high = low + 2**width.bit_width - 1
        near = st.sampled_from([low, high, 0, 1, min(high, 2**53 + 1), min(high, 2**31)])
        return st.lists(st.none() | st.integers(low, high) | near, max_size=8).map(lambda v: pa.array(v, width))

    return st.sampled_from(WIDTHS).flatmap(values)


def decimal_arrays(max_precision=76):
    """Draw decimals of every shape, many of them short or whole."""

    def values(shape):
        precision, scale = shape
        high = 10**precision - 1
        short = st.integers(-100, 100).filter(lambda n: abs(n) * 10**scale <= high).map(lambda n: n * 10**scale)
        digits = st.lists(st.none() | st.integers(-high, high) | short, max_size=6)
        return digits.map(lambda drawn: with_scale(drawn, precision, scale))

    shapes = st.integers(1, max_precision).flatmap(lambda p: st.tuples(st.just(p), st.integers(0, p)))
    return shapes.flatmap(values)


def with_scale(digits, precision, scale):
    make = pa.decimal128 if precision <= 38 else pa.decimal256
    whole = pa.array(digits, make(precision, 0))
    return pa.Array.from_buffers(make(precision, scale), len(whole), whole.buffers())


def exact(value):
    return None if value is None else Fraction(value)


def as_decimal(value, precision, scale):
    steps = value * 10**scale
    return value if steps.denominator == 1 and abs(steps) < 10**precision else BAD


@given(integer_arrays(), st.sampled_from(["int", "long"]))
def test_integers_become_integers_if_they_are_in_range(array, kind):
    bits = 31 if kind == "int" else 63
    expected = [v if v is None or -(2**bits) <= v < 2**bits else BAD for v in array.to_pylist()]
    assert converted(array, kind) == expected


@given(
    integer_arrays() | decimal_arrays(), st.integers(1, 38).flatmap(lambda p: st.tuples(st.just(p), st.integers(0, p)))
)
def test_integers_and_decimals_become_decimals_if_no_digit_is_lost(array, shape):
    expected = [None if v is None else as_decimal(Fraction(v), *shape) for v in array.to_pylist()]
    found = converted(array, f"decimal({shape[0]},{shape[1]})")
    assert [v if v is BAD else exact(v) for v in found] == expected


@given(decimal_arrays(), st.sampled_from(["int", "long"]))
def test_decimals_become_integers_if_they_are_whole_and_in_range(array, kind):
    bits = 31 if kind == "int" else 63
    expected = [
        v if v is None else int(v) if v == int(v) and -(2**bits) <= v < 2**bits else BAD for v in array.to_pylist()
    ]
    assert converted(array, kind) == expected


@given(st.lists(st.none() | st.floats() | st.integers(-(2**70), 2**70).map(float)))
@example([2.0**63, -(2.0**63), -0.0, math.nan, math.inf])
def test_floats_become_integers_if_they_are_whole_and_in_range(values):
    def one(value):
        return int(value) if math.isfinite(value) and value.is_integer() and -(2**63) <= value < 2**63 else BAD

    assert converted(pa.array(values, pa.float64()), "long") == [None if v is None else one(v) for v in values]


@given(integer_arrays(), st.sampled_from(["float", "double"]))
def test_integers_become_floats_if_they_are_exactly_one(array, kind):
    def one(value):
        as_float = struct.unpack("f", struct.pack("f", value))[0] if kind == "float" else float(value)
        return as_float if int(as_float) == value else BAD

    assert converted(array, kind) == [None if v is None else one(v) for v in array.to_pylist()]


@given(decimal_arrays(30))
@example(
    pa.array([Decimal("0.1"), Decimal("1.255"), Decimal("0.12345678901234567890"), Decimal(10**23), Decimal(10**22)])
)
def test_decimals_become_doubles_if_the_double_shows_the_same_digits_and_is_whole_where_they_are(array):
    def one(value):
        is_kept = float(int(value)) == int(value) and Decimal(repr(float(value))) == value
        return float(value) if is_kept else BAD

    assert converted(array, "double") == [None if v is None else one(v) for v in array.to_pylist()]


@given(st.lists(st.none() | st.floats(allow_nan=False) | st.floats(width=32, allow_nan=False)))
def test_doubles_become_floats_if_they_are_one(values):
    def one(value):
        try:
            narrow = struct.unpack("f", struct.pack("f", value))[0]
        except OverflowError:
            return BAD
        return narrow if narrow == value else BAD

    assert converted(pa.array(values, pa.float64()), "float") == [None if v is None else one(v) for v in values]


def test_not_a_number_stays_not_a_number():
    assert math.isnan(converted(pa.array([math.nan]), "float")[0])
    assert math.isnan(converted(pa.array([math.nan], pa.float16()), "double")[0])


def test_a_float_is_never_a_decimal():
    assert converted(pa.array([1.255, 1.0, None]), "decimal(10,2)") == [BAD, BAD, None]


@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Paris", "+05:30"])
@given(
    ticks=st.lists(st.none() | st.integers(-(2**62), 2**62) | st.integers(-(10**6), 10**6), max_size=6), data=st.data()
)
def test_timestamps_of_every_unit_become_microseconds_within_the_calendar(zone, ticks, data):
    unit = data.draw(st.sampled_from(list(UNITS)))
    us = [None if t is None else Fraction(t, 1000) if unit == "ns" else t * UNITS[unit] for t in ticks]
    first, last = (
        int((each - datetime(1970, 1, 1)) / timedelta(microseconds=1)) for each in (datetime.min, datetime.max)
    )
    epoch = datetime(1970, 1, 1, tzinfo=UTC if zone else None)
    expected = [
        None if u is None else BAD if u != int(u) or not first <= u <= last else epoch + timedelta(microseconds=int(u))
        for u in us
    ]
    array = pa.array(ticks, pa.int64()).cast(pa.timestamp(unit, zone))
    assert converted(array, "timestamptz" if zone else "timestamp") == expected
    assert all(v in (None, BAD) for v in converted(array, "timestamp" if zone else "timestamptz"))


def test_times_of_every_unit_become_microseconds_before_midnight():
    assert converted(pa.array([0, 86_399, 86_400, -1], pa.int32()).cast(pa.time32("s")), "time") == [
        time(0),
        time(23, 59, 59),
        BAD,
        BAD,
    ]
    assert converted(pa.array([1000, 1001, None], pa.int64()).cast(pa.time64("ns")), "time") == [
        time(microsecond=1),
        BAD,
        None,
    ]
    assert converted(pa.array([86_400_000_000], pa.int64()).cast(pa.time64("us")), "time") == [BAD]


def test_dates_are_days_of_the_calendar_and_midnights_without_a_zone():
    beyond = pa.array([-719_163, -719_162, 2_932_896, 2_932_897], pa.int32()).cast(pa.date32())
    assert converted(beyond, "date") == [BAD, date.min, date.max, BAD]
    moments = [datetime(2024, 2, 29), datetime(2024, 2, 29, 1), None]
    assert converted(pa.array(moments, pa.timestamp("ns")), "date") == [date(2024, 2, 29), BAD, None]
    assert converted(pa.array(moments[:1], pa.timestamp("us", "UTC")), "date") == [BAD]
    assert converted(pa.array([86_400_000, 1], pa.int64()).cast(pa.date64()), "date") == [date(1970, 1, 2), BAD]


def test_a_date_is_the_timestamp_of_its_midnight_but_no_instant():
    days = pa.array([date(2024, 2, 29), None])
    assert converted(days, "timestamp") == [datetime(2024, 2, 29), None]
    assert converted(days, "timestamptz") == [BAD, None]


def test_booleans_are_booleans_or_zero_and_one():
    assert converted(pa.array([True, None]), "boolean") == [True, None]
    assert converted(pa.array([0, 1, 2, None], pa.uint8()), "boolean") == [False, True, BAD, None]
    assert converted(pa.array([True]), "long") == [BAD]


def test_sixteen_bytes_are_a_uuid():
    one = uuid.uuid4()
    assert converted(pa.array([one.bytes, None], pa.binary(16)), "uuid") == [one, None]
    assert converted(pa.array([one.bytes, b"short", None], pa.large_binary()), "uuid") == [one, BAD, None]
    assert converted(pa.array([one.bytes], pa.uuid()), "binary") == [one.bytes]


@pytest.mark.parametrize("held", [pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.large_string())])
def test_text_is_read_however_it_is_held(held):
    array = pa.array(["1", "x", None, "1"]).cast(held)
    assert converted(array, "long") == [1, BAD, None, 1]
    assert converted(array, "string") == ["1", "x", None, "1"]


def test_run_lengths_and_slices_make_no_difference():
    array = pc.run_end_encode(pa.array([7, 7, None, 300], pa.int16()))
    assert converted(array, "int") == [7, 7, None, 300]
    assert converted(pa.array([1, 2, 3, None], pa.uint64()).slice(2), "long") == [3, None]
    assert converted(pa.array([b"a", b"bc", None]).slice(1), "string") == ["6263", None]


@pytest.mark.parametrize(
    "kind", ["int", "decimal(5,2)", "double", "boolean", "date", "time", "timestamptz", "uuid", "binary"]
)
def test_an_array_of_nothing_is_null_in_every_type(kind):
    assert converted(pa.nulls(2), kind) == [None, None]


@pytest.mark.parametrize(
    ("array", "text"),
    [
        (pa.array([True, False]), ["true", "false"]),
        (pa.array([Decimal("0.00000001"), Decimal("-1.5")], pa.decimal128(20, 8)), ["0.00000001", "-1.50000000"]),
        (pa.array([0.1, 1e20, math.inf]), ["0.1", "1e+20", "inf"]),
        (pa.array([date(2024, 2, 29)]), ["2024-02-29"]),
        (pa.array([86_400_000], pa.int64()).cast(pa.date64()), ["1970-01-02"]),
        (pa.array([time(1, 2, 3), time(1, 2, 3, 400_000)]), ["01:02:03", "01:02:03.4"]),
        (pa.array([datetime(2024, 2, 29, 1, 2, 3, 10)]), ["2024-02-29T01:02:03.00001"]),
        (pa.array([datetime(2024, 2, 29, 1, tzinfo=timezone(timedelta(hours=2)))]), ["2024-02-28T23:00:00Z"]),
        (pa.array([timedelta(seconds=-1, milliseconds=-500), timedelta(days=1)]), ["PT-1.5S", "PT86400S"]),
        (pa.array([b"\x00\xff", b""]), ["00ff", ""]),
        (pa.array([uuid.UUID(int=1).bytes], pa.uuid()), ["00000000-0000-0000-0000-000000000001"]),
    ],
    ids=lambda value: str(getattr(value, "type", "")),
)
def test_every_type_has_one_canonical_text(array, text):
    assert converted(array, "string") == text


@given(decimal_arrays())
def test_a_decimals_text_is_its_plain_digits(array):
    for value, text in zip(array.to_pylist(), canonical_text(array).to_pylist(), strict=True):
        assert (text is None) == (value is None)
        assert value is None or (Decimal(text) == value and "E" not in text)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("long", st.integers(-(2**63), 2**63 - 1)),
        ("double", st.floats(allow_nan=False)),
        ("decimal(20,7)", st.integers(-(10**20) + 1, 10**20 - 1).map(lambda n: Decimal(n).scaleb(-7))),
        ("boolean", st.booleans()),
        ("date", st.dates()),
        ("time", st.times()),
        ("timestamp", st.datetimes()),
        ("timestamptz", st.datetimes(timezones=st.just(UTC))),
        ("uuid", st.uuids().map(lambda each: each.bytes)),
        ("binary", st.binary()),
    ],
)
@given(data=st.data())
def test_reading_the_canonical_text_gives_the_value_back(kind, values, data):
    array = pa.array(data.draw(st.lists(st.none() | values, max_size=6)), arrow_type(field_type(kind)))
    again, bad = parse_text(canonical_text(array), field_type(kind))
    assert bad.true_count == 0
    assert again.equals(array)
