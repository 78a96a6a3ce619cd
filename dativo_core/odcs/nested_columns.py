"""Columns declared part by part: the type they have together, and every part as if it were a column."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dativo_core.odcs.declared import DeclaredColumn
from dativo_core.odcs.types import ELEMENT, FieldType, Member, TypeKind, list_of, member_path, struct_of

ELEMENT_NAME = "element"
SHAPES = {
    "object": ("object-properties-missing", "properties", "the members"),
    "array": ("array-items-missing", "items", "the type of the elements"),
}
"""What tells the shape of an object and of an array, and the code of the finding when it is missing."""


@dataclass(frozen=True)
class Part:
    """A part of a column: the column's name, and the steps from there; no steps for the column itself."""

    column: str
    steps: tuple[str, ...] = ()


def type_of_members(kind: TypeKind, members: Sequence[DeclaredColumn]) -> FieldType | None:
    """Return the struct or list that declared members make; None while the type of one of them is not known."""
    if any(each.type is None for each in members):
        return None
    if kind is TypeKind.LIST:
        (element,) = members
        return list_of(element.type, required=element.required) if element.type else None
    return struct_of(*(_member(each, each.type) for each in members if each.type is not None))


def columns_and_parts(columns: Sequence[DeclaredColumn]) -> Iterator[tuple[Part, DeclaredColumn]]:
    """Yield every column and every declared part of one, named by its path such as `items[].price`."""
    for column in columns:
        yield from _parts(column, Part(column.name))


def classification_of(column: DeclaredColumn) -> str | None:
    """Return the classification of a column, else the first one of its parts: what is in a column is shown as a whole."""
    return column.classification or next(filter(None, map(classification_of, column.members)), None)


def _parts(declared: DeclaredColumn, part: Part) -> Iterator[tuple[Part, DeclaredColumn]]:
    # Most columns have no parts, and a workspace has very many of them.
    yield part, replace(declared, name=member_path(part.column, part.steps)) if part.steps else declared
    is_list = declared.type is not None and declared.type.kind is TypeKind.LIST
    for member in declared.members:
        step = ELEMENT if is_list else member.name
        yield from _parts(member, Part(part.column, (*part.steps, step)))


def _member(declared: DeclaredColumn, type_: FieldType) -> Member:
    source_name = declared.source_name if declared.source_name != declared.name else ""
    return Member(declared.name, type_, declared.required, source_name, declared.description)
