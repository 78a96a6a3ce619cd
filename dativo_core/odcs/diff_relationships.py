"""What changed in the relationships of a contract: one that is gone, points elsewhere or counts less breaks readers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from dativo_core.model.names import slug
from dativo_core.odcs.change import Changes
from dativo_core.odcs.contract import CheckSeverity
from dativo_core.odcs.diff_rules import GRAVITY
from dativo_core.odcs.read import ContractFile
from dativo_core.odcs.references import Named, elements_of, named_by
from dativo_core.odcs.relationships import Relationship
from dativo_core.odcs.versions import Level
from dativo_core.workspace.document import KeyPath
from dativo_core.workspace.related import split_reference

Names = Mapping[str, Mapping[str, str]]
"""By the slug of a table, what each of its columns and parts is called now, by what it was called."""

_Column = tuple[str, str]


@dataclass(frozen=True)
class _Pointer:
    """A relationship: the columns it starts from, None for one that is gone, and those it points to.

    `spelt` are the references as written, which mean the same wherever the file lies.
    """

    source: tuple[_Column | None, ...]
    target: tuple[_Column, ...]
    spelt: tuple[str, ...]
    severity: CheckSeverity
    line: int

    @property
    def start(self) -> str:
        """What it starts from, for people."""
        return ", ".join(".".join(each) for each in self.source if each is not None)


def compare_relationships(old: ContractFile, new: ContractFile, names: Names, changes: Changes) -> None:
    """Add what changed in relationships; of one that starts from a column that is gone, that says enough."""
    left, added = [*_pointers(old, names)], [*_pointers(new, None)]
    for fits in (_is_same, _starts_alike):
        for before in [*left]:
            after = next((each for each in added if fits(before, each)), None)
            if after is not None:
                left.remove(before)
                added.remove(after)
                _compare(before, after, changes)
    for gone in left:
        if None not in gone.source:
            message = f"the relationship of {gone.start} to {', '.join(gone.spelt)} was removed"
            changes.add(Level.MAJOR, ("schema",), message)
    for each in added:
        message = f"the relationship of {each.start} to {', '.join(each.spelt)} was added"
        changes.add_at_line(Level.MINOR, each.line, message)


def _compare(old: _Pointer, new: _Pointer, changes: Changes) -> None:
    if not _is_same(old, new):
        told = f"from {', '.join(old.spelt)} to {', '.join(new.spelt)}"
        changes.add_at_line(Level.MAJOR, new.line, f"the relationship of {new.start} points elsewhere: {told}")
    if old.severity is not new.severity:
        is_graver = GRAVITY.index(new.severity) > GRAVITY.index(old.severity)
        told = f"{'tightened' if is_graver else 'loosened'}: from {old.severity} to {new.severity}"
        level = Level.MINOR if is_graver else Level.MAJOR
        changes.add_at_line(level, new.line, f"the relationship of {new.start} was {told}")


def _is_same(old: _Pointer, new: _Pointer) -> bool:
    """Whether both point from the same to the same, whatever the order in which they name the pairs."""
    if not _starts_alike(old, new):
        return False
    is_same_file = sorted(zip(map(str, old.source), old.target, strict=True)) == sorted(
        zip(map(str, new.source), new.target, strict=True)
    )
    return is_same_file or (old.source, old.spelt) == (new.source, new.spelt)


def _starts_alike(old: _Pointer, new: _Pointer) -> bool:
    return sorted(map(str, old.source)) == sorted(map(str, new.source))


def _pointers(file: ContractFile, names: Names | None) -> Iterator[_Pointer]:
    """Yield the relationships of a file; `names` are what its columns are called in the other one, None for the newer."""
    # Relationships go by the key paths of the file, whatever its data was rearranged to.
    document = replace(file.document, moved={})
    places = {file.document.written(each.element.path): each for each in elements_of(file.tables)}
    for written in file.relationships:
        yield _Pointer(
            source=tuple(_source(file, written, places, names)),
            target=tuple(_target(file, reference, names) for reference in written.targets),
            spelt=written.targets,
            severity=written.severity,
            line=document.line(written.path),
        )


def _source(
    file: ContractFile, written: Relationship, places: Mapping[KeyPath, Named], names: Names | None
) -> Iterator[_Column | None]:
    if written.source is None:
        for reference in written.sources:
            found = named_by(file.tables, split_reference(file.document.file, reference)[1])
            yield _called(found, names) if found is not None else None
        return
    holders = (written.source[:length] for length in range(len(written.source), 0, -1))
    holder = next((places[path] for path in holders if path in places), None)
    yield _called(holder, names) if holder is not None else None


def _target(file: ContractFile, reference: str, names: Names | None) -> _Column:
    path, name = split_reference(file.document.file, reference)
    found = named_by(file.tables, name) if path is None else None
    return (found and _called(found, names)) or (path or "", name.casefold())


def _called(named: Named, names: Names | None) -> _Column | None:
    """Return table and column under the names they have in the newer reading; None when they are not there."""
    table, subject = slug(named.table), named.element.subject
    now = subject if names is None else names.get(table, {}).get(subject)
    return None if now is None else (table, now)
