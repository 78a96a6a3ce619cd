"""The one text of each value: its scalar text, or JSON for values that have parts.

JSON is written without blanks: members in the order of their type, null ones too; a map as an object of its keys' texts;
booleans and numbers plainly, and every other value, `nan` and `inf` too, as a string of its scalar text. Only quotes,
backslashes and control characters are escaped.
"""

from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.encodings import decoded
from dativo_core.contract.list_layout import has_parts, is_list, lengths_of, map_entries, offsets_of, plain_list
from dativo_core.contract.scalar_text import scalar_text

CONTROL = r"[\x00-\x1f]"
_SHORT = {"\b": r"\b", "\f": r"\f", "\n": r"\n", "\r": r"\r", "\t": r"\t"}
_ESCAPES = (("\\", r"\\"), ('"', r"\""))
_CONTROL_ESCAPES = tuple((chr(code), _SHORT.get(chr(code), f"\\u{code:04x}")) for code in range(0x20))


def canonical_text(array: pa.Array) -> pa.StringArray:
    """Return the text of each value; null where there is none. Raises NotImplementedError for a type without a text."""
    return json_text(array) if has_parts(array.type) else scalar_text(array)


def json_text(array: pa.Array) -> pa.StringArray:
    """Return each value as JSON, and null where there is none."""
    if isinstance(array, pa.ExtensionArray):
        return _quoted(scalar_text(array))
    kind = array.type
    if pa.types.is_struct(kind):
        return _object(array)
    if pa.types.is_map(kind):
        return _map(array)
    if is_list(kind):
        return _bracketed("[", _joined(_or_null(json_text(_elements(array))), plain_list(array)), "]")
    array = decoded(array)
    text = scalar_text(array)
    if pa.types.is_floating(array.type):
        return pc.if_else(pc.is_finite(array), text, _quoted(text))
    is_plain = pa.types.is_integer(array.type) or pa.types.is_decimal(array.type) or pa.types.is_boolean(array.type)
    return text if is_plain else _quoted(text)


def _object(array: pa.StructArray) -> pa.StringArray:
    names = pa.array([field.name for field in array.type], pa.string())
    keys = [f"{key}:" for key in _quoted(names).to_pylist()]
    members = [
        pc.binary_join_element_wise(key, _or_null(json_text(array.field(at))), "") for at, key in enumerate(keys)
    ]
    joined = pc.binary_join_element_wise(*members, ",") if members else pa.repeat(pa.scalar(""), len(array))
    return _where_valid(array, _bracketed("{", joined, "}"))


def _map(array: pa.MapArray) -> pa.StringArray:
    entries = map_entries(array)
    elements = _elements(entries)
    keys = _quoted(canonical_text(elements.field(0)))
    pairs = pc.binary_join_element_wise(keys, _or_null(json_text(elements.field(1))), ":")
    return _bracketed("{", _joined(pairs, entries), "}")


def _elements(array: pa.Array) -> pa.Array:
    return pc.list_flatten(plain_list(array))


def _joined(texts: pa.StringArray, lists: pa.ListArray) -> pa.StringArray:
    """Return the texts of each list's elements with commas between them; null for a null list."""
    nested = pa.ListArray.from_arrays(offsets_of(lengths_of(lists)), texts)
    return _where_valid(lists, pc.binary_join(nested, ","))


def _bracketed(opening: str, text: pa.StringArray, closing: str) -> pa.StringArray:
    return pc.binary_join_element_wise(opening, text, closing, "")


def _or_null(text: pa.StringArray) -> pa.StringArray:
    return pc.fill_null(text, "null")


def _where_valid(array: pa.Array, text: pa.StringArray) -> pa.StringArray:
    return pc.if_else(pc.is_valid(array), text, pa.scalar(None, pa.string())) if array.null_count else text


def _quoted(text: pa.StringArray) -> pa.StringArray:
    escaped = reduce(lambda values, escape: pc.replace_substring(values, *escape), _ESCAPES, text)
    if pc.any(pc.match_substring_regex(escaped, CONTROL)).as_py():
        escaped = reduce(lambda values, escape: pc.replace_substring(values, *escape), _CONTROL_ESCAPES, escaped)
    return pc.binary_join_element_wise('"', escaped, '"', "")
