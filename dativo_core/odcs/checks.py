"""What the shape of a contract file lets through and the standard's prose does not."""

import re
from collections.abc import Iterable, Sequence

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.names import slug
from dativo_core.odcs.declared import DeclaredColumn, DeclaredObject
from dativo_core.odcs.nested_checks import check_nested
from dativo_core.odcs.nested_columns import columns_and_parts
from dativo_core.odcs.options import check_options
from dativo_core.odcs.partition_keys import check_partition_keys
from dativo_core.odcs.types import NESTED, TypeKind
from dativo_core.odcs.versions import read_version
from dativo_core.workspace.document import Document, KeyPath

NOT_KEYS = frozenset({TypeKind.FLOAT, TypeKind.DOUBLE}) | NESTED
"""Types of which Iceberg allows no identifier fields."""

RESERVED_PREFIX = "_dativo_"
"""Columns that Dativo adds start so."""

STATUSES = ("proposed", "draft", "active", "deprecated", "retired")
"""The life of a version, in its order (Open Data Contract Standard, section Fundamentals)."""

READ_VERSIONS = ("v3.0.2", "v3.0.1", "v3.0.0")
LEGACY_VERSIONS = ("v2.2.2", "v2.2.1", "v2.2.0")
_ILLEGAL = re.compile(r"[\x00-\x1f\x7f/\\*?\"'`\[\]{}]|\.\.|^\.")


def check_version_of_standard(version: str, document: Document, meant: str | None = None) -> list[Finding]:
    """Return whether the file's version of the standard is read; `meant` is the one it misspells."""
    if version in READ_VERSIONS:
        return []
    code = "api-version-legacy" if version in LEGACY_VERSIONS else "api-version-unknown"
    hint = f"Did you mean '{meant}'?" if meant else f"Write the contract in {READ_VERSIONS[0]}."
    return [document.finding(("apiVersion",), code, f"apiVersion {version} is not read by this version", hint)]


def check_identity(version: str, status: str, document: Document) -> list[Finding]:
    """Return what is unusual about version and status."""
    findings: list[Finding] = []

    def add(key: str, code: str, message: str, hint: str, severity: Severity) -> None:
        findings.append(document.finding((key,), code, message, hint, severity))

    if read_version(version) is None:
        message = f"the version '{version}' is not of the form 1.2.3"
        add("version", "version-not-semver", message, "Write three numbers, such as 1.0.0.", Severity.WARNING)
    if status not in STATUSES:
        hint = f"Use one of: {', '.join(STATUSES)}."
        add("status", "status-unknown", f"the status '{status}' is not known", hint, Severity.WARNING)
    return findings


def check_domain(domain: str | None, document: Document) -> list[Finding]:
    """Return whether a namespace can be named after the domain."""
    if not domain or _sluggable(domain):
        return []
    message = f"the domain {domain!r} has no letter or digit to make a name of"
    return [document.finding(("domain",), "name-illegal", message, "Use letters, digits, blanks and underscores.")]


def check_objects(objects: Sequence[DeclaredObject], document: Document) -> list[Finding]:
    """Return what is wrong with the tables of a contract, their columns and keys."""
    if not objects:
        hint = "Add schema with a table and its columns."
        return [document.finding(("schema",), "schema-missing", "the contract describes no table", hint)]
    findings = _check_names([(each.name, each.path) for each in objects], document)
    for each in objects:
        findings += _check_object(each, document)
    return findings


def _check_object(declared: DeclaredObject, document: Document) -> list[Finding]:
    if not declared.columns:
        hint = "Add properties with at least one column."
        return [
            document.finding((*declared.path, "properties"), "object-empty", f"'{declared.name}' has no columns", hint)
        ]
    findings = _check_siblings(declared.columns, document)
    for column in declared.columns:
        if column.name.startswith(RESERVED_PREFIX):
            message = f"names that start with '{RESERVED_PREFIX}' are Dativo's own"
            findings.append(document.finding((*column.path, "name"), "name-reserved", message, "Rename the column."))
    for _, column in columns_and_parts(declared.columns):
        if column.type is not None:
            findings += check_options(dict(column.options), column.type, document, column.options_path)
    findings += check_nested(declared, document) + _check_key(declared.columns, document)
    return findings + check_partition_keys(declared.columns, document)


def _check_siblings(columns: Sequence[DeclaredColumn], document: Document) -> list[Finding]:
    """Return clashes between columns, and between the members of each nested one."""
    findings = _check_names([(column.name, column.path) for column in columns], document)
    findings += _check_sources(columns, document)
    return findings + [found for column in columns for found in _check_siblings(column.members, document)]


def _check_names(named: Iterable[tuple[str, KeyPath]], document: Document) -> list[Finding]:
    findings: list[Finding] = []
    first: dict[str, tuple[str, KeyPath]] = {}
    for name, path in named:
        place: KeyPath = (*path, "name")
        if _ILLEGAL.search(name) or not _sluggable(name):
            message = f"the name {name!r} cannot be used"
            hint = "Use letters, digits, blanks and underscores."
            findings.append(document.finding(place, "name-illegal", message, hint))
            continue
        other = first.setdefault(slug(name), (name, path))
        if other[1] != path:
            line = document.line((*other[1], "name"))
            message = f"the name '{name}' is the same as '{other[0]}' on line {line}, case and punctuation aside"
            findings.append(document.finding(place, "name-duplicate", message, "Rename one of them."))
    return findings


def _sluggable(name: str) -> bool:
    try:
        slug(name)
    except ValueError:
        return False
    return True


def _check_sources(columns: Sequence[DeclaredColumn], document: Document) -> list[Finding]:
    first: dict[str, DeclaredColumn] = {}
    findings: list[Finding] = []
    for column in columns:
        other = first.setdefault(column.source_name, column)
        if other is not column and other.name != column.name:
            message = f"'{column.name}' and '{other.name}' read the same source column '{column.source_name}'"
            path = (*column.path, "physicalName")
            findings.append(document.finding(path, "physical-name-clash", message, "Correct one of them."))
    return findings


def _check_key(columns: Sequence[DeclaredColumn], document: Document) -> list[Finding]:
    findings: list[Finding] = []

    def add(path: KeyPath, code: str, message: str, hint: str, severity: Severity = Severity.ERROR) -> None:
        findings.append(document.finding(path, code, message, hint, severity))

    for column in columns:
        if column.primary_key_position is not None and not column.primary_key:
            message = f"'{column.name}' has a key position but is no key"
            add((*column.path, "primaryKeyPosition"), "pk-position-orphan", message, "Add primaryKey: true.")
    key = [column for column in columns if column.primary_key]
    for column in key:
        if not column.required:
            message = f"'{column.name}' is a key and is treated as required"
            add(column.primary_key_path, "pk-nullable", message, "Add required: true.", Severity.WARNING)
        if column.type is not None and column.type.kind in NOT_KEYS:
            message = f"'{column.name}' is of type {column.type} and cannot be a key"
            add(column.primary_key_path, "pk-type", message, "Use decimal, long or string.")
    positions = [column.primary_key_position for column in key]
    if any(positions) and sorted(position or 0 for position in positions) != list(range(1, len(key) + 1)):
        path = (*key[0].path, "primaryKeyPosition")
        add(path, "pk-position-gap", "the key positions are not 1, 2, 3 and so on", "Number the key columns from 1.")
    elif len(key) > 1 and not any(positions) and key[0].primary_key_path[-1] == "primaryKey":
        message, hint = "the key columns have no positions; their order in the file is used", "Number them from 1."
        add(key[0].primary_key_path, "pk-position-missing", message, hint, Severity.WARNING)
    return findings


def key_positions(columns: Sequence[DeclaredColumn]) -> dict[str, int]:
    """Return the place of each key column, from 1; in file order where no positions are written."""
    key = [column for column in columns if column.primary_key]
    ordered = sorted(key, key=lambda column: column.primary_key_position or 0)
    return {column.name: index for index, column in enumerate(ordered, start=1)}


def check_owner(owner: str | None, path: KeyPath, code: str, hint: str, document: Document) -> list[Finding]:
    """Return whether somebody owns the contract; blanks are nobody."""
    if owner is not None and owner.strip():
        return []
    return [document.finding(path, code, "the contract has no owner", hint)]
