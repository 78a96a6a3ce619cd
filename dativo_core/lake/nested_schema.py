"""Nested columns of a table: their field ids in Arrow types, and what a contract's type has that the table's lacks."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
from pyiceberg.types import IcebergType, ListType, MapType, NestedField, StructType

from dativo_core.odcs.types import FieldType, Member

FIELD_ID = "PARQUET:field_id"


@dataclass(frozen=True)
class Gain:
    """A member that a struct of the contract has and the table's has not yet; `path` are its names in Iceberg."""

    path: tuple[str, ...]
    member: Member


def gains(stored: FieldType, wanted: FieldType, path: tuple[str, ...]) -> list[Gain] | None:
    """Return the members the table's type must gain to hold values of the wanted one; None when no gain makes it fit.

    Members may be left out if the table allows them to be null.
    """
    if stored.kind is not wanted.kind or not stored.is_nested:
        return [] if stored == wanted else None
    before = {member.name: member for member in stored.members}
    gained: list[Gain] = []
    for member in wanted.members:
        known = before.pop(member.name, None)
        if known is None:
            gained.append(Gain((*path, member.name), member))
            continue
        inner = gains(known.type, member.type, (*path, member.name)) if known.required == member.required else None
        if inner is None:
            return None
        gained += inner
    return None if any(left.required for left in before.values()) else gained


def with_field_ids(arrow: pa.DataType, iceberg: IcebergType) -> pa.DataType:
    """Return a nested Arrow type with the field id of each part, which readers of Parquet files find columns by."""
    if isinstance(iceberg, StructType):
        known = {field.name: field for field in iceberg.fields}
        return pa.struct([_with_id(field, known[field.name]) for field in arrow])
    if isinstance(iceberg, ListType):
        return pa.list_(_with_id(arrow.value_field, iceberg.element_field))
    if isinstance(iceberg, MapType):
        return pa.map_(_with_id(arrow.key_field, iceberg.key_field), _with_id(arrow.item_field, iceberg.value_field))
    return arrow


def _with_id(field: pa.Field, iceberg: NestedField) -> pa.Field:
    inner = with_field_ids(field.type, iceberg.field_type)
    return pa.field(field.name, inner, field.nullable, {FIELD_ID: str(iceberg.field_id)})


def innermost(name: str, array: pa.Array) -> Iterator[tuple[str, pa.Array]]:
    """Yield the innermost columns of an array with their path in a Parquet file."""
    if pa.types.is_struct(array.type):
        for at, field in enumerate(array.type):
            yield from innermost(f"{name}.{field.name}", array.field(at))
    elif pa.types.is_map(array.type):
        yield from innermost(f"{name}.key_value.key", array.keys)
        yield from innermost(f"{name}.key_value.value", array.items)
    elif pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
        yield from innermost(f"{name}.list.element", array.flatten())
    else:
        yield name, array
