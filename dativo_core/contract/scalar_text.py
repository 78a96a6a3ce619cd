"""The one text of each typed value that has no parts; reading it back as its type gives the same value.

| Arrow type | text |
|---|---|
| text | as it is |
| boolean | `true`, `false` |
| integers | decimal digits, `-` before a negative number |
| decimals | plain digits with as many of them behind the point as the type's scale: `-1.50` |
| floats | the shortest digits that mean this float: `0.1`, `1e+20`; `nan`, `inf`, `-inf` |
| dates | `YYYY-MM-DD` |
| times | `HH:MM:SS`, and a fraction without trailing zeros if it is not zero |
| timestamps | date, `T`, time; with a zone in UTC and `Z` behind it |
| durations | ISO 8601 seconds: `PT90S`, `PT-1.5S` |
| uuids | hexadecimal in groups of 8-4-4-4-12 |
| bytes | hexadecimal, two lower-case digits a byte |
"""

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.encodings import decoded

FRACTION_END = r"(\.\d*?)0+$"
MIDNIGHT = "T00:00:00$"
_SUBSECOND_DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}


def scalar_text(array: pa.Array) -> pa.StringArray:
    """Return the text of each value; null where there is none. Raises NotImplementedError for a type without a text."""
    if isinstance(array, pa.ExtensionArray) and array.type == pa.uuid():
        return _uuid_text(array.storage)
    array = decoded(array)
    kind = array.type
    if pa.types.is_string(kind):
        return array
    if pa.types.is_decimal(kind):
        return decimal_text(array)
    if pa.types.is_temporal(kind):
        return _time_text(array)
    if pa.types.is_binary(kind):
        return _hex(array)
    if pa.types.is_null(kind) or pa.types.is_primitive(kind):
        return array.cast(pa.string())
    message = f"values of the Arrow type {kind} have no text"
    raise NotImplementedError(message)


def decimal_text(array: pa.Array) -> pa.StringArray:
    """Return decimals of any width and scale as plain digits; Arrow would write small ones with an exponent."""
    scale = array.type.scale
    make = pa.decimal256 if pa.types.is_decimal256(array.type) else pa.decimal128
    whole = pa.Array.from_buffers(make(array.type.precision, 0), len(array), array.buffers(), offset=array.offset)
    return _with_point(whole.cast(pa.string()), scale)


def _with_point(digits: pa.StringArray, scale: int) -> pa.StringArray:
    """Return whole numbers divided by ten to the power of the scale."""
    if scale == 0:
        return digits
    if scale < 0:
        zeros = pc.if_else(pc.equal(digits, "0"), "", "0" * -scale)
        return pc.binary_join_element_wise(digits, zeros, "")
    sign = pc.if_else(pc.starts_with(digits, "-"), "-", "")
    padded = pc.utf8_lpad(pc.utf8_ltrim(digits, characters="-"), scale + 1, padding="0")
    whole, fraction = pc.utf8_slice_codeunits(padded, 0, -scale), pc.utf8_slice_codeunits(padded, -scale)
    return pc.binary_join_element_wise(sign, whole, ".", fraction, "")


def _time_text(array: pa.Array) -> pa.StringArray:
    kind = array.type
    if pa.types.is_duration(kind):
        seconds = _without_zeros(_with_point(array.cast(pa.int64()).cast(pa.string()), _SUBSECOND_DIGITS[kind.unit]))
        return pc.binary_join_element_wise("PT", seconds, "S", "")
    if pa.types.is_date64(kind):
        return pc.replace_substring_regex(_time_text(array.cast(pa.timestamp("ms"))), MIDNIGHT, "")
    if not pa.types.is_timestamp(kind):
        return _without_zeros(array.cast(pa.string()))
    local = _without_zeros(array.cast(pa.int64()).cast(pa.timestamp(kind.unit)).cast(pa.string()))
    joined = pc.replace_substring(local, " ", "T")
    return pc.binary_join_element_wise(joined, "Z", "") if kind.tz else joined


def _without_zeros(text: pa.StringArray) -> pa.StringArray:
    return pc.utf8_rtrim(pc.replace_substring_regex(text, FRACTION_END, r"\1"), characters=".")


def _hex(array: pa.BinaryArray) -> pa.StringArray:
    if len(array) == 0:
        return pa.array([], pa.string())
    _, offsets, data = array.buffers()
    ends = pa.Array.from_buffers(pa.int32(), array.offset + len(array) + 1, [None, offsets])
    text = pa.py_buffer((data.to_pybytes() if data is not None else b"").hex().encode())
    doubled = pc.multiply_checked(ends, pa.scalar(2, pa.int32())).buffers()[1]
    written = pa.StringArray.from_buffers(len(array), doubled, text, offset=array.offset)
    return pc.if_else(pc.is_valid(array), written, pa.scalar(None, pa.string()))


def _uuid_text(array: pa.FixedSizeBinaryArray) -> pa.StringArray:
    digits = _hex(array.cast(pa.binary()))
    groups = [pc.utf8_slice_codeunits(digits, *bounds) for bounds in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))]
    return pc.binary_join_element_wise(*groups, "-")
