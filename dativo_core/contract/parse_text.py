"""Text to typed values, exactly, a whole array at a time.

Blanks (spaces, tabs) around a value do not count, except in strings. What is accepted:

| type | text |
|---|---|
| string | every text, as it is |
| int, long | decimal digits with an optional sign, and an optional fraction of zeros: `42`, `-7`, `1.0`; in range |
| decimal(p,s) | digits with an optional fraction and exponent (up to three digits); no digit but zeros beyond p and s |
| decimals that are stored as text | the same, with up to 38, 76 or any number of digits as their type says |
| float, double | the same, kept to the digit before the point, or `NaN`, `inf`, `Infinity` in any case; in range |
| boolean | true, false, 1, 0, yes, no, on, off, t, f, y, n, in any case |
| date | `YYYY-MM-DD`, a day of the calendar, years 1 to 9999 |
| time | `HH:MM`, `HH:MM:SS`, `HH:MM:SS.f`; no `24:00` |
| timestamp | a date, alone (midnight) or with `T` or a space and `HH[:MM[:SS[.f]]]`; an offset is refused, never dropped |
| timestamptz | date and time with `Z`, `+HH`, `+HHMM` or `+HH:MM`; stored as the instant in UTC |
| uuid | 32 hexadecimal digits, with the usual four hyphens or none |
| fixed[n] | n pairs of hexadecimal digits, after `\\x` or `0x` or nothing |
| binary | an even number of hexadecimal digits, after `\\x` or `0x` or nothing |

With `dativoTimezone` a timestamptz may also be written like a timestamp, for a time that the clocks of that zone showed
exactly once; one that they skipped or showed twice is refused, never guessed.

A float becomes the nearest to its text (`0.1`, `1e300`), but digits written before the point are kept all or the text is
refused: `9007199254740993` and `12345678901234567890.0` are no double, `16777217` is no float (`whole_floats`).
Fractions of seconds may have digits beyond the sixth only if they are zeros.
"""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.ledger import arrow_type
from dativo_core.contract.local_times import INSTANT, LOCAL, instants
from dativo_core.contract.text_bytes import parse_binary, parse_fixed, parse_uuid
from dativo_core.contract.text_numbers import (
    is_plain_decimal,
    is_plain_float,
    is_plain_integer,
    parse_boolean,
    parse_decimal,
    parse_float,
    parse_integer,
    parse_numeral,
)
from dativo_core.contract.text_times import is_in_calendar, parse_date, parse_time, parse_timestamp
from dativo_core.odcs.types import FieldType, TypeKind

Parser = Callable[[pa.StringArray, pa.DataType], pa.Array]
Check = Callable[[pa.StringArray, pa.Array], bool]

BLANKS = " \t"

_PARSERS: dict[TypeKind, Parser] = {
    TypeKind.BOOLEAN: parse_boolean,
    TypeKind.INT: parse_integer,
    TypeKind.LONG: parse_integer,
    TypeKind.FLOAT: parse_float,
    TypeKind.DOUBLE: parse_float,
    TypeKind.DECIMAL: parse_decimal,
    TypeKind.DATE: parse_date,
    TypeKind.TIME: parse_time,
    TypeKind.TIMESTAMP: parse_timestamp,
    TypeKind.TIMESTAMPTZ: parse_timestamp,
    TypeKind.UUID: parse_uuid,
    TypeKind.FIXED: parse_fixed,
    TypeKind.BINARY: parse_binary,
}

# Arrow's own casts are several times faster and stop at the first text they do not take. Each entry tells whether a
# cast that went through took nothing the grammar above refuses.
_TRUSTED_CASTS: dict[TypeKind, Check] = {
    TypeKind.INT: is_plain_integer,
    TypeKind.LONG: is_plain_integer,
    TypeKind.FLOAT: is_plain_float,
    TypeKind.DOUBLE: is_plain_float,
    TypeKind.DECIMAL: is_plain_decimal,
    TypeKind.DATE: is_in_calendar,
    TypeKind.TIMESTAMP: is_in_calendar,
    TypeKind.TIMESTAMPTZ: is_in_calendar,
}


def parse_text(array: pa.StringArray, field_type: FieldType) -> tuple[pa.Array, pa.BooleanArray]:
    """Return the values in the type's Arrow type, and which of the texts are no value of it (null in the values).

    A null stays null and is not bad.
    """
    if field_type.kind is TypeKind.STRING:
        return array, _none_bad(array)
    if field_type.zone is not None:
        read = _in_zone(array, field_type.zone)
        return read, pc.and_(pc.is_valid(array), pc.is_null(read))
    target = arrow_type(field_type)
    is_numeral = pa.types.is_string(target)
    typed = None if is_numeral else _cast_whole(array, target, field_type.kind)
    if typed is not None:
        return typed, _none_bad(array)
    trimmed = pc.utf8_trim(array, characters=BLANKS)
    if is_numeral:
        typed = parse_numeral(trimmed, field_type.precision, field_type.scale)
    else:
        typed = _PARSERS[field_type.kind](trimmed, target)
    return typed, pc.and_(pc.is_valid(array), pc.is_null(typed))


def _in_zone(array: pa.StringArray, zone: str) -> pa.TimestampArray:
    """Return instants: a text with an offset as it says, one without as the clocks of the zone showed it."""
    with_offset = _cast_whole(array, INSTANT, TypeKind.TIMESTAMPTZ)
    if with_offset is not None:
        return with_offset
    without = _cast_whole(array, LOCAL, TypeKind.TIMESTAMP)
    if without is not None:
        return instants(without, zone)
    trimmed = pc.utf8_trim(array, characters=BLANKS)
    return pc.coalesce(parse_timestamp(trimmed, INSTANT), instants(parse_timestamp(trimmed, LOCAL), zone))


def _cast_whole(array: pa.StringArray, target: pa.DataType, kind: TypeKind) -> pa.Array | None:
    """Return the array cast by Arrow if it holds only texts that Arrow and the grammar both take."""
    is_trusted = _TRUSTED_CASTS.get(kind)
    if is_trusted is None:
        return None
    try:
        typed = array.cast(target)
    except pa.ArrowInvalid:
        return None
    return typed if is_trusted(array, typed) else None


def _none_bad(array: pa.Array) -> pa.BooleanArray:
    return pa.repeat(pa.scalar(value=False), len(array))
