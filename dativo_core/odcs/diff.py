"""What changed between two readings of a contract, in whichever dialects, and how far each change reaches.

`docs/governance.md`, "When a contract changes", has the table of levels.
"""

from collections.abc import Sequence

from dativo_core.model.ladder import Ladder
from dativo_core.model.names import slug
from dativo_core.odcs.change import Change, Changes
from dativo_core.odcs.contract import Contract, SchemaObject
from dativo_core.odcs.diff_columns import compare_columns, compare_key, compare_partitioning, renamed
from dativo_core.odcs.diff_parts import Pair, every, pairs, parts_of
from dativo_core.odcs.diff_promises import compare_promises
from dativo_core.odcs.diff_relationships import compare_relationships
from dativo_core.odcs.diff_rules import compare_rules
from dativo_core.odcs.diff_sections import (
    compare_care,
    compare_identity,
    compare_keys,
    compare_root,
)
from dativo_core.odcs.read import ContractFile, is_flat
from dativo_core.odcs.types import FieldType, TypeKind
from dativo_core.odcs.versions import Level
from dativo_core.workspace.document import KeyPath

_GRAIN = "dataGranularityDescription"
_MOMENTS = frozenset({TypeKind.DATE, TypeKind.TIME, TypeKind.TIMESTAMP, TypeKind.TIMESTAMPTZ})
_NO_LADDER = Ladder()


def diff(old: ContractFile, new: ContractFile, ladder: Ladder = _NO_LADDER) -> tuple[Change, ...]:
    """Return every change from `old` to `new`, the farthest-reaching first; none when one of them has errors.

    `ladder` tells which of two classifications is the more sensitive one. The version is no change of its own.
    """
    if old.contract is None or new.contract is None:
        return ()
    changes = Changes(new.document)
    compare_identity(old, new, changes)
    _Tables(old, new, ladder, changes).compare(old.contract, new.contract)
    compare_promises(old, new, changes)
    compare_care(old, new, ladder, changes)
    compare_root(old, new, changes)
    return changes.told()


class _Tables:
    """The tables of two readings of a contract."""

    def __init__(self, old: ContractFile, new: ContractFile, ladder: Ladder, changes: Changes) -> None:
        self.old = old
        self.new = new
        self.ladder = ladder
        self.changes = changes
        self.names: dict[str, dict[str, str]] = {}
        self.is_one_dialect = is_flat(old.document) is is_flat(new.document)

    def compare(self, old: Contract, new: Contract) -> None:
        """Add what changed in the tables; a table is known by the name it has in the lake."""
        before, after = ({slug(each.name): (at, each) for at, each in enumerate(c.objects)} for c in (old, new))
        for name in dict.fromkeys([*before, *after]):
            if name not in after:
                self.changes.add(Level.MAJOR, ("schema",), f"the table '{before[name][1].name}' was removed")
            elif name not in before:
                path = _path(self.new, after[name][0])
                self.changes.add(Level.MINOR, path, f"the table '{after[name][1].name}' was added")
            else:
                self._table(before[name], after[name])
        compare_relationships(self.old, self.new, self.names, self.changes)

    def _table(self, old: tuple[int, SchemaObject], new: tuple[int, SchemaObject]) -> None:
        (at, before), (place, after) = old, new
        path, old_path = _path(self.new, place), _path(self.old, at)
        found = pairs(parts_of(before, self.old), parts_of(after, self.new))
        compare_columns(found, after.name, path, self.ladder, self.changes)
        names = self.names[slug(after.name)] = renamed(found)
        compare_key(before, after, names, path, self.changes)
        compare_partitioning(before, after, names, path, self.changes)
        compare_rules(before, after, names, path, self.changes)
        if self.is_one_dialect:
            self._written(found, after.name, old_path, path)
        elif before.source_object != after.source_object:
            self.changes.add(Level.MINOR, path, f"'{after.name}' is read from '{after.source_object}'")

    def _written(self, found: Sequence[Pair], table: str, old_path: KeyPath, path: KeyPath) -> None:
        """Add what changed in the words of a table and its columns, which look alike in one dialect."""
        before, after = self.old.document.value(old_path), self.new.document.value(path)
        if isinstance(before, dict) and isinstance(after, dict):
            self._grain(before.get(_GRAIN), after.get(_GRAIN), table, path)
            compare_keys(before, after, "table", f"'{table}'", path, self.changes)
        for pair in every(found):
            if pair.old is None or pair.new is None or not (pair.old.is_declared and pair.new.is_declared):
                continue
            shown = f"'{table}.{pair.new.subject}'"
            was, is_now = self.old.document.value(pair.old.path), self.new.document.value(pair.new.path)
            if pair.old.type == pair.new.type:
                self._format(was, is_now, pair.new.type, shown, pair.new.path)
            kind = "property" if pair.old.type == pair.new.type else "property of another type"
            compare_keys(was, is_now, kind, shown, pair.new.path, self.changes)

    def _format(self, old: object, new: object, type_: FieldType, shown: str, path: KeyPath) -> None:
        if type_.kind in _MOMENTS and _format(old) != _format(new):
            told = f"from {_format(old) or 'none'} to {_format(new) or 'none'}"
            self.changes.add(Level.MAJOR, path, f"{shown} is written in another format: {told}")

    def _grain(self, old: str | None, new: str | None, table: str, path: KeyPath) -> None:
        if old != new:
            level = Level.MAJOR if old else Level.PATCH
            self.changes.add(
                level, (*path, _GRAIN), f"the grain of '{table}' changed from {old or 'none'} to {new or 'none'}"
            )


def _path(file: ContractFile, at: int) -> KeyPath:
    """Return where a table is declared: in the flat dialect the whole contract is about one."""
    return ("schema",) if is_flat(file.document) else ("schema", at)


def _format(section: object) -> str | None:
    """Return how values are written: the option of the standard, or the key of the flat dialect."""
    if not isinstance(section, dict):
        return None
    options = section.get("logicalTypeOptions")
    written = options.get("format") if isinstance(options, dict) else section.get("format")
    return str(written) if written is not None else None
