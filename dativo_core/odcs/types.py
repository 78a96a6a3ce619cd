"""Symbolic column types: what a contract means, before Arrow or Iceberg are asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

ELEMENT = "[]"
KEY = "{key}"
VALUE = "{value}"
"""The steps from a list to its elements, and from a map to its keys and values; to a member of a struct it is its name."""

MANY = (ELEMENT, KEY, VALUE)
"""Steps that lead to any number of values."""

_INTO_MANY = re.compile("|".join(map(re.escape, MANY)))


class TypeKind(StrEnum):
    """The Iceberg types (Iceberg specification, "Schemas and Data Types") a column can be stored as."""

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
    FIXED = "fixed"
    BINARY = "binary"
    STRUCT = "struct"
    LIST = "list"
    MAP = "map"


NESTED = frozenset({TypeKind.STRUCT, TypeKind.LIST, TypeKind.MAP})

MAX_DECIMAL_DIGITS = 38
"""The most digits a decimal of a table has (Iceberg specification, "Primitive Types")."""


class OnLoss(StrEnum):
    """What becomes of values a column's type cannot keep: the run stops, the row is rejected, or the column is text."""

    FAIL = "fail"
    QUARANTINE = "quarantine"
    STRINGIFY = "stringify"


@dataclass(frozen=True)
class Member:
    """A part of a nested type. `source_name` is its name in the source where that is another one."""

    name: str
    type: FieldType
    required: bool = False
    source_name: str = ""
    doc: str = ""

    @property
    def delivered_name(self) -> str:
        """The name the source delivers it under."""
        return self.source_name or self.name


@dataclass(frozen=True)
class FieldType:
    """A column type; `precision` and `scale` only for decimals, `length` in bytes for fixed, `members` for nested types.

    Values are always held against this type. With `on_loss` stringify the table has their canonical text instead; only then
    may a decimal have more digits than a table's, and one of precision 0 any number of them. `on_loss` is None where nothing
    is declared, which is quarantine. `zone` is the time zone (a name of the IANA database) in which a timestamptz without an
    offset is read; None where such a value is refused.

    The members of a struct are as declared; a list has one, `element`; a map has `key` and `value`. The type's text is the
    Iceberg spelling: `decimal(10,2)`, `list<string>`, `struct<id: long, tags: list<string>>`.
    """

    kind: TypeKind
    precision: int = 0
    scale: int = 0
    members: tuple[Member, ...] = ()
    length: int = 0
    on_loss: OnLoss | None = None
    zone: str | None = None

    def __str__(self) -> str:
        if self.kind is TypeKind.DECIMAL:
            return f"decimal({self.precision},{self.scale})" if self.precision else "decimal"
        if self.kind is TypeKind.FIXED:
            return f"fixed[{self.length}]"
        if self.kind is TypeKind.STRUCT:
            return f"struct<{', '.join(f'{member.name}: {member.type}' for member in self.members)}>"
        if self.kind in NESTED:
            return f"{self.kind.value}<{', '.join(str(member.type) for member in self.members)}>"
        return self.kind.value

    @property
    def is_nested(self) -> bool:
        """Whether values have parts of their own."""
        return self.kind in NESTED

    @property
    def is_wide(self) -> bool:
        """Whether values are numbers with more digits than a decimal of a table has."""
        return self.kind is TypeKind.DECIMAL and not 0 < self.precision <= MAX_DECIMAL_DIGITS

    @property
    def stored(self) -> FieldType:
        """The type the table has, without what it does not depend on: names in the source, and descriptions."""
        if self.on_loss is OnLoss.STRINGIFY:
            return FieldType(TypeKind.STRING)
        if not self.members and self.on_loss is None and self.zone is None:
            return self
        members = tuple(Member(each.name, each.type.stored, each.required) for each in self.members)
        return replace(self, members=members, on_loss=None, zone=None)

    def steps(self) -> Iterator[tuple[str, Member]]:
        """Yield each member with the step that leads to it."""
        words = {TypeKind.LIST: (ELEMENT,), TypeKind.MAP: (KEY, VALUE)}
        names = words.get(self.kind, tuple(member.name for member in self.members))
        yield from zip(names, self.members, strict=True)


def struct_of(*members: Member) -> FieldType:
    """Return a struct of members."""
    return FieldType(TypeKind.STRUCT, members=members)


def list_of(element: FieldType, *, required: bool = False) -> FieldType:
    """Return a list; `required`: no element is null."""
    return FieldType(TypeKind.LIST, members=(Member("element", element, required),))


def map_of(key: FieldType, value: FieldType, *, required: bool = False) -> FieldType:
    """Return a map, whose keys are never null; `required`: nor are its values."""
    return FieldType(TypeKind.MAP, members=(Member("key", key, required=True), Member("value", value, required)))


def member_path(column: str, steps: Iterable[str]) -> str:
    """Return how a part of a column is named to people: `items[].price`, `address.city`, `labels{value}`."""
    return column + "".join(step if step in MANY else f".{step}" for step in steps)


def has_many(path: str) -> bool:
    """Whether a path as people call it, such as `items[].price`, leads to any number of values of one row."""
    return any(step in path for step in MANY)


def lists_on(path: str) -> list[str]:
    """Return the lists and maps that a path goes into, the outermost first: `a`, `a[].b` of `a[].b[].c`."""
    # No name has a bracket in it.
    return [path[: found.start()] for found in _INTO_MANY.finditer(path)]


@dataclass(frozen=True)
class TypeProblem:
    """Why no type follows: a code of the validator checklist, what is wrong, and the remedy.

    `as_text` is the type a column declared to be stringified has all the same.
    """

    code: str
    message: str
    hint: str
    as_text: FieldType | None = None
