"""Arrow numbers to the number types of a table, exactly.

Converters take decoded arrays and give null for what is no value of the target type.
"""

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.encodings import only
from dativo_core.contract.scalar_text import decimal_text
from dativo_core.contract.text_numbers import INTEGER_RANGES, parse_decimal, parse_float, parse_integer, scientific
from dativo_core.contract.whole_floats import float_of_integer

WIDEST_INTEGER = pa.decimal128(20, 0)
"""Holds every integer of 64 bits, with or without sign."""


def to_integer(array: pa.Array, target: pa.DataType) -> pa.Array:
    """Return integers: from integers in range, and from whole floats and decimals."""
    if pa.types.is_integer(array.type):
        return _integer_of_integer(array, target)
    if pa.types.is_floating(array.type):
        return _integer_of_float(array, target)
    if pa.types.is_decimal(array.type):
        whole = _cast(array, target)
        return parse_integer(decimal_text(array), target) if whole is None else whole
    return pa.nulls(len(array), target)


def to_decimal(array: pa.Array, target: pa.DataType) -> pa.Array:
    """Return decimals: from integers, and from decimals that lose no digit. A float is none: its digits are a guess."""
    if pa.types.is_integer(array.type):
        array = array.cast(WIDEST_INTEGER)
    if not pa.types.is_decimal(array.type):
        return pa.nulls(len(array), target)
    rescaled = _cast(array, target)
    return parse_decimal(decimal_text(array), target) if rescaled is None else rescaled


def to_float(array: pa.Array, target: pa.DataType) -> pa.Array:
    """Return floats: from floats and integers that are exactly one, and from decimals that are the text of one."""
    if pa.types.is_integer(array.type):
        return float_of_integer(array, target)
    if pa.types.is_floating(array.type):
        return _float_of_float(array, target)
    if pa.types.is_decimal(array.type):
        text = decimal_text(array)
        typed = parse_float(text, target)
        return only(typed, pc.equal(scientific(typed.cast(pa.string())), scientific(text)))
    return pa.nulls(len(array), target)


def to_boolean(array: pa.Array, target: pa.DataType) -> pa.Array:
    """Return booleans: from booleans, and from the integers 0 and 1."""
    if pa.types.is_boolean(array.type):
        return array
    if not pa.types.is_integer(array.type):
        return pa.nulls(len(array), target)
    is_one = pc.equal(array, pa.scalar(1, array.type))
    return only(is_one, pc.or_(is_one, pc.equal(array, pa.scalar(0, array.type))))


def _cast(array: pa.Array, target: pa.DataType) -> pa.Array | None:
    """Return the array cast by Arrow, whose casts between integers and decimals stop at the first value they change."""
    try:
        return array.cast(target)
    except pa.ArrowInvalid:
        return None


def _integer_of_integer(array: pa.Array, target: pa.DataType) -> pa.Array:
    typed = _cast(array, target)
    if typed is not None:
        return typed
    lowest, highest = INTEGER_RANGES[target]
    fits = pc.less_equal(array, pa.scalar(highest, array.type))
    if pa.types.is_signed_integer(array.type):
        fits = pc.and_(fits, pc.greater_equal(array, pa.scalar(lowest, array.type)))
    return only(array, fits).cast(target, safe=False)


def _integer_of_float(array: pa.Array, target: pa.DataType) -> pa.Array:
    wide = array.cast(pa.float64())
    lowest, highest = INTEGER_RANGES[target]
    # The bound above is a power of two, which a double holds; the highest integer itself it does not.
    fits = pc.and_(pc.greater_equal(wide, float(lowest)), pc.less(wide, float(highest + 1)))
    whole = pc.and_(fits, pc.equal(pc.floor(wide), wide))
    return only(pc.if_else(whole, wide, 0.0).cast(target), whole)


def _float_of_float(array: pa.Array, target: pa.DataType) -> pa.Array:
    typed = array.cast(target)
    if array.type.bit_width <= typed.type.bit_width:
        return typed
    return only(typed, pc.or_(pc.is_nan(array), pc.equal(typed.cast(array.type), array)))
