"""Whole numbers in floats: held exactly, or told from those a float would round.

A float keeps every whole number up to 2^24 (float) or 2^53 (double), and beyond only some of them (IEEE 754, binary32 and
binary64). The digits before the point of a number are therefore kept all, or the number is no value of the type, whatever
stands behind the point: `9007199254740993` and `12345678901234567890.0` are none of a double. A fraction becomes the nearest
the float has, as `0.1` must. An exponent says that the digits are a rounded measure: `1e300` becomes the nearest float.
"""

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.encodings import only

PRECISION_BITS = {pa.float32(): 24, pa.float64(): 53}
"""How many binary digits a float of each type has; it holds all whole numbers that have no more."""

WRITTEN_OUT = r"^\s*[+-]?0*(?P<whole>\d+)(?:\.\d*)?\s*$"
_INTEGER_DIGITS = 18
"""Whole numbers with so many digits fit into 64 bits."""


def holds_rounded(values: pa.Array | pa.ChunkedArray) -> bool:
    """Whether an array of floats has a value so large that a whole number may have been rounded to it."""
    found = pc.min_max(values).as_py()
    limit = 2 ** PRECISION_BITS[values.type]
    return found["max"] is not None and max(-found["min"], found["max"]) >= limit


def is_rounded(text: pa.StringArray, typed: pa.Array) -> pa.BooleanArray | None:
    """Return which texts have digits before the point that the nearest floats `typed` lost; None when none has."""
    if not holds_rounded(typed):
        return None
    is_large = pc.greater_equal(pc.abs(typed), pa.scalar(2 ** PRECISION_BITS[typed.type], typed.type))
    large = only(text, pc.and_(is_large, pc.is_finite(typed)))
    whole = pc.struct_field(pc.extract_regex(large, WRITTEN_OUT), 0)
    short = only(whole, pc.less_equal(pc.binary_length(whole), _INTEGER_DIGITS))
    kept = pc.is_valid(float_of_integer(short.cast(pa.int64()), typed.type))
    lost = pc.and_(pc.is_valid(whole), pc.invert(pc.or_(kept, _keeps_long(whole, PRECISION_BITS[typed.type]))))
    return lost if pc.any(lost).as_py() else None


def float_of_integer(array: pa.Array, target: pa.DataType) -> pa.Array:
    """Return integers as floats, null where the float is another number."""
    typed = array.cast(target, safe=False)
    # Beyond the highest integer a float has no way back to compare.
    highest = float(2 ** (array.type.bit_width - pa.types.is_signed_integer(array.type)))
    returns = pc.less(typed, pa.scalar(highest, target))
    back = pc.if_else(returns, typed, pa.scalar(0.0, target)).cast(array.type, safe=False)
    return only(typed, pc.and_(returns, pc.equal(back, array)))


def _keeps_long(whole: pa.StringArray, bits: int) -> pa.BooleanArray:
    """Return which whole numbers too long for 64 bits a float holds; Arrow computes with none that large."""
    long = only(whole, pc.greater(pc.binary_length(whole), _INTEGER_DIGITS))
    if long.null_count == len(long):
        return pa.repeat(pa.scalar(value=False), len(long))
    return pa.array([each is not None and _significant_bits(int(each)) <= bits for each in long.to_pylist()])


def _significant_bits(number: int) -> int:
    """Return how many binary digits a number above zero has without the zeros it ends with."""
    return number.bit_length() - (number & -number).bit_length() + 1
