"""What the clocks of a time zone showed, as instants: exactly, or not at all.

A time that no clock showed (clocks are put forward) and one that they showed twice (clocks are put back) is no instant.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.encodings import only
from dativo_core.contract.text_times import in_calendar

LOCAL = pa.timestamp("us")
INSTANT = pa.timestamp("us", "UTC")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TRUSTED_UNTIL = pa.scalar("2037-01-01", pa.string()).cast(LOCAL)
"""Arrow takes every later day for one of winter: it does not read the rule at the end of a zone's file (RFC 8536)."""


def instants(local: pa.TimestampArray, zone: str) -> pa.TimestampArray:
    """Return the instants at which the clocks of a zone showed these times; null where there is not exactly one."""
    is_late = pc.greater_equal(local, _TRUSTED_UNTIL)
    if not pc.any(is_late).as_py():
        return _by_arrow(local, zone)
    early = _by_arrow(only(local, pc.invert(is_late)), zone)
    return pc.coalesce(early, _one_by_one(only(local, is_late), zone))


def _by_arrow(local: pa.TimestampArray, zone: str) -> pa.TimestampArray:
    try:
        return in_calendar(pc.assume_timezone(local, zone, ambiguous="raise", nonexistent="raise").cast(INSTANT))
    except pa.ArrowInvalid:
        return _where_single(local, zone)


def _where_single(local: pa.TimestampArray, zone: str) -> pa.TimestampArray:
    """Return the instants of times that were shown once: of all others the earliest and the latest reading differ."""
    try:
        earliest = pc.assume_timezone(local, zone, ambiguous="earliest", nonexistent="earliest").cast(INSTANT)
    except pa.ArrowInvalid:
        # Arrow looks for its database of zones in fewer places.
        return _one_by_one(local, zone)
    latest = pc.assume_timezone(local, zone, ambiguous="latest", nonexistent="latest").cast(INSTANT)
    return in_calendar(only(earliest, pc.equal(earliest, latest)))


def _one_by_one(local: pa.TimestampArray, zone: str) -> pa.TimestampArray:
    encoded, clock = local.dictionary_encode(), ZoneInfo(zone)
    read = [_microseconds(each, clock) for each in encoded.dictionary.to_pylist()]
    return in_calendar(pa.array(read, pa.int64()).cast(INSTANT).take(encoded.indices))


def _microseconds(shown: datetime, clock: ZoneInfo) -> int | None:
    """Return microseconds since 1970; None when the clock never showed it, or twice (PEP 495)."""
    first, second = (shown.replace(tzinfo=clock, fold=fold) for fold in (0, 1))
    return (first - _EPOCH) // _MICROSECOND if first.utcoffset() == second.utcoffset() else None
