"""Dates and times written as ISO 8601 text. Parsers take trimmed text and give null for what is no value."""

import pyarrow as pa
import pyarrow.compute as pc

CALENDAR_DAYS = ("0001-01-01", "9999-12-31")
CALENDAR_TIMES = ("0001-01-01T00:00:00", "9999-12-31T23:59:59.999999")

LEAP_YEAR = r"(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)"
DAY_OF_YEAR = (
    r"(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8]))"
)
DATE = rf"(?:\d{{4}}-{DAY_OF_YEAR}|{LEAP_YEAR}-02-29)"
HOUR = r"(?:[01]\d|2[0-3])"
SECONDS = r":[0-5]\d(?:\.\d{1,6}0*)?"
OFFSET = rf"(?:Z|[+-]{HOUR}(?::?[0-5]\d)?)"
ONLY_DATE = f"^{DATE}$"
ONLY_TIME = f"^{HOUR}:[0-5]\\d(?:{SECONDS})?$"
LOCAL_TIME = f"^{DATE}(?:[ T]{HOUR}(?::[0-5]\\d(?:{SECONDS})?)?)?$"
INSTANT = f"^{DATE}[ T]{HOUR}(?::[0-5]\\d(?:{SECONDS})?)?{OFFSET}$"
ZEROS_BEYOND_MICROSECONDS = r"(\.\d{6})0+"


def is_in_calendar(_: pa.StringArray, typed: pa.Array) -> bool:
    """Whether texts that Arrow took for dates or timestamps are in the years 1 to 9999; it takes year 0."""
    bounds = pc.min_max(typed)
    first, last = _bounds(typed.type)
    if not bounds["min"].is_valid:
        return True
    return bool(pc.greater_equal(bounds["min"], first).as_py() and pc.less_equal(bounds["max"], last).as_py())


def parse_date(text: pa.StringArray, target: pa.DataType) -> pa.Array:
    """Return dates."""
    return in_calendar(_only(text, ONLY_DATE).cast(target))


def parse_time(text: pa.StringArray, target: pa.DataType) -> pa.Array:
    """Return times of day in microseconds."""
    times = pc.replace_substring_regex(_only(text, ONLY_TIME), ZEROS_BEYOND_MICROSECONDS, r"\1")
    # Arrow casts no text to a time, but any timestamp.
    moments = pc.binary_join_element_wise("1970-01-01T", times, "")
    return moments.cast(pa.timestamp("us")).cast(target)


def parse_timestamp(text: pa.StringArray, target: pa.DataType) -> pa.Array:
    """Return timestamps of the target type: instants in UTC when it has a zone, else as written."""
    moments = _only(text, INSTANT if target.tz else LOCAL_TIME)
    return in_calendar(pc.replace_substring_regex(moments, ZEROS_BEYOND_MICROSECONDS, r"\1").cast(target))


def _only(text: pa.StringArray, pattern: str) -> pa.StringArray:
    return pc.if_else(pc.match_substring_regex(text, pattern), text, pa.scalar(None, pa.string()))


def in_calendar(typed: pa.Array) -> pa.Array:
    """Return dates or timestamps, null for those beyond the years 1 to 9999."""
    first, last = _bounds(typed.type)
    is_in = pc.and_(pc.greater_equal(typed, first), pc.less_equal(typed, last))
    return pc.if_else(is_in, typed, pa.scalar(None, typed.type))


def _bounds(target: pa.DataType) -> tuple[pa.Scalar, pa.Scalar]:
    zone = "Z" if pa.types.is_timestamp(target) and target.tz else ""
    first, last = CALENDAR_DAYS if pa.types.is_date(target) else CALENDAR_TIMES
    return pa.scalar(first + zone).cast(target), pa.scalar(last + zone).cast(target)
