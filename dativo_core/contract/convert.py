"""Values of any Arrow type to a column's type, exactly: no digit, zone, second or byte is lost, or the value is none of it.

Text is read by the grammar of `parse_text`. What else is a value of a type:

| type | from |
|---|---|
| int, long | integers in range; floats and decimals that are whole and in range |
| decimal(p,s) | integers and decimals that need no more digits; never a float, which is seldom the number it shows |
| float, double | floats and integers that are exactly one; decimals that its shortest text says, whole ones exactly |
| boolean | booleans; the integers 0 and 1 |
| date | dates of years 1 to 9999; timestamps without a zone at midnight |
| time | times before 24:00 |
| timestamp | timestamps without a zone; dates, as midnight |
| timestamptz | timestamps with a zone, whichever, as the instant in UTC; with `dativoTimezone` also those without, and dates |
| string | every value, in its canonical text |
| uuid | uuids; 16 bytes |
| fixed[n] | n bytes |
| binary | bytes |

A digit beyond the microsecond makes a time or timestamp no value. However Arrow holds the values (dictionary, view, large,
fixed length, another width or unit) makes no difference. For structs, lists and maps see `convert_nested`.
"""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.canonical_text import canonical_text
from dativo_core.contract.convert_json import convert_json
from dativo_core.contract.convert_nested import convert_nested
from dativo_core.contract.encodings import decoded, only
from dativo_core.contract.ledger import arrow_type
from dativo_core.contract.list_layout import has_parts, where
from dativo_core.contract.local_times import LOCAL, instants
from dativo_core.contract.misfits import Misfit, any_misfit
from dativo_core.contract.parse_text import BLANKS, parse_text
from dativo_core.contract.text_numbers import loses_digits
from dativo_core.contract.typed_bytes import to_binary, to_fixed, to_uuid
from dativo_core.contract.typed_numbers import to_boolean, to_decimal, to_float, to_integer
from dativo_core.contract.typed_times import to_date, to_time, to_timestamp
from dativo_core.odcs.types import FieldType, TypeKind

Converter = Callable[[pa.Array, pa.DataType], pa.Array]

_CONVERTERS: dict[TypeKind, Converter] = {
    TypeKind.BOOLEAN: to_boolean,
    TypeKind.INT: to_integer,
    TypeKind.LONG: to_integer,
    TypeKind.FLOAT: to_float,
    TypeKind.DOUBLE: to_float,
    TypeKind.DECIMAL: to_decimal,
    TypeKind.DATE: to_date,
    TypeKind.TIME: to_time,
    TypeKind.TIMESTAMP: to_timestamp,
    TypeKind.TIMESTAMPTZ: to_timestamp,
    TypeKind.UUID: to_uuid,
    TypeKind.FIXED: to_fixed,
    TypeKind.BINARY: to_binary,
}

_EXPECTED = {
    TypeKind.INT: "an integer (int)",
    TypeKind.LONG: "an integer (long)",
    TypeKind.FLOAT: "a number (float)",
    TypeKind.DOUBLE: "a number (double)",
    TypeKind.BOOLEAN: "a boolean (true, false, 1, 0, yes, no, on, off, t, f, y, n)",
    TypeKind.DATE: "a date (YYYY-MM-DD)",
    TypeKind.TIME: "a time (HH:MM:SS)",
    TypeKind.TIMESTAMP: "a timestamp without offset (YYYY-MM-DD HH:MM:SS)",
    TypeKind.TIMESTAMPTZ: "a timestamp with offset (YYYY-MM-DDTHH:MM:SSZ)",
    TypeKind.UUID: "a uuid (32 hexadecimal digits)",
    TypeKind.BINARY: "binary (pairs of hexadecimal digits)",
}


def convert(array: pa.Array, field_type: FieldType) -> tuple[pa.Array, pa.BooleanArray]:
    """Return the values in the type's Arrow type, and which entries are no value of it (null in the values).

    A null stays null and is not bad.
    """
    if not field_type.is_nested:
        return _convert_scalar(array, field_type)
    values, misfits = convert_cells(array, field_type)
    return values, any_misfit(misfits, len(array))


def convert_cells(array: pa.Array, field_type: FieldType) -> tuple[pa.Array, list[Misfit]]:
    """Return the values like `convert`, and what does not fit and why: one misfit per place of a nested type."""
    values, misfits = convert_parts(array, field_type)
    if field_type.is_nested and misfits:
        values = where(values, pc.invert(any_misfit(misfits, len(array))))
    return values, misfits


def convert_parts(array: pa.Array, field_type: FieldType) -> tuple[pa.Array, list[Misfit]]:
    """Return the values in the type's Arrow type, and what does not fit and why.

    Values of nested entries that do not fit are undefined.
    """
    if field_type.is_nested:
        array = _with_shape(array)
        if not pa.types.is_string(array.type):
            return convert_nested(array, field_type, convert_parts)
        return convert_json(array, field_type, convert_parts)
    values, bad = _convert_scalar(array, field_type)
    if not bad.true_count:
        return values, []
    return values, _misfits(array, bad, field_type)


def _misfits(array: pa.Array, bad: pa.BooleanArray, field_type: FieldType) -> list[Misfit]:
    """Return what does not fit and why; numbers that a float would round are told apart from what is no number."""
    text, complaint = canonical_text(array), _complaint(array.type, field_type)
    if field_type.kind not in {TypeKind.FLOAT, TypeKind.DOUBLE}:
        return [Misfit(bad, complaint, text)]
    trimmed = pc.utf8_trim(only(text, bad), characters=BLANKS)
    lost = loses_digits(trimmed, arrow_type(field_type))
    rounded = f"has digits before the point that a {field_type} does not keep: declare a decimal"
    told = ((lost, rounded), (pc.and_not(bad, lost), complaint))
    return [Misfit(mask, said, text) for mask, said in told if mask.true_count]


def _with_shape(array: pa.Array) -> pa.Array:
    """Return what stands behind extension types, dictionaries and other ways to hold the same values."""
    return array if has_parts(array.type) else decoded(array)


def _complaint(delivered: pa.DataType, field_type: FieldType) -> str:
    """Say what was expected instead; where text would show nothing wrong, also what was delivered."""
    expected = _EXPECTED.get(field_type.kind, f"a {field_type}")
    if field_type.zone is not None:
        expected += f", nor a time that the clocks of {field_type.zone} showed exactly once"
    if field_type.kind is TypeKind.FIXED:
        expected = f"{field_type.length} bytes (pairs of hexadecimal digits)"
    if pa.types.is_string(delivered):
        return f"is not {expected}"
    if field_type.kind is TypeKind.DECIMAL and pa.types.is_floating(delivered):
        return f"is a float, which is not exactly {expected}: deliver text, integers or decimals"
    return f"({delivered}) is not {expected}"


def _convert_scalar(array: pa.Array, field_type: FieldType) -> tuple[pa.Array, pa.BooleanArray]:
    if pa.types.is_string(array.type):
        return parse_text(array, field_type)
    target = arrow_type(field_type)
    if array.type == target:
        return _of_same_type(array, field_type)
    if field_type.kind is TypeKind.STRING:
        return _none_bad(canonical_text(array))
    plain = _with_shape(array)
    if pa.types.is_string(target):
        # Numbers that no Arrow type holds; a float is seldom the number it shows.
        is_exact = pa.types.is_integer(plain.type) or pa.types.is_decimal(plain.type)
        texts = canonical_text(plain) if is_exact else pa.nulls(len(plain), target)
        typed, _ = parse_text(texts, field_type)
        return typed, pc.and_(pc.is_valid(plain), pc.is_null(typed))
    if pa.types.is_string(plain.type):
        return parse_text(plain, field_type)
    if pa.types.is_null(plain.type):
        return _none_bad(pa.nulls(len(plain), target))
    if field_type.zone is not None and not getattr(plain.type, "tz", None):
        typed = instants(to_timestamp(plain, LOCAL), field_type.zone)
    else:
        typed = _CONVERTERS[field_type.kind](plain, target)
    return typed, pc.and_(pc.is_valid(plain), pc.is_null(typed))


def _of_same_type(array: pa.Array, field_type: FieldType) -> tuple[pa.Array, pa.BooleanArray]:
    """Dates and times may still be beyond the calendar or the day."""
    if field_type.kind not in {TypeKind.DATE, TypeKind.TIME, TypeKind.TIMESTAMP, TypeKind.TIMESTAMPTZ}:
        return _none_bad(array)
    typed = _CONVERTERS[field_type.kind](array, array.type)
    return typed, pc.and_(pc.is_valid(array), pc.is_null(typed))


def _none_bad(values: pa.Array) -> tuple[pa.Array, pa.BooleanArray]:
    return values, pa.repeat(pa.scalar(value=False), len(values))
