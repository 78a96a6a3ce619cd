"""What is wrong with nested columns: parts that claim what only columns can be, and members that options misname."""

from collections.abc import Sequence

from dativo_core.model.finding import Finding
from dativo_core.odcs.declared import DeclaredColumn, DeclaredObject
from dativo_core.odcs.nested_columns import columns_and_parts
from dativo_core.odcs.types import TypeKind
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.validate import did_you_mean


def check_nested(declared: DeclaredObject, document: Document) -> list[Finding]:
    """Return parts that claim to be keys or partition columns, and required members that are none."""
    findings: list[Finding] = []
    for part, column in columns_and_parts(declared.columns):
        if part.steps:
            findings += _check_part(column, document)
        findings += _check_required(column, document)
    return findings + _check_paths(declared, document) + _check_dots(declared.columns, document)


def _check_paths(declared: DeclaredObject, document: Document) -> list[Finding]:
    """Return parts whose path is that of another column; of columns and members side by side the names tell that."""
    findings: list[Finding] = []
    first: dict[str, DeclaredColumn] = {}
    repeated: list[KeyPath] = []
    for _, column in columns_and_parts(declared.columns):
        other = first.setdefault(column.name, column)
        if other is column or any(column.path[: len(path)] == path for path in repeated):
            continue
        repeated.append(column.path)
        if column.path[:-1] != other.path[:-1]:
            line = document.line((*other.path, "name"))
            message = f"the path '{column.name}' also stands for what is declared on line {line}"
            findings.append(document.finding((*column.path, "name"), "name-duplicate", message, "Rename one of them."))
    return findings


def _check_part(column: DeclaredColumn, document: Document) -> list[Finding]:
    findings: list[Finding] = []
    hint = "Make it a column of its own."
    if column.primary_key:
        message = f"'{column.name}' is a part of a nested column and cannot be a key"
        findings.append(document.finding(column.primary_key_path, "pk-type", message, hint))
    if column.partitioned:
        message = f"'{column.name}' is a part of a nested column and cannot partition the table"
        findings.append(document.finding((*column.path, "partitioned"), "partition-transform", message, hint))
    return findings


def _check_required(column: DeclaredColumn, document: Document) -> list[Finding]:
    if column.type is None or column.type.kind is not TypeKind.STRUCT:
        return []
    known = [member.name for member in column.type.members]
    return [
        document.finding(
            (*column.options_path, "required", index),
            "object-required-unknown",
            f"'{name}' is no member of '{column.name}'",
            did_you_mean(name, known),
        )
        for index, name in enumerate(column.options.get("required", ()))
        if name not in known
    ]


def _check_dots(columns: Sequence[DeclaredColumn], document: Document) -> list[Finding]:
    """Return members with a dot in their name, which Iceberg cannot tell from a member of a member."""
    findings: list[Finding] = []
    for column in columns:
        for member in column.members:
            if "." in member.name:
                message = f"the name {member.name!r} cannot be used for a member"
                findings.append(document.finding((*member.path, "name"), "name-illegal", message, "Leave out the dot."))
        findings += _check_dots(column.members, document)
    return findings
