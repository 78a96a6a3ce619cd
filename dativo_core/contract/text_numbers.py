"""Numbers and booleans written as text. Parsers take trimmed text and give null for what is no value."""

from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.encodings import only
from dativo_core.contract.whole_floats import is_rounded
from dativo_core.odcs.types import MAX_DECIMAL_DIGITS

TRUE_WORDS = ("true", "1", "yes", "on", "t", "y")
FALSE_WORDS = ("false", "0", "no", "off", "f", "n")

INTEGER = r"^([+-]?)0*(\d{1,19})(?:\.0*)?$"
NUMBER = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$"
NOT_FINITE = r"(?i)^[+-]?(?:nan|inf|infinity)$"
DECIMAL = (
    r"^\+?(?P<sign>-?)0*(?P<whole>\d*)(?:\.(?P<fraction>\d*?)0*)?"
    r"(?:[eE](?:\+?(?P<up>\d{1,3})|-(?P<down>\d{1,3})))?$"
)
SIGNED_DIGITS = r"^(?:[+-]?\d|[+-]?\.\d)"

INTEGER_RANGES = {pa.int32(): (-(2**31), 2**31 - 1), pa.int64(): (-(2**63), 2**63 - 1)}


def is_plain_integer(text: pa.StringArray, _: pa.Array) -> bool:
    """Whether texts that Arrow took for integers are decimal; it also takes `0x1F`, and wraps `0xFFFFFFFF` to -1."""
    return not _holds(text, b"xX")


def is_plain_decimal(text: pa.StringArray, typed: pa.Array) -> bool:
    """Whether texts that Arrow took for decimals have no exponent, the limits of which are ours, and are short enough.

    Arrow's cast multiplies by the scale without looking for overflow: `99` as decimal(38,38) would become a wrong value.
    """
    longest = pc.max(pc.binary_length(text)).as_py() or 0
    return longest + typed.type.scale <= MAX_DECIMAL_DIGITS and not _holds(text, b"eE")


def is_plain_float(text: pa.StringArray, typed: pa.Array) -> bool:
    """Whether texts that Arrow took for floats are finite, with all digits before the point.

    It reads `1e999` as infinity, `nan(1)` as NaN, and whole numbers of any length as the nearest float.
    """
    return pc.all(pc.is_finite(typed)).as_py() is not False and is_rounded(text, typed) is None


def parse_integer(text: pa.StringArray, target: pa.DataType) -> pa.Array:
    """Return integers of the target type."""
    digits = only(text, pc.match_substring_regex(text, INTEGER))
    # Nineteen digits fit into a decimal, and are compared there with what the type can hold.
    wide = pc.replace_substring_regex(digits, INTEGER, r"\1\2").cast(pa.decimal128(38, 0))
    lowest, highest = INTEGER_RANGES[target]
    fits = pc.and_(
        pc.greater_equal(wide, pa.scalar(lowest, wide.type)), pc.less_equal(wide, pa.scalar(highest, wide.type))
    )
    return only(wide, fits).cast(target)


def parse_float(text: pa.StringArray, target: pa.DataType) -> pa.Array:
    """Return floats of the target type, the nearest to the text; where that loses digits before the point, none."""
    typed = _nearest_float(text, target)
    lost = is_rounded(text, typed)
    return typed if lost is None else only(typed, pc.invert(lost))


def loses_digits(text: pa.StringArray, target: pa.DataType) -> pa.BooleanArray:
    """Return which texts are numbers in the range of a float that would lose digits before the point."""
    lost = is_rounded(text, _nearest_float(text, target))
    return pa.repeat(pa.scalar(value=False), len(text)) if lost is None else lost.fill_null(False)


def _nearest_float(text: pa.StringArray, target: pa.DataType) -> pa.Array:
    is_named = pc.match_substring_regex(text, NOT_FINITE)
    typed = only(text, pc.or_(is_named, pc.match_substring_regex(text, NUMBER))).cast(target)
    return only(typed, pc.or_(is_named, pc.is_finite(typed)))


def parse_decimal(text: pa.StringArray, target: pa.DataType) -> pa.Array:
    """Return decimals of the target type; a text with a digit too many is no value, however small the digit."""
    number = _read_decimal(text)
    fits = pc.and_(
        pc.less_equal(number.highest, target.precision - target.scale), pc.greater_equal(number.lowest, -target.scale)
    )
    return only(pc.if_else(number.is_zero, "0", number.normal), pc.or_(number.is_zero, fits)).cast(target)


def parse_numeral(text: pa.StringArray, precision: int, scale: int) -> pa.StringArray:
    """Return numbers of any size as plain digits without outer zeros: `-1.5`.

    `precision` 0 allows any number of digits; otherwise they are bounded as those of a decimal.
    """
    number = _read_decimal(text)
    normal = pc.if_else(number.is_zero, "0", number.normal)
    if precision:
        fits = pc.and_(pc.less_equal(number.highest, precision - scale), pc.greater_equal(number.lowest, -scale))
        normal = only(normal, pc.or_(number.is_zero, fits))
    # Arrow has no kernel that pads each text to a width of its own.
    return pa.array([each and format(Decimal(each), "f") for each in normal.to_pylist()], pa.string())


def scientific(text: pa.StringArray) -> pa.StringArray:
    """Return numbers in the one form that two texts share exactly if they are the same number: `-15E-1`; zero is `0`."""
    number = _read_decimal(text)
    return pc.if_else(number.is_zero, "0", number.normal)


@dataclass(frozen=True)
class _Decimals:
    """Texts taken apart: `normal` is digits without outer zeros times ten to the power of `lowest`; null if no decimal.

    `highest` is the place of the first digit, counted from the point.
    """

    normal: pa.StringArray
    lowest: pa.Int32Array
    highest: pa.Int32Array
    is_zero: pa.BooleanArray


def _read_decimal(text: pa.StringArray) -> _Decimals:
    text = only(text, pc.and_(pc.match_substring_regex(text, SIGNED_DIGITS), pc.match_substring_regex(text, DECIMAL)))
    parts = pc.extract_regex(text, DECIMAL)
    sign, whole, fraction, up, down = (pc.struct_field(parts, index) for index in range(5))
    digits = pc.binary_join_element_wise(whole, fraction, "")
    without_end = pc.utf8_rtrim(digits, characters="0")
    significant = pc.utf8_ltrim(without_end, characters="0")
    exponent = pc.subtract(_number(up), _number(down))
    dropped = pc.subtract(pc.utf8_length(digits), pc.utf8_length(without_end))
    lowest = pc.add(pc.subtract(exponent, pc.utf8_length(fraction)), dropped)
    highest = pc.add(lowest, pc.utf8_length(significant))
    normal = pc.binary_join_element_wise(sign, significant, "E", lowest.cast(pa.string()), "")
    return _Decimals(normal, lowest, highest, pc.equal(significant, ""))


def parse_boolean(text: pa.StringArray, _: pa.DataType) -> pa.Array:
    """Return booleans."""
    words = pc.ascii_lower(text)
    is_true = pc.is_in(words, pa.array(TRUE_WORDS))
    return only(is_true, pc.or_(is_true, pc.is_in(words, pa.array(FALSE_WORDS))))


def _number(digits: pa.StringArray) -> pa.Array:
    return pc.if_else(pc.equal(digits, ""), "0", digits).cast(pa.int32())


def _holds(text: pa.StringArray, characters: bytes) -> bool:
    """Whether any of the characters is among the bytes of an array."""
    data = text.buffers()[2]
    if data is None:
        return False
    content = data.to_pybytes()
    return any(bytes([character]) in content for character in characters)
