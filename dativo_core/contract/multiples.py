"""Multiples of a step, tested exactly: integers and decimals as they are, floats by their shortest decimal text."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import gcd

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.wide_numbers import breaks_wide
from dativo_core.odcs.types import FieldType, TypeKind

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
WIDE_DIGITS = 37
"""Digits of a divisor that still fit, with a decimal of 38 digits, into the 76 of Arrow's widest decimal."""

SHORTEST_TEXT = r"^-?(?P<whole>\d+)(?:\.(?P<fraction>\d+))?(?:e(?P<exponent>[+-]?\d+))?$"

Broken = Callable[[pa.Array], pa.BooleanArray]


def breaks_multiple(step: Fraction, field_type: FieldType) -> Broken:
    """Return the test for values that are no multiple of `step`, which is above zero: true there, null for null.

    NaN and the infinities are multiples of nothing. Raises ValueError when the type is not a number.
    """
    if field_type.kind in {TypeKind.INT, TypeKind.LONG}:
        return lambda values: _leaves_rest(values.cast(pa.int64()), step.numerator)
    if field_type.is_wide:
        return breaks_wide(lambda value: value % step == 0)
    if field_type.kind is TypeKind.DECIMAL:
        divisor = _divisor(step, -field_type.scale)
        return lambda values: _decimal_leaves_rest(values, divisor)
    if field_type.kind in {TypeKind.FLOAT, TypeKind.DOUBLE}:
        return lambda values: _float_leaves_rest(values, step)
    message = f"values of type {field_type} have no multiples"
    raise ValueError(message)


def _divisor(step: Fraction, exponent: int) -> int:
    """Return what a whole number must be divisible by for `number * 10**exponent` to be a multiple of the step."""
    upper: int = step.denominator * 10 ** max(exponent, 0)
    lower: int = step.numerator * 10 ** max(-exponent, 0)
    return lower // gcd(lower, upper)


def _leaves_rest(numbers: pa.Int64Array, divisor: int) -> pa.BooleanArray:
    if divisor > INT64_MAX:
        return _is_none_of(numbers, (0, INT64_MIN) if divisor == -INT64_MIN else (0,))
    whole = pc.divide(numbers, divisor)
    return pc.not_equal(numbers, pc.multiply(whole, divisor))


def _decimal_leaves_rest(values: pa.Decimal128Array, divisor: int) -> pa.BooleanArray:
    numbers = _unscaled(values)
    try:
        return _leaves_rest(numbers.cast(pa.int64()), divisor)
    except pa.ArrowInvalid:
        return _wide_leaves_rest(numbers, divisor)


def _unscaled(values: pa.Decimal128Array) -> pa.Decimal128Array:
    """Return decimals without their point: the same bytes with a scale of zero."""
    buffers = values.buffers()
    return pa.Array.from_buffers(pa.decimal128(38, 0), len(values), buffers, offset=values.offset)


def _wide_leaves_rest(numbers: pa.Decimal128Array, divisor: int) -> pa.BooleanArray:
    if divisor >= 10**WIDE_DIGITS:
        # Not more than nine multiples on each side of zero have at most 38 digits.
        multiples = (divisor * count for count in range(-9, 10))
        return _is_none_of(numbers, [each for each in multiples if abs(each) < 10**38])
    wide = numbers.cast(pa.decimal256(38, 0))
    by = pa.scalar(divisor, pa.decimal256(WIDE_DIGITS, 0))
    whole = pc.trunc(pc.divide(wide, by)).cast(pa.decimal256(38, 0))
    return pc.not_equal(wide.cast(pa.decimal256(76, 0)), pc.multiply(whole, by))


def _is_none_of(numbers: pa.Array, multiples: Sequence[int]) -> pa.BooleanArray:
    is_multiple = pc.is_in(numbers, value_set=pa.array(multiples, numbers.type))
    return pc.and_(pc.invert(is_multiple), pc.is_valid(numbers))


def _float_leaves_rest(values: pa.Array, step: Fraction) -> pa.BooleanArray:
    """Split the shortest texts into digits and exponents; each exponent has a divisor of its own."""
    parts = pc.extract_regex(values.cast(pa.string()), SHORTEST_TEXT)
    whole, fraction, exponent = (pc.struct_field(parts, index) for index in range(3))
    written = pc.if_else(pc.equal(exponent, ""), "0", pc.utf8_ltrim(exponent, characters="+")).cast(pa.int64())
    exponents = pc.subtract(written, pc.utf8_length(fraction).cast(pa.int64()))
    joined = pc.binary_join_element_wise(whole, fraction, "")
    # Zeros at the end are taken off into the exponent, so that the rest is at most 17 digits.
    digits = pc.utf8_rtrim(joined, characters="0")
    dropped = pc.subtract(pc.utf8_length(joined), pc.utf8_length(digits)).cast(pa.int64())
    numbers = pc.if_else(pc.equal(digits, ""), "0", digits).cast(pa.int64())
    distinct = pc.unique(pc.add(exponents, dropped))
    divisors = [_divisor(step, each) if each is not None else None for each in distinct.to_pylist()]
    by = pa.array([each if each is None or each <= INT64_MAX else INT64_MAX for each in divisors], pa.int64())
    divisor = by.take(pc.index_in(pc.add(exponents, dropped), value_set=distinct))
    rest = pc.not_equal(numbers, pc.multiply(pc.divide(numbers, divisor), divisor))
    return pc.if_else(pc.is_finite(values), rest, pc.is_valid(values))
