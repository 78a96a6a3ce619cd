"""JSON text to nested arrays, exactly: what is not JSON of the type's shape is told, and numbers stay as they are written.

A number, text or boolean of JSON is then converted like any other delivered value: text by the grammar of its type, such
as `"2024-02-29"` for a date. A number is no date, time, uuid or binary. Where a string is wanted, whatever stands there is
taken as its JSON text. A member twice in one object, and a member the type does not have unless it is null, do not fit.
"""

import re

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from dativo_core.contract.ledger import arrow_type
from dativo_core.contract.whole_floats import PRECISION_BITS, holds_rounded
from dativo_core.odcs.types import FieldType, TypeKind

_CELL = "v"
_NARROW_DIGITS, _WIDE_DIGITS = 38, 76
_NUMBERS = frozenset({TypeKind.LONG, TypeKind.FLOAT, TypeKind.DOUBLE, TypeKind.BOOLEAN})
_MANY_DIGITS = {kind: re.compile(rb"\d{%d}" % len(str(2**bits))) for kind, bits in PRECISION_BITS.items()}
"""What a text holds in which a whole number stands that a float rounds; other texts may hold it too."""


def read_whole(text: pa.StringArray, field_type: FieldType) -> pa.Array | None:
    """Return all cells in the shape of a nested type, their innermost parts as delivered.

    None when Arrow's reader stops at something, or takes for granted what must be looked at.
    """
    wanted = readable_type(field_type)
    if wanted is None or len(text) == 0:
        return None
    lines = pc.binary_join_element_wise(f'{{"{_CELL}":', pc.fill_null(text, "null"), "}\n", "")
    content = pc.binary_join(pa.ListArray.from_arrays(pa.array([0, len(lines)], pa.int32()), lines), "")[0].as_buffer()
    try:
        table = pj.read_json(
            pa.BufferReader(content),
            read_options=pj.ReadOptions(use_threads=False, block_size=content.size + 1),
            parse_options=pj.ParseOptions(
                explicit_schema=pa.schema([(_CELL, wanted)]),
                newlines_in_values=True,
                unexpected_field_behavior="error",
            ),
        )
    except pa.ArrowInvalid:
        return None
    # A cell that closes its line and opens another one would shift the cells below it.
    if table.num_rows != len(text):
        return None
    values = table.column(0).combine_chunks()
    return values if is_finite(values) and keeps_digits(values, content) else None


def readable_type(field_type: FieldType) -> pa.DataType | None:
    """Return the type to read a type's JSON as, in which nothing is lost; None when Arrow's reader has none."""
    members = [(member.delivered_name, readable_type(member.type)) for member in field_type.members]
    if field_type.kind is TypeKind.MAP or any(inner is None for _, inner in members):
        return None
    if field_type.kind is TypeKind.STRUCT:
        return pa.struct(members)
    if field_type.kind is TypeKind.LIST:
        return pa.list_(members[0][1])
    if field_type.kind is TypeKind.DECIMAL:
        return _readable_decimal(field_type)
    if field_type.kind is TypeKind.INT:
        return pa.int64()
    return arrow_type(field_type) if field_type.kind in _NUMBERS else pa.string()


def _readable_decimal(field_type: FieldType) -> pa.DataType | None:
    """Return a decimal in which the reader cannot overflow.

    It compares a number's own digits with the precision, and then multiplies by the scale without looking.
    """
    scale = field_type.scale
    if not field_type.precision or field_type.precision + scale > _WIDE_DIGITS:
        return None
    if field_type.precision + scale <= _NARROW_DIGITS:
        return pa.decimal128(_NARROW_DIGITS - scale, scale)
    return pa.decimal256(_WIDE_DIGITS - scale, scale)


def is_finite(values: pa.Array | pa.ChunkedArray) -> bool:
    """Return whether the reader made no number of `NaN`, and none infinite because it was too large for a float."""
    return all(pc.all(pc.is_finite(each)).as_py() is not False for each in _floats(values))


def keeps_digits(values: pa.Array | pa.ChunkedArray, text: bytes | pa.Buffer) -> bool:
    """Return whether the reader rounded no whole number to a float: none is that large, or the text has no such digits."""
    large = [each.type for each in _floats(values) if holds_rounded(each)]
    return not any(_MANY_DIGITS[each].search(text) for each in dict.fromkeys(large))


def _floats(values: pa.Array | pa.ChunkedArray) -> list[pa.Array | pa.ChunkedArray]:
    """Return the floats in an array, whatever they are nested in."""
    if pa.types.is_struct(values.type):
        return [each for child in values.flatten() for each in _floats(child)]
    if pa.types.is_list(values.type):
        return _floats(pc.list_flatten(values))
    return [values] if pa.types.is_floating(values.type) else []
