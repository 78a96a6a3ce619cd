"""What a contract may write as a value of a column: the same texts and numbers that rows may have."""

import re
import struct
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from dativo_core.odcs.types import FieldType, TypeKind

UUID = r"(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"

Moment = date | time | datetime

_MINUTES = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_HOURS = rf"[ T](?:{_MINUTES}|[0-9]{{2}})"
_MOMENTS: Mapping[TypeKind, tuple[re.Pattern[str], type[date] | type[time] | type[datetime]]] = {
    TypeKind.DATE: (re.compile(_DAY), date),
    TypeKind.TIME: (re.compile(_MINUTES), time),
    TypeKind.TIMESTAMP: (re.compile(f"{_DAY}(?:{_HOURS})?"), datetime),
    TypeKind.TIMESTAMPTZ: (re.compile(rf"{_DAY}{_HOURS}(?:Z|[+-][0-9]{{2}}(?::?[0-9]{{2}})?)"), datetime),
}
NUMBERS = frozenset({TypeKind.INT, TypeKind.LONG, TypeKind.FLOAT, TypeKind.DOUBLE, TypeKind.DECIMAL})
ORDERED = NUMBERS | _MOMENTS.keys()
"""Types whose values have a smallest and a largest."""

_WHOLE_LIMITS = {TypeKind.INT: 2**31, TypeKind.LONG: 2**63}
_FLOAT_FORMATS = {TypeKind.FLOAT: "<f", TypeKind.DOUBLE: "<d"}


def moment(text: str, kind: TypeKind) -> Moment | None:
    """Return a date or time written in ISO 8601 form, with an offset exactly if the type has one; None if it is none."""
    pattern, read = _MOMENTS[kind]
    if pattern.fullmatch(text) is None:
        return None
    try:
        value = read.fromisoformat(text)
        if isinstance(value, datetime) and value.tzinfo is not None:
            value.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return value


def is_value(value: Any, type_: FieldType) -> bool:
    """Whether a value as a contract writes it is one of the type; that of text and of uuids is its spelling."""
    kind = type_.kind
    if kind is TypeKind.UUID:
        return isinstance(value, str) and re.fullmatch(UUID, value) is not None
    if kind is TypeKind.STRING:
        return isinstance(value, str)
    if kind is TypeKind.BOOLEAN:
        return isinstance(value, bool)
    if kind in _MOMENTS:
        return isinstance(value, str) and moment(value, kind) is not None
    if kind not in NUMBERS or isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return _is_float(value, kind) if kind in _FLOAT_FORMATS else _is_exact(Decimal(str(value)), type_)


def is_finite(number: float, kind: TypeKind) -> bool:
    """Whether a number is in the range of a type, as far as that has one beside its digits."""
    nearest = _nearest(number, kind)
    return nearest is not None and nearest - nearest == 0


def _is_exact(number: Decimal, type_: FieldType) -> bool:
    if not number.is_finite():
        return False
    if type_.kind in _WHOLE_LIMITS:
        limit = _WHOLE_LIMITS[type_.kind]
        # An exponent says that digits were rounded.
        return "E" not in str(number) and number == number.to_integral_value() and -limit <= number < limit
    if not type_.precision:
        return True
    _, digits, exponent = number.normalize().as_tuple()
    lowest = int(exponent)
    return number == 0 or (-lowest <= type_.scale and len(digits) + lowest <= type_.precision - type_.scale)


def _is_float(number: float, kind: TypeKind) -> bool:
    """Whether a float keeps the digits before the point, as it must for rows; it may round what has an exponent."""
    nearest = _nearest(number, kind)
    if nearest is None:
        return False
    return nearest - nearest != 0 or "e" in str(number) or int(nearest) == int(number)


def _nearest(number: float, kind: TypeKind) -> float | None:
    form = _FLOAT_FORMATS.get(kind, "<d")
    try:
        (nearest,) = struct.unpack(form, struct.pack(form, number))
    except OverflowError:
        return None
    return float(nearest)
