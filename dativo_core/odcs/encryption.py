"""Columns that hold the encrypted value of another one."""

from collections.abc import Iterator, Sequence

from dativo_core.model.finding import Finding, Severity
from dativo_core.odcs.standard_model import Item, Property, StandardContract
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.validate import did_you_mean


def check_encryption(contract: StandardContract, document: Document) -> list[Finding]:
    """Return encrypted columns that point to themselves or to nothing, or do not say how confidential they are."""
    findings: list[Finding] = []
    for index, each in enumerate(contract.objects or ()):
        findings += _siblings(each.properties or (), ("schema", index, "properties"), document)
    return findings


def _siblings(properties: Sequence[Property], path: KeyPath, document: Document) -> Iterator[Finding]:
    names = {each.name for each in properties}
    for index, each in enumerate(properties):
        place = (*path, index)
        yield from _check(each, names, place, document)
        member: Property | Item | None = each
        while member is not None:
            yield from _siblings(member.properties or (), (*place, "properties"), document)
            member, place = member.items, (*place, "items")


def _check(column: Property, names: set[str], path: KeyPath, document: Document) -> Iterator[Finding]:
    target = column.encrypted_name
    if target is None:
        return
    place = (*path, "encryptedName")
    if target == column.name:
        message = f"'{column.name}' is said to be its own encrypted value"
        yield document.finding(place, "encrypted-name-self", message, "Name the column that holds the encrypted value.")
    elif target not in names:
        hint = did_you_mean(target, names - {column.name})
        hint = hint if hint.startswith("Did") else "Add a property of that name, or correct the name."
        message = f"there is no column '{target}' beside '{column.name}'"
        yield document.finding(place, "encrypted-name-unknown", message, hint, Severity.WARNING)
    if column.classification is None:
        message = f"'{column.name}' is encrypted and has no classification"
        hint = "Add classification, such as confidential."
        yield document.finding(place, "encrypted-unclassified", message, hint, Severity.WARNING)
