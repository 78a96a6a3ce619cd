"""The one table from symbolic types to Arrow and Iceberg types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import TYPE_CHECKING

import pyarrow as pa

from dativo_core.odcs.contract import Column
from dativo_core.odcs.types import FieldType, Member, OnLoss, TypeKind

if TYPE_CHECKING:
    from pyiceberg.types import IcebergType

WIDEST_DECIMAL_DIGITS = 76
"""The most digits of a decimal of Arrow."""

# A uuid is stored as 16 bytes; PyIceberg 0.12 names the Arrow type `pa.uuid()` and so does this ledger.
_ARROW: dict[TypeKind, Callable[[FieldType], pa.DataType]] = {
    TypeKind.BOOLEAN: lambda _: pa.bool_(),
    TypeKind.INT: lambda _: pa.int32(),
    TypeKind.LONG: lambda _: pa.int64(),
    TypeKind.FLOAT: lambda _: pa.float32(),
    TypeKind.DOUBLE: lambda _: pa.float64(),
    TypeKind.DECIMAL: lambda decimal: _decimal(decimal),
    TypeKind.DATE: lambda _: pa.date32(),
    TypeKind.TIME: lambda _: pa.time64("us"),
    TypeKind.TIMESTAMP: lambda _: pa.timestamp("us"),
    TypeKind.TIMESTAMPTZ: lambda _: pa.timestamp("us", "UTC"),
    TypeKind.STRING: lambda _: pa.string(),
    TypeKind.UUID: lambda _: pa.uuid(),
    TypeKind.FIXED: lambda fixed: pa.binary(fixed.length),
    TypeKind.BINARY: lambda _: pa.binary(),
    TypeKind.STRUCT: lambda struct: pa.struct([_arrow_field(member) for member in struct.members]),
    TypeKind.LIST: lambda list_: pa.list_(_arrow_field(list_.members[0])),
    TypeKind.MAP: lambda map_: pa.map_(*(_arrow_field(member) for member in map_.members)),
}

_ICEBERG = {
    TypeKind.BOOLEAN: "BooleanType",
    TypeKind.INT: "IntegerType",
    TypeKind.LONG: "LongType",
    TypeKind.FLOAT: "FloatType",
    TypeKind.DOUBLE: "DoubleType",
    TypeKind.DATE: "DateType",
    TypeKind.TIME: "TimeType",
    TypeKind.TIMESTAMP: "TimestampType",
    TypeKind.TIMESTAMPTZ: "TimestamptzType",
    TypeKind.STRING: "StringType",
    TypeKind.UUID: "UUIDType",
    TypeKind.BINARY: "BinaryType",
}
_KINDS = {name: kind for kind, name in _ICEBERG.items()}


def arrow_type(field_type: FieldType) -> pa.DataType:
    """Return the Arrow type a column's values have in memory; that of its `stored` type is the one of Parquet files."""
    return _ARROW[field_type.kind](field_type)


def _decimal(decimal: FieldType) -> pa.DataType:
    """Return the narrower decimal that holds it; numbers that fit into neither are their plain digits."""
    if not decimal.is_wide:
        return pa.decimal128(decimal.precision, decimal.scale)
    is_wide = 0 < decimal.precision <= WIDEST_DECIMAL_DIGITS
    return pa.decimal256(decimal.precision, decimal.scale) if is_wide else pa.string()


def _arrow_field(member: Member) -> pa.Field:
    return pa.field(member.name, arrow_type(member.type), nullable=not member.required)


def iceberg_type(field_type: FieldType, ids: Iterator[int] | None = None) -> IcebergType:
    """Return the Iceberg type a column has in a table's schema; parts of nested types take their field ids from `ids`."""
    # Importing PyIceberg costs seconds, which only those who touch a table should pay.
    from pyiceberg import types

    if field_type.on_loss is OnLoss.STRINGIFY:
        return types.StringType()
    ids = count(1) if ids is None else ids
    members = [(next(ids), member) for member in field_type.members]
    inner = [iceberg_type(member.type, ids) for member in field_type.members]
    if field_type.kind is TypeKind.STRUCT:
        return types.StructType(
            *(
                types.NestedField(number, member.name, type_, required=member.required, doc=member.doc or None)
                for (number, member), type_ in zip(members, inner, strict=True)
            )
        )
    if field_type.kind is TypeKind.LIST:
        ((number, element),) = members
        return types.ListType(number, inner[0], element_required=element.required)
    if field_type.kind is TypeKind.MAP:
        (key, _), (value, member) = members
        return types.MapType(key, inner[0], value, inner[1], value_required=member.required)
    if field_type.kind is TypeKind.DECIMAL:
        return types.DecimalType(field_type.precision, field_type.scale)
    if field_type.kind is TypeKind.FIXED:
        return types.FixedType(field_type.length)
    iceberg: IcebergType = getattr(types, _ICEBERG[field_type.kind])()
    return iceberg


def field_type_of(iceberg: IcebergType) -> FieldType | None:
    """Return the symbolic type of a column of a table, its field ids aside; None for types no contract can declare."""
    from pyiceberg import types

    if isinstance(iceberg, types.StructType):
        members = [(each.name, field_type_of(each.field_type), each.required) for each in iceberg.fields]
    elif isinstance(iceberg, types.ListType):
        members = [("element", field_type_of(iceberg.element_type), iceberg.element_required)]
    elif isinstance(iceberg, types.MapType):
        value = field_type_of(iceberg.value_type)
        members = [("key", field_type_of(iceberg.key_type), True), ("value", value, iceberg.value_required)]
    elif isinstance(iceberg, types.DecimalType):
        return FieldType(TypeKind.DECIMAL, iceberg.precision, iceberg.scale)
    elif isinstance(iceberg, types.FixedType):
        return FieldType(TypeKind.FIXED, length=len(iceberg))
    else:
        kind = _KINDS.get(type(iceberg).__name__)
        return None if kind is None else FieldType(kind)
    known = tuple(Member(name, type_, required) for name, type_, required in members if type_ is not None)
    kind = {types.StructType: TypeKind.STRUCT, types.ListType: TypeKind.LIST}.get(type(iceberg), TypeKind.MAP)
    return FieldType(kind, members=known) if len(known) == len(members) else None


def arrow_schema(columns: Iterable[Column]) -> pa.Schema:
    """Return the Arrow schema of conformed rows: contract names and order, as stored, required columns not nullable."""
    return pa.schema([pa.field(c.name, arrow_type(c.type.stored), nullable=not c.required) for c in columns])
