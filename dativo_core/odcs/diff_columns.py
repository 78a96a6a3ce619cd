"""What changed in the columns of a table: there or not, type, nulls, classification, key and partitioning.

A type is widened only as Iceberg promotes it (Iceberg specification, "Schema Evolution"); any other change needs a reload.
"""

from collections.abc import Mapping, Sequence

from dativo_core.model.ladder import Ladder
from dativo_core.model.names import same_name
from dativo_core.odcs.change import Changes
from dativo_core.odcs.contract import SchemaObject
from dativo_core.odcs.diff_parts import Pair, Part, every, pairs
from dativo_core.odcs.partition import PartitionField, read_partition
from dativo_core.odcs.types import FieldType, TypeKind
from dativo_core.odcs.versions import Level
from dativo_core.workspace.document import KeyPath

_WIDENED = {(TypeKind.INT, TypeKind.LONG), (TypeKind.FLOAT, TypeKind.DOUBLE)}


def renamed(found: Sequence[Pair]) -> dict[str, str]:
    """Return what each part that is still there is called now, by what it was called."""
    return {pair.old.subject: pair.new.subject for pair in every(found) if pair.old and pair.new}


def compare_columns(found: Sequence[Pair], table: str, path: KeyPath, ladder: Ladder, changes: Changes) -> None:
    """Add what changed in each column and each part of one; `path` is the place of the table."""
    for pair in found:
        if pair.new is None and pair.old is not None:
            changes.add(Level.MAJOR, path, f"{_shown(table, pair.old)} was removed")
        elif pair.old is None and pair.new is not None:
            _added(pair.new, table, changes)
        elif pair.old is not None and pair.new is not None:
            _part(pair.old, pair.new, table, ladder, changes)


def _added(part: Part, table: str, changes: Changes) -> None:
    level = Level.MAJOR if part.required else Level.MINOR
    changes.add(level, part.path, f"{_shown(table, part)} was added" + (" and is required" if part.required else ""))


def _part(old: Part, new: Part, table: str, ladder: Ladder, changes: Changes) -> None:
    shown = _shown(table, new)
    if old.name != new.name:
        changes.add(Level.MINOR, new.path, f"{shown} is the new name of {_shown(table, old)}, by its id")
    if old.required != new.required:
        told = "is required now, and was optional" if new.required else "is optional now, and was required"
        changes.add(Level.MAJOR, (*new.path, "required"), f"{shown} {told}")
    _classification(old, new, shown, ladder, changes)
    _type(old.type, new.type, new.path, shown, changes)
    if old.type == new.type and old.zone != new.zone:
        told = f"from {old.zone or 'none'} to {new.zone or 'none'}"
        changes.add(Level.MAJOR, new.path, f"{shown} is read by the clocks of another time zone: {told}")
    if old.type.kind is new.type.kind:
        compare_columns(pairs(old.parts, new.parts), table, new.path, ladder, changes)


def _type(old: FieldType, new: FieldType, path: KeyPath, shown: str, changes: Changes) -> None:
    if old.kind is new.kind and (new.is_nested or old == new):
        return
    is_promoted = (old.kind, new.kind) in _WIDENED or _has_more_digits(old, new)
    told = "was widened" if is_promoted else "has another type:"
    changes.add(Level.MINOR if is_promoted else Level.MAJOR, path, f"{shown} {told} from {old} to {new}")


def _has_more_digits(old: FieldType, new: FieldType) -> bool:
    both = old.kind is TypeKind.DECIMAL and new.kind is TypeKind.DECIMAL
    return both and old.scale == new.scale and 0 < old.precision < new.precision


def _classification(old: Part, new: Part, shown: str, ladder: Ladder, changes: Changes) -> None:
    before, after = ([each.classification] if each.classification else [] for each in (old, new))
    if [*map(same_name, before)] != [*map(same_name, after)]:
        is_raised = ladder.is_raised(before, after)
        told = f"from {(before or ['none'])[0]} to {(after or ['none'])[0]}"
        message = f"the classification of {shown} {'rises' if is_raised else 'falls'} {told}"
        changes.add(Level.MAJOR if is_raised else Level.MINOR, (*new.path, "classification"), message)


def compare_key(
    old: SchemaObject, new: SchemaObject, names: Mapping[str, str], path: KeyPath, changes: Changes
) -> None:
    """Add whether rows are told apart by other columns; `names` are the new names of the old columns."""
    before, after = [names.get(name, name) for name in _key(old)], _key(new)
    if sorted(before) != sorted(after):
        told = f"from {', '.join(before) or 'none'} to {', '.join(after) or 'none'}"
        changes.add(Level.MAJOR, path, f"the key of '{new.name}' changed {told}")
    elif before != after:
        changes.add(Level.MINOR, path, f"the key of '{new.name}' has another order: {', '.join(after)}")


def compare_partitioning(
    old: SchemaObject, new: SchemaObject, names: Mapping[str, str], path: KeyPath, changes: Changes
) -> None:
    """Add whether files are grouped by other columns, or by the same ones in another way."""
    before = [(names.get(source, source), told) for source, told in _partitioning(old)]
    after = _partitioning(new)
    if sorted({source for source, _ in before}) != sorted({source for source, _ in after}):
        told = f"from {_columns(before)} to {_columns(after)}"
        changes.add(Level.MAJOR, path, f"'{new.name}' is partitioned by other columns: {told}")
    elif before != after:
        told = f"from {', '.join(old.partition_by)} to {', '.join(new.partition_by)}"
        changes.add(Level.MINOR, path, f"'{new.name}' is partitioned in another way: {told}")


def _key(table: SchemaObject) -> list[str]:
    key = [(column.primary_key_position, column.name) for column in table.columns if column.primary_key_position]
    return [name for _, name in sorted(key, key=lambda each: each[0] or 0)]


def _partitioning(table: SchemaObject) -> list[tuple[str, str]]:
    """Return the source column of each partition field, and how it is grouped by; text that is none stands for itself."""
    types = {column.name: column.type for column in table.columns}
    fields = [(text, read_partition(text, types)) for text in table.partition_by]
    return [
        (field.column, f"{field.transform} {field.width}") if isinstance(field, PartitionField) else (text, "")
        for text, field in fields
    ]


def _columns(fields: Sequence[tuple[str, str]]) -> str:
    return ", ".join(source for source, _ in fields) or "none"


def _shown(table: str, part: Part) -> str:
    return f"'{table}.{part.subject}'"
