"""Symbolic column types: what a contract means, before Arrow or Iceberg are asked."""

from dataclasses import dataclass
from enum import StrEnum


class TypeKind(StrEnum):
    """The primitive Iceberg types (Iceberg specification, "Primitive Types") a column can be stored as."""

    BOOLEAN = "boolean"
    INT = "int"
    LONG = "long"
    FLOAT = "float"
    DOUBLE = "double"
    DECIMAL = "decimal"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    TIMESTAMPTZ = "timestamptz"
    STRING = "string"
    UUID = "uuid"
    BINARY = "binary"


@dataclass(frozen=True)
class FieldType:
    """A column type; `precision` and `scale` only for decimals. Its text is the Iceberg spelling, `decimal(10,2)`."""

    kind: TypeKind
    precision: int = 0
    scale: int = 0

    def __str__(self) -> str:
        if self.kind is TypeKind.DECIMAL:
            return f"decimal({self.precision},{self.scale})"
        return self.kind.value
