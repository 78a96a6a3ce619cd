"""The one table from symbolic types to Arrow and Iceberg types."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import pyarrow as pa

from dativo_core.odcs.contract import Column
from dativo_core.odcs.types import FieldType, TypeKind

if TYPE_CHECKING:
    from pyiceberg.types import IcebergType

# A uuid is stored as 16 bytes; PyIceberg 0.12 names the Arrow type `pa.uuid()` and so does this ledger.
_ARROW: dict[TypeKind, Callable[[FieldType], pa.DataType]] = {
    TypeKind.BOOLEAN: lambda _: pa.bool_(),
    TypeKind.INT: lambda _: pa.int32(),
    TypeKind.LONG: lambda _: pa.int64(),
    TypeKind.FLOAT: lambda _: pa.float32(),
    TypeKind.DOUBLE: lambda _: pa.float64(),
    TypeKind.DECIMAL: lambda decimal: pa.decimal128(decimal.precision, decimal.scale),
    TypeKind.DATE: lambda _: pa.date32(),
    TypeKind.TIME: lambda _: pa.time64("us"),
    TypeKind.TIMESTAMP: lambda _: pa.timestamp("us"),
    TypeKind.TIMESTAMPTZ: lambda _: pa.timestamp("us", "UTC"),
    TypeKind.STRING: lambda _: pa.string(),
    TypeKind.UUID: lambda _: pa.uuid(),
    TypeKind.BINARY: lambda _: pa.binary(),
}

_ICEBERG = {
    TypeKind.BOOLEAN: "BooleanType",
    TypeKind.INT: "IntegerType",
    TypeKind.LONG: "LongType",
    TypeKind.FLOAT: "FloatType",
    TypeKind.DOUBLE: "DoubleType",
    TypeKind.DECIMAL: "DecimalType",
    TypeKind.DATE: "DateType",
    TypeKind.TIME: "TimeType",
    TypeKind.TIMESTAMP: "TimestampType",
    TypeKind.TIMESTAMPTZ: "TimestamptzType",
    TypeKind.STRING: "StringType",
    TypeKind.UUID: "UUIDType",
    TypeKind.BINARY: "BinaryType",
}


def arrow_type(field_type: FieldType) -> pa.DataType:
    """Return the Arrow type a column has in memory and in the table's Parquet files."""
    return _ARROW[field_type.kind](field_type)


def iceberg_type(field_type: FieldType) -> IcebergType:
    """Return the Iceberg type a column has in the table's schema."""
    # Importing PyIceberg costs seconds, which only those who touch a table should pay.
    from pyiceberg import types

    found = getattr(types, _ICEBERG[field_type.kind])
    iceberg: IcebergType = (
        found(field_type.precision, field_type.scale) if field_type.kind is TypeKind.DECIMAL else found()
    )
    return iceberg


def arrow_schema(columns: Iterable[Column]) -> pa.Schema:
    """Return the Arrow schema of conformed rows: contract names and order, required columns not nullable."""
    return pa.schema([pa.field(c.name, arrow_type(c.type), nullable=not c.required) for c in columns])
