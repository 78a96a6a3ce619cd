"""The columns of a table, and the parts of nested ones, as a tree; and which of two trees are the same."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dativo_core.odcs.contract import Column, Element, SchemaObject
from dativo_core.odcs.read import ContractFile
from dativo_core.odcs.sections import entries
from dativo_core.odcs.types import FieldType, Member, member_path
from dativo_core.workspace.document import Document, KeyPath

PINNED = "dativoId"
"""The custom property that names a column for good, whatever it is called; since v3.1 the standard's own `id`."""


@dataclass(frozen=True)
class Part:
    """A column, or a part of one: its type in the table, and the place that declares it, else of what holds it.

    `zone` is that of the clocks that showed its times, where they have no offset. `pinned_id` is None where none is written.
    `is_declared`: `path` is its own.
    """

    subject: str
    name: str
    type: FieldType
    required: bool
    classification: str | None
    path: KeyPath
    is_declared: bool
    pinned_id: str | None
    parts: tuple["Part", ...]
    zone: str | None = None


@dataclass(frozen=True)
class Pair:
    """A part before and after; None where it is not there."""

    old: Part | None
    new: Part | None


def parts_of(table: SchemaObject, file: ContractFile) -> tuple[Part, ...]:
    """Return the columns of a table as trees of parts."""
    elements = {each.subject: each for each in table.elements}
    return tuple(_column(column, elements, file.document) for column in table.columns)


def pairs(old: Sequence[Part], new: Sequence[Part]) -> list[Pair]:
    """Return which part became which: by the id that is pinned where both have one, else by the name."""
    left = {id(part): part for part in new}
    found: list[Pair] = []
    for before in old:
        after = _same(before, list(left.values()))
        if after is not None:
            del left[id(after)]
        found.append(Pair(before, after))
    return [*found, *(Pair(None, part) for part in left.values())]


def pinned_id(section: object) -> str | None:
    """Return the pinned id among the custom properties of a section."""
    custom = entries(section, "customProperties", ()) if isinstance(section, dict) else ()
    value = next((each.get("value") for _, each in custom if each.get("property") == PINNED), None)
    return value if isinstance(value, str) else None


def _same(part: Part, candidates: Sequence[Part]) -> Part | None:
    if part.pinned_id is not None:
        pinned = next((each for each in candidates if each.pinned_id == part.pinned_id), None)
        if pinned is not None:
            return pinned
    named = next((each for each in candidates if each.name == part.name), None)
    if named is None or (part.pinned_id is not None and named.pinned_id is not None):
        return None
    return named


def _column(column: Column, elements: Mapping[str, Element], document: Document) -> Part:
    element = elements.get(column.name)
    path = element.path if element is not None else ("schema",)
    return _part(column.name, Member(column.name, column.type.stored, column.required), elements, document, path)


def _part(subject: str, member: Member, elements: Mapping[str, Element], document: Document, holder: KeyPath) -> Part:
    element = elements.get(subject)
    path = element.path if element is not None else holder
    return Part(
        subject=subject,
        name=member.name,
        type=member.type,
        required=member.required,
        classification=element.classification if element is not None else None,
        path=path,
        is_declared=element is not None,
        pinned_id=pinned_id(document.value(path)) if element is not None else None,
        parts=tuple(
            _part(member_path(subject, (step,)), inner, elements, document, path) for step, inner in member.type.steps()
        ),
        zone=element.type.zone if element is not None and element.type is not None else None,
    )


def every(found: Sequence[Pair]) -> Iterator[Pair]:
    """Yield the pairs, and those of the parts below each pair that is on both sides."""
    for pair in found:
        yield pair
        if pair.old is not None and pair.new is not None:
            yield from every(pairs(pair.old.parts, pair.new.parts))
