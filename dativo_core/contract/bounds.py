"""Bounds of a column, compared exactly in the column's own type."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from operator import ge, gt, le, lt

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.ledger import arrow_type
from dativo_core.contract.parse_text import parse_text
from dativo_core.contract.wide_numbers import breaks_wide
from dativo_core.odcs.contract import RuleKind, Scalar
from dativo_core.odcs.types import FieldType, TypeKind

Broken = Callable[[pa.Array], pa.BooleanArray | None]
"""Which values break a rule: true where one does, false or null elsewhere; None when none does."""

Comparison = Callable[[pa.Array, pa.Scalar], pa.BooleanArray]

_HOLDS: dict[RuleKind, Comparison] = {
    RuleKind.MINIMUM: pc.greater_equal,
    RuleKind.EXCLUSIVE_MINIMUM: pc.greater,
    RuleKind.MAXIMUM: pc.less_equal,
    RuleKind.EXCLUSIVE_MAXIMUM: pc.less,
}
_COMPARED: dict[RuleKind, Callable[[Fraction, Fraction], bool]] = {
    RuleKind.MINIMUM: ge,
    RuleKind.EXCLUSIVE_MINIMUM: gt,
    RuleKind.MAXIMUM: le,
    RuleKind.EXCLUSIVE_MAXIMUM: lt,
}
_LOWER = frozenset({RuleKind.MINIMUM, RuleKind.EXCLUSIVE_MINIMUM})
_FLOATS = frozenset({TypeKind.FLOAT, TypeKind.DOUBLE})
_TIMES = frozenset({TypeKind.DATE, TypeKind.TIME, TypeKind.TIMESTAMP, TypeKind.TIMESTAMPTZ})
_INTEGER_LIMITS = {TypeKind.INT: 2**31 - 1, TypeKind.LONG: 2**63 - 1}


def breaks_bound(kind: RuleKind, field_type: FieldType, argument: Scalar) -> Broken:
    """Return the test for one bound. Raises ValueError when the type has no order or the bound is no value of it.

    A timestamptz bound without an offset is in UTC. NaN satisfies no bound.
    """
    if field_type.is_wide:
        bound = _fraction(argument)
        return breaks_wide(lambda value: _COMPARED[kind](value, bound))
    if field_type.kind in _INTEGER_LIMITS or field_type.kind is TypeKind.DECIMAL:
        return _breaks_number(kind, field_type, argument)
    if field_type.kind not in _FLOATS | _TIMES:
        message = f"values of type {field_type} have no {kind.value.replace('_', ' ')}"
        raise ValueError(message)
    bound = _bound(field_type, str(argument))
    return _comparison(kind, bound, can_skip=field_type.kind not in _FLOATS)


def _comparison(kind: RuleKind, bound: pa.Scalar, *, can_skip: bool) -> Broken:
    holds, edge = _HOLDS[kind], "min" if kind in _LOWER else "max"

    def broken(values: pa.Array) -> pa.BooleanArray | None:
        # The extreme value is found faster than every value is compared; it ignores NaN.
        if can_skip and holds(pc.min_max(values)[edge], bound).as_py() is not False:
            return None
        return pc.invert(holds(values, bound))

    return broken


def _breaks_number(kind: RuleKind, field_type: FieldType, argument: Scalar) -> Broken:
    """Move the bound to the nearest value the type can hold, so that `x > 1.5` of integers is tested as `x >= 2`."""
    steps = _fraction(argument) * 10**field_type.scale
    is_lower = kind in _LOWER
    nearest = ceil(steps) if is_lower else floor(steps)
    if kind in {RuleKind.EXCLUSIVE_MINIMUM, RuleKind.EXCLUSIVE_MAXIMUM} and nearest == steps:
        nearest += 1 if is_lower else -1
    largest = _INTEGER_LIMITS.get(field_type.kind, 10**field_type.precision - 1)
    smallest = -largest - (field_type.kind in _INTEGER_LIMITS)
    if nearest > largest if is_lower else nearest < smallest:
        return _always
    clamped = min(max(nearest, smallest), largest)
    # Made from text, a decimal keeps all its digits; arithmetic would round it to those of Python's context.
    exact = Decimal(f"{clamped}E-{field_type.scale}") if field_type.kind is TypeKind.DECIMAL else clamped
    bound = pa.scalar(exact, arrow_type(field_type))
    return _comparison(RuleKind.MINIMUM if is_lower else RuleKind.MAXIMUM, bound, can_skip=True)


def _fraction(argument: Scalar) -> Fraction:
    try:
        return Fraction(str(argument))
    except ValueError as error:
        message = f"{argument!r} is not a number"
        raise ValueError(message) from error


def _always(values: pa.Array) -> pa.BooleanArray:
    return pc.is_valid(values)


def _bound(field_type: FieldType, text: str) -> pa.Scalar:
    spellings = [text]
    if field_type.kind is TypeKind.TIMESTAMPTZ:
        spellings += [f"{text}Z", f"{text}T00:00Z"]
    if field_type.kind in _FLOATS:
        # Whole numbers that the float does not hold are compared as the nearest that it does.
        spellings.append(f"{text}e0")
    typed, _ = parse_text(pa.array(spellings, pa.string()), field_type)
    values = typed.drop_null()
    if len(values) == 0:
        message = f"{text!r} is not a value of type {field_type}"
        raise ValueError(message)
    return values[0]
