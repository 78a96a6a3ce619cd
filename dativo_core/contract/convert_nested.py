"""Structs, lists and maps to a column's nested type, part by part; each part as its own type converts.

| type | from |
|---|---|
| struct | structs, members found by name: one that is missing is null, one that is unknown must be null |
| list | lists, in whichever of Arrow's layouts |
| map | maps with neither a null key nor a key twice |

Text is read as JSON.
"""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.canonical_text import canonical_text
from dativo_core.contract.ledger import arrow_type
from dativo_core.contract.list_layout import (
    is_list,
    lengths_of,
    map_entries,
    offsets_of,
    parents_of,
    plain_list,
    repeated,
    without_nulls,
)
from dativo_core.contract.misfits import Misfit, any_misfit
from dativo_core.odcs.types import ELEMENT, KEY, VALUE, FieldType, Member, OnLoss, TypeKind

Converted = tuple[pa.Array, list[Misfit]]
ConvertPart = Callable[[pa.Array, FieldType], Converted]


def convert_nested(array: pa.Array, field_type: FieldType, convert_part: ConvertPart) -> Converted:
    """Return the values in the type's Arrow type, and what does not fit; values of entries that do not fit are undefined.

    `convert_part` converts members and elements.
    """
    kind = array.type
    if field_type.kind is TypeKind.STRUCT and pa.types.is_struct(kind):
        return _struct(array, field_type, convert_part)
    if field_type.kind is TypeKind.LIST and is_list(kind):
        return _list(plain_list(array), field_type, convert_part)
    if field_type.kind is TypeKind.MAP and pa.types.is_map(kind):
        return _map(map_entries(array), field_type, convert_part)
    nothing = pa.nulls(len(array), arrow_type(field_type))
    if array.null_count == len(array):
        return nothing, []
    return nothing, [Misfit(pc.is_valid(array), f"({kind}) is not a {field_type}", canonical_text(array))]


def _struct(array: pa.StructArray, field_type: FieldType, convert_part: ConvertPart) -> Converted:
    delivered = [field.name for field in array.type]
    children = array.flatten()
    values: list[pa.Array] = []
    misfits = _unknown(delivered, children, field_type)
    for member in field_type.members:
        found = [child for name, child in zip(delivered, children, strict=True) if name == member.delivered_name]
        converted, problems = convert_part(found[0] if found else pa.nulls(len(array)), member.type)
        values.append(converted)
        misfits += [problem.below(member.name) for problem in problems]
    fields = list(arrow_type(field_type))
    return pa.StructArray.from_arrays(values, fields=fields, mask=_nulls(array)), misfits


def _unknown(delivered: list[str], children: list[pa.Array], field_type: FieldType) -> list[Misfit]:
    """Return the members that the type does not have, and those that stand there a second time."""
    known = [member.delivered_name for member in field_type.members]
    misfits: list[Misfit] = []
    for at, (name, child) in enumerate(zip(delivered, children, strict=True)):
        is_second = name in delivered[:at]
        if (is_second or name not in known) and child.null_count < len(child):
            what = f"has the member {name!r} twice" if is_second else f"has the unknown member {name!r}"
            misfits.append(Misfit(pc.is_valid(child), what))
    return misfits


def _list(lists: pa.ListArray, field_type: FieldType, convert_part: ConvertPart) -> Converted:
    (element,) = field_type.members
    values, misfits = convert_part(pc.list_flatten(lists), element.type)
    parents = parents_of(lists) if misfits else None
    typed = pa.ListArray.from_arrays(
        offsets_of(lengths_of(lists)), values, type=arrow_type(field_type), mask=_nulls(lists)
    )
    return typed, [misfit.folded(ELEMENT, parents, len(lists)) for misfit in misfits]


def _map(entries: pa.ListArray, field_type: FieldType, convert_part: ConvertPart) -> Converted:
    pairs, parents = pc.list_flatten(entries), parents_of(entries)
    misfits: list[Misfit] = []
    typed: list[pa.Array] = []
    for at, (step, member) in enumerate(zip((KEY, VALUE), field_type.members, strict=True)):
        values, problems = convert_part(pairs.field(at), member.type)
        misfits += [problem.folded(step, parents, len(entries)) for problem in problems]
        typed.append(values)
    keys, items = typed
    repeats = repeated(canonical_text(keys), parents, len(entries))
    # Keys that do not fit are all null by now, and told already.
    twice = pc.and_(repeats, pc.invert(any_misfit(misfits, len(entries))))
    if twice.true_count:
        misfits.append(Misfit(twice, "has a key twice"))
    values = pa.MapArray.from_arrays(
        offsets_of(lengths_of(entries)), without_nulls(keys), items, type=arrow_type(field_type), mask=_nulls(entries)
    )
    return values, misfits


def _nulls(array: pa.Array) -> pa.BooleanArray | None:
    return pc.is_null(array) if array.null_count else None


def with_required_members(array: pa.Array, field_type: FieldType) -> pa.Array:
    """Return nested values whose required members are not null where the value they are a member of is.

    Parquet has no place for a null in a required member, not even where nothing will be read.
    """
    return _rebuilt(array, field_type, array.type, _required) if field_type.is_nested else array


def as_stored(array: pa.Array, field_type: FieldType) -> pa.Array:
    """Return values of a type as the table has them: their canonical text where that is declared."""
    if field_type.on_loss is OnLoss.STRINGIFY:
        return canonical_text(array)
    kind = arrow_type(field_type.stored)
    if kind == arrow_type(field_type):
        return array
    return _rebuilt(array, field_type, kind, lambda part, member: as_stored(part, member.type))


def _rebuilt(
    array: pa.Array, field_type: FieldType, kind: pa.DataType, change: Callable[[pa.Array, Member], pa.Array]
) -> pa.Array:
    """Return nested values, in the Arrow type `kind`, with each part changed."""
    if field_type.kind is TypeKind.STRUCT:
        children = [change(array.field(at), member) for at, member in enumerate(field_type.members)]
        return pa.StructArray.from_arrays(children, fields=list(kind), mask=_nulls(array))
    lists = map_entries(array) if field_type.kind is TypeKind.MAP else array
    inner, offsets = pc.list_flatten(lists), offsets_of(lengths_of(lists))
    if field_type.kind is TypeKind.LIST:
        elements = change(inner, field_type.members[0])
        return pa.ListArray.from_arrays(offsets, elements, type=kind, mask=_nulls(array))
    keys, items = (change(inner.field(at), member) for at, member in enumerate(field_type.members))
    return pa.MapArray.from_arrays(offsets, keys, items, type=kind, mask=_nulls(array))


def _required(array: pa.Array, member: Member) -> pa.Array:
    inner = with_required_members(array, member.type)
    return without_nulls(inner) if member.required else inner
