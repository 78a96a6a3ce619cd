"""Declared parts of a nested column that say something else than the physical type of the column does."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from dativo_core.odcs.declared import DeclaredColumn
from dativo_core.odcs.resolve_type import FAMILIES
from dativo_core.odcs.standard_model import Item, Property
from dativo_core.odcs.types import FieldType, TypeKind
from dativo_core.workspace.document import KeyPath


@dataclass(frozen=True)
class _Part:
    """A part of a column as it is declared, what it was read as, the type the column's has there, and where it is."""

    member: Property | Item
    declared: DeclaredColumn
    physical: FieldType
    path: KeyPath


def conflicts(
    member: Property | Item, parts: tuple[DeclaredColumn, ...], physical: FieldType
) -> list[tuple[KeyPath, str]]:
    """Return each place below a property where its items or properties contradict its physical type, and how.

    A part that only has a logicalType agrees with every type of that family, one with a physicalType with that type only.
    """
    return list(_below(member, parts, physical, (), f"physicalType {member.physical_type}"))


def _below(
    member: Property | Item, parts: tuple[DeclaredColumn, ...], physical: FieldType, path: KeyPath, whole: str
) -> Iterator[tuple[KeyPath, str]]:
    if physical.kind is TypeKind.LIST and member.items is not None:
        yield from _at(_Part(member.items, parts[0], physical.members[0].type, (*path, "items")), whole)
    if physical.kind is not TypeKind.STRUCT or not member.properties:
        return
    types = {each.name.lower(): each.type for each in physical.members}
    names = [part.source_name.lower() for part in parts]
    if sorted(types) != sorted(names):
        yield (*path, "properties"), f"the properties ({', '.join(names)}) and {whole} disagree on which there are"
    for index, (each, part, name) in enumerate(zip(member.properties, parts, names, strict=True)):
        if name in types:
            yield from _at(_Part(each, part, types[name], (*path, "properties", index)), whole)


def _at(part: _Part, whole: str) -> Iterator[tuple[KeyPath, str]]:
    member, read = part.member, part.declared.type
    if read is None:
        return
    if member.physical_type is not None:
        key, said = "physicalType", f"physicalType {member.physical_type}"
        agrees = read.is_nested or replace(read, on_loss=None) == replace(part.physical, on_loss=None)
    else:
        key, said = "logicalType", f"logicalType {member.logical_type}"
        agrees = member.logical_type is None or part.physical.kind in FAMILIES[member.logical_type]
    if not agrees:
        yield (*part.path, key), f"{said} and {whole}, which says {part.physical} here, disagree"
    elif part.physical.is_nested:
        yield from _below(member, part.declared.members, part.physical, part.path, whole)
    elif read.is_nested and part.physical.kind is not TypeKind.STRING:
        yield part.path, f"{read} and {whole}, which says {part.physical} here, disagree"
