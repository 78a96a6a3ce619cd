"""Arrow dates and times to those of a table, exactly.

Converters take decoded arrays and give null for what is no value of the target type.
"""

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.encodings import only

DAY_US = 86_400_000_000
FIRST_DAY = (date(1, 1, 1) - date(1970, 1, 1)).days
LAST_DAY = (date(9999, 12, 31) - date(1970, 1, 1)).days
"""The calendar's days, counted from 1970-01-01."""

_TICKS_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def to_date(array: pa.Array, target: pa.DataType) -> pa.Array:
    """Return dates: from dates, and from timestamps without a zone at midnight; in the years 1 to 9999."""
    if pa.types.is_date32(array.type):
        days = _within(array.cast(pa.int32()), FIRST_DAY, LAST_DAY)
        return days.cast(target)
    moments = _moments(array, zoned=False)
    if moments is None:
        return pa.nulls(len(array), target)
    return _scaled(moments, 1, DAY_US).cast(pa.int32()).cast(target)


def to_time(array: pa.Array, target: pa.DataType) -> pa.Array:
    """Return times of day in microseconds: from times before 24:00 without digits beyond the microsecond."""
    if not pa.types.is_time(array.type):
        return pa.nulls(len(array), target)
    ticks = array.cast(pa.int32() if pa.types.is_time32(array.type) else pa.int64()).cast(pa.int64())
    return _microseconds(ticks, array.type.unit, 0, DAY_US - 1).cast(target)


def to_timestamp(array: pa.Array, target: pa.DataType) -> pa.Array:
    """Return timestamps in microseconds: instants in UTC from timestamps with a zone, else from those without and dates.

    A digit beyond the microsecond makes it no value, and so does a zone too many or too few.
    """
    moments = _moments(array, zoned=target.tz is not None)
    return pa.nulls(len(array), target) if moments is None else moments.cast(target)


def _moments(array: pa.Array, *, zoned: bool) -> pa.Int64Array | None:
    """Return microseconds since 1970 within the calendar; None for an array without them, or with the other zonedness."""
    first, last = FIRST_DAY * DAY_US, LAST_DAY * DAY_US + DAY_US - 1
    if pa.types.is_timestamp(array.type) and (array.type.tz is not None) == zoned:
        return _microseconds(array.cast(pa.int64()), array.type.unit, first, last)
    if pa.types.is_date32(array.type) and not zoned:
        days = _within(array.cast(pa.int32()), FIRST_DAY, LAST_DAY)
        return pc.multiply(days.cast(pa.int64()), DAY_US)
    if pa.types.is_date64(array.type) and not zoned:
        return _microseconds(array.cast(pa.int64()), "ms", first, last)
    return None


def _microseconds(ticks: pa.Int64Array, unit: str, first: int, last: int) -> pa.Int64Array:
    """Return ticks of a unit as microseconds between two of them."""
    per_second = _TICKS_PER_SECOND[unit]
    multiplier = max(1, 1_000_000 // per_second)
    # Bounded before they are multiplied, so that none overflows.
    bounded = _within(ticks, -(-first // multiplier), last // multiplier) if per_second <= 1_000_000 else ticks
    return _scaled(bounded, multiplier, max(1, per_second // 1_000_000))


def _scaled(ticks: pa.Int64Array, multiplier: int, divisor: int) -> pa.Int64Array:
    if divisor == 1:
        return ticks if multiplier == 1 else pc.multiply(ticks, multiplier)
    quotient = pc.divide(ticks, divisor)
    return only(quotient, pc.equal(pc.multiply(quotient, divisor), ticks))


def _within(values: pa.Array, first: int, last: int) -> pa.Array:
    bounds = pc.min_max(values)
    lowest, highest = bounds["min"].as_py(), bounds["max"].as_py()
    if lowest is None or (lowest >= first and highest <= last):
        return values
    return only(values, pc.and_(pc.greater_equal(values, first), pc.less_equal(values, last)))
