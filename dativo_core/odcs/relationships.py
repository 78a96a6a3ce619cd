"""Relationships as a newer contract writes them (ODCS 3.1.0 and 3.2.0, section Relationships), not yet held against tables."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import Field

from dativo_core.model.finding import Finding, Severity
from dativo_core.odcs.contract import CheckSeverity
from dativo_core.odcs.custom_properties import RELATIONSHIPS, check_custom_properties
from dativo_core.odcs.library import SEVERITIES
from dativo_core.odcs.section_models import Closed, CustomProperty
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.related import PARTS
from dativo_core.workspace.tree import Node, tree_of
from dativo_core.workspace.validate import validate

SEVERITY = "dativoSeverity"
"""The custom property of a relationship that says what an orphan means; without it, an error."""
TYPES = ("foreignKey",)
References = str | tuple[str, ...]


class PropertyRelationship(Closed):
    """A relationship of a property, which is where it starts."""

    id: str | None = Field(None, description="identity in the contract")
    type: str = Field("foreignKey", description="always foreignKey")
    to: References = Field(description="property of the table it points to")
    custom_properties: tuple[CustomProperty, ...] | None = Field(None, description="further values")


class ObjectRelationship(PropertyRelationship):
    """A relationship of a table."""

    from_: References = Field(alias="from", description="properties that point to another table, in order")


@dataclass(frozen=True)
class Relationship:
    """A relationship at the key path `path` of its file, with the references of both sides.

    `source` is the property it is written on, by its key path; `sources` are empty then.
    """

    path: KeyPath
    source: KeyPath | None
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    severity: CheckSeverity


def read_relationships(document: Document) -> tuple[tuple[Relationship, ...], tuple[Finding, ...]]:
    """Return the relationships of a document, at their places in the file, and what is wrong with how they are written."""
    findings = check_custom_properties(document, within=RELATIONSHIPS)
    read: list[Relationship] = []
    schema = tree_of(document).get("schema")
    for table in schema.items if schema is not None else ():
        read += _of_element(table, None, document, findings)
    return tuple(read), tuple(findings)


def _of_element(
    element: Node, source: KeyPath | None, document: Document, findings: list[Finding]
) -> Iterator[Relationship]:
    written = element.get(RELATIONSHIPS)
    for node in written.items if written is not None else ():
        if (read := _relationship(node, source, document, findings)) is not None:
            yield read
    if written is not None and not isinstance(written.value, list):
        path = written.path or ()
        findings.append(document.finding(path, "wrong-type", "expected a list", "Write one item per line, after '- '."))
    for key in PARTS:
        inner = element.get(key)
        for each in (inner.items or [inner]) if inner is not None else ():
            yield from _of_element(each, each.path, document, findings)


def _relationship(
    node: Node, source: KeyPath | None, document: Document, findings: list[Finding]
) -> Relationship | None:
    path = node.path or ()
    data = document.value(path)
    model = ObjectRelationship if source is None else PropertyRelationship
    validated = validate(model, data, document, path)
    findings += validated.findings
    written = validated.model
    if written is None:
        return None
    if written.type not in TYPES:
        message, hint = f"'{written.type}' is no type of relationship", f"Write type: {TYPES[0]}, or remove the key."
        findings.append(document.finding((*path, "type"), "relation-type", message, hint))
        return None
    sources = _several(written.from_) if isinstance(written, ObjectRelationship) else ()
    severity = _severity(written, document, path, findings)
    read = Relationship(path, source, sources, _several(written.to), severity)
    problem = _arity(read)
    if problem is None:
        return read
    findings.append(document.finding((*path, "to"), "relation-arity", *problem))
    return None


def _arity(read: Relationship) -> tuple[str, str] | None:
    """Return why the two sides do not belong together, and the remedy."""
    if read.source is not None and len(read.targets) != 1:
        message = f"the relationship of one property points to {len(read.targets)}"
        return message, "Name one, or move it to the table, with 'from' and 'to'."
    if read.source is None and (len(read.sources) != len(read.targets) or not read.targets):
        message = f"'from' names {len(read.sources)} and 'to' {len(read.targets)} properties"
        return message, "Name as many in 'to' as in 'from', in the same order."
    return None


def _several(references: References) -> tuple[str, ...]:
    return (references,) if isinstance(references, str) else references


def _severity(
    written: PropertyRelationship, document: Document, path: KeyPath, findings: list[Finding]
) -> CheckSeverity:
    for index, each in enumerate(written.custom_properties or ()):
        if each.property != SEVERITY:
            continue
        known = SEVERITIES.get(str(each.value).strip().lower())
        if known is not None:
            return known
        place = (*path, "customProperties", index, "value")
        message, hint = f"the severity '{each.value}' is not known, and taken as error", "Use error, warning or info."
        findings.append(document.finding(place, "severity-unknown", message, hint, Severity.WARNING))
    return CheckSeverity.ERROR
