"""Rules about the size and the elements of nested values, compiled to tests over Arrow arrays."""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.bounds import breaks_bound
from dativo_core.contract.canonical_text import canonical_text
from dativo_core.contract.list_layout import fold, map_entries, parents_of, repeated
from dativo_core.odcs.contract import RuleKind
from dativo_core.odcs.types import KEY, FieldType, TypeKind

SIZES = {
    RuleKind.MIN_ITEMS: ("has fewer than {} elements", RuleKind.MINIMUM),
    RuleKind.MAX_ITEMS: ("has more than {} elements", RuleKind.MAXIMUM),
    RuleKind.MIN_PROPERTIES: ("has fewer than {} members", RuleKind.MINIMUM),
    RuleKind.MAX_PROPERTIES: ("has more than {} members", RuleKind.MAXIMUM),
}
"""What is said of a value that breaks a rule about size, and the bound of the size that it breaks."""


def breaks_size(kind: RuleKind, limit: int) -> Callable[[pa.Array], pa.BooleanArray | None]:
    """Return the test of a rule about size: elements of lists, entries of maps, members of structs that are not null."""
    test = breaks_bound(SIZES[kind][1], FieldType(TypeKind.INT), limit)
    return lambda values: test(_size(values))


def has_repeated_elements(values: pa.ListArray) -> pa.BooleanArray:
    """Return which lists have an element twice, by its canonical text; null is an element like any other."""
    return repeated(canonical_text(pc.list_flatten(values)), parents_of(values), len(values))


def lacks_entry(maps: pa.MapArray, key: str) -> pa.BooleanArray:
    """Return which maps have no value under a key, by its canonical text; false for a null one."""
    lists = map_entries(maps)
    entries = pc.list_flatten(lists)
    is_wanted = pc.and_(pc.equal(canonical_text(entries.field(0)), key), pc.is_valid(entries.field(1)))
    return pc.and_(pc.invert(fold(is_wanted, parents_of(lists), len(maps))), pc.is_valid(maps))


def lacks_member(structs: pa.StructArray, name: str) -> pa.BooleanArray:
    """Return in which structs a member is null; false for a null one."""
    return pc.and_(pc.is_null(structs.field(name)), pc.is_valid(structs))


def part_type(field_type: FieldType, steps: tuple[str, ...]) -> FieldType:
    """Return the type of the part of a column that the steps lead to. Raises ValueError when they lead nowhere."""
    for step in steps:
        found = dict(field_type.steps()).get(step)
        if found is None:
            message = f"a {field_type} has no member {step!r}"
            raise ValueError(message)
        field_type = found.type
    return field_type


def required_parts(field_type: FieldType, above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return the steps to each part of a type that is required; keys of maps, which are never null, apart."""
    steps: list[tuple[str, ...]] = []
    for step, member in field_type.steps():
        if member.required and step != KEY:
            steps.append((*above, step))
        steps += required_parts(member.type, (*above, step))
    return steps


def _size(values: pa.Array) -> pa.Array:
    if pa.types.is_struct(values.type):
        present = [pc.is_valid(child).cast(pa.int32()) for child in values.flatten()]
        total = pa.repeat(pa.scalar(0, pa.int32()), len(values))
        for each in present:
            total = pc.add(total, each)
        return pc.if_else(pc.is_valid(values), total, pa.scalar(None, pa.int32()))
    lists = map_entries(values) if pa.types.is_map(values.type) else values
    return pc.list_value_length(lists)
