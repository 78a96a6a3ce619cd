"""The relationships of a contract, held against its own tables and those of the contracts they point to."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from dativo_core.model.finding import Finding, errors
from dativo_core.model.names import slug_or
from dativo_core.model.origin import Authority, Origin
from dativo_core.odcs.comparable import why_not_comparable
from dativo_core.odcs.contract import Element, Relation
from dativo_core.odcs.read import ContractFile
from dativo_core.odcs.references import elements_of, named_by, nearest
from dativo_core.odcs.relationships import Relationship
from dativo_core.odcs.types import ELEMENT
from dativo_core.workspace.related import split_reference

OtherFile = Callable[[str], ContractFile | None]
"""Returns the contract at a path of the workspace, None when there is no such file."""
_MAP = frozenset({"key", "value"})


def related(file: ContractFile, other: OtherFile) -> ContractFile:
    """Return a contract with its relations, and what is wrong with them; `other` reads the contracts they point to."""
    if not file.relationships or not file.tables:
        return file
    reader = _Reader(file, other)
    found = _distinct([each for written in file.relationships for each in reader.relations(written)])
    findings = (*file.findings, *reader.findings)
    if file.contract is None or errors(findings):
        return replace(file, contract=None, findings=findings)
    objects = tuple(
        replace(table, relations=tuple(relation for owner, relation in found if owner == table.name))
        for table in file.contract.objects
    )
    return replace(file, contract=replace(file.contract, objects=objects), findings=findings)


@dataclass(frozen=True)
class _Side:
    """One side of a relationship: a table and the parts of its key, unless `obstacle` says why they are not known."""

    file: str
    table: str
    elements: tuple[Element, ...]
    obstacle: str = ""

    @property
    def columns(self) -> tuple[tuple[str, ...], ...]:
        return tuple(each.part for each in self.elements)

    @property
    def name(self) -> str:
        steps = (step for column in self.columns for step in column if step != ELEMENT)
        return slug_or(" ".join((self.table, *steps)), "table")

    def __str__(self) -> str:
        names = ", ".join(f"{self.table}.{each.subject}" for each in self.elements)
        return f"({names})" if len(self.elements) > 1 else names


class _Reader:
    """Reads the relationships of one file, collecting what is wrong with them."""

    def __init__(self, file: ContractFile, other: OtherFile) -> None:
        self._tables = file.tables
        # Relationships go by the key paths of the file, whatever its data was rearranged to.
        self._document = replace(file.document, moved={})
        self._other = other
        self._columns = {file.document.written(each.element.path): each for each in elements_of(file.tables)}
        self.findings: list[Finding] = []

    def relations(self, written: Relationship) -> Iterator[tuple[str, Relation]]:
        """Yield the relation with the name of the table it starts from, unless something is wrong with it."""
        source = self._source(written)
        target = self._side(written, "to", written.targets)
        if source is None or target is None or not self._are_comparable(written, source, target):
            return
        pointed_to = str(target) or ", ".join(written.targets)
        relation = Relation(
            id=f"relation__{source.name}__{target.name}",
            columns=source.columns,
            target_file=target.file,
            target=target.table,
            target_columns=target.columns,
            severity=written.severity,
            description=f"{source} is null, or found in {pointed_to}",
            origin=Origin(self._document.file, self._document.line(written.path), Authority.TENANT),
            path=written.path,
            obstacle=source.obstacle or target.obstacle or _array(source) or _array(target),
        )
        yield source.table, relation

    def _source(self, written: Relationship) -> _Side | None:
        if written.source is None:
            return self._side(written, "from", written.sources)
        found = self._columns.get(written.source)
        if found is not None:
            return _Side(self._document.file, found.table, (found.element,))
        holders = (written.source[:length] for length in range(len(written.source) - 1, 0, -1))
        holder = next((self._columns[path] for path in holders if path in self._columns), None)
        if holder is not None and not _MAP.isdisjoint(written.source):
            obstacle = f"{holder.table}.{holder.element.subject} is a map"
            return _Side(self._document.file, holder.table, (holder.element,), obstacle)
        self._add(written, (), "relation-unknown", "the property is no column, and points to nothing", "Remove it.")
        return None

    def _side(self, written: Relationship, key: str, references: Sequence[str]) -> _Side | None:
        """Return what the references of one side name; None when that is nothing, or not in one table."""
        found = [self._named(written, self._place(written, key, at), each) for at, each in enumerate(references)]
        known = [each for each in found if each is not None]
        if len(known) < len(found):
            return None
        tables = {(each.file, each.table) for each in known}
        if len(tables) == 1:
            elements = tuple(element for each in known for element in each.elements)
            return replace(known[0], elements=elements)
        message, hint = f"'{key}' names properties of {len(tables)} tables", "Write a relationship for each of them."
        self._add(written, (key,), "relation-unknown", message, hint)
        return None

    def _place(self, written: Relationship, key: str, index: int) -> tuple[str | int, ...]:
        is_list = (*written.path, key, index) in self._document.places
        return (key, index) if is_list else (key,)

    def _named(self, written: Relationship, place: tuple[str | int, ...], reference: str) -> _Side | None:
        path, name = split_reference(self._document.file, reference)
        file, tables = self._document.file, self._tables
        if path is not None and place[0] == "from":
            message, hint = f"'{reference}' is of another contract", "A relationship starts from a table of its own."
            self._add(written, place, "relation-unknown", message, hint)
            return None
        if path is not None:
            other = self._other(path)
            if other is None:
                hint = "Write the path of a contract of the workspace, from the directory of this file."
                self._add(written, place, "relation-unknown", f"there is no file {path}", hint)
                return None
            file, tables = other.document.file, other.tables
            if not tables:
                return _Side(file, name, (), f"the contract {file} has errors")
        found = named_by(tables, name)
        if found is not None:
            return _Side(file, found.table, (found.element,))
        message = f"'{name}' is no property of {'the contract' if path is None else file}"
        self._add(written, place, "relation-unknown", message, nearest(tables, name, is_own=path is None))
        return None

    def _are_comparable(self, written: Relationship, source: _Side, target: _Side) -> bool:
        if source.obstacle or target.obstacle:
            return True
        pairs = list(zip(source.elements, target.elements, strict=True))
        for at, (one, other) in enumerate(pairs):
            why = why_not_comparable(one.type, other.type) if one.type is not None and other.type is not None else ""
            if why and ELEMENT not in (*one.part, *other.part):
                message = f"{source.table}.{one.subject} cannot point to {target.table}.{other.subject}: {why}"
                is_whole = (
                    one.type is not None and one.type.is_nested and other.type is not None and other.type.is_nested
                )
                hint = "Point to its members." if is_whole else "Give both the same type, or remove the relationship."
                self._add(written, self._place(written, "to", at), "relation-type", message, hint)
                return False
        return True

    def _add(self, written: Relationship, place: tuple[str | int, ...], code: str, message: str, hint: str) -> None:
        self.findings.append(self._document.finding((*written.path, *place), code, message, hint))


def _array(side: _Side) -> str:
    found = next((each.subject for each in side.elements if ELEMENT in each.part), "")
    return f"{side.table}.{found} is a part of an array" if found else ""


def _distinct(found: Sequence[tuple[str, Relation]]) -> list[tuple[str, Relation]]:
    """Drop a relation that says what an earlier one says; tell apart others of one name by what they say."""
    said: dict[str, tuple[str, Relation]] = {}
    for owner, relation in found:
        said.setdefault(_saying(relation), (owner, relation))
    uses = Counter(relation.id for _, relation in said.values())
    return [
        (owner, each if uses[each.id] == 1 else replace(each, id=f"{each.id}_{_mark(each)}"))
        for owner, each in said.values()
    ]


def _saying(relation: Relation) -> str:
    return repr((relation.id, relation.columns, relation.target_file, relation.target, relation.target_columns))


def _mark(relation: Relation) -> str:
    return hashlib.sha256(_saying(relation).encode()).hexdigest()[:6]
