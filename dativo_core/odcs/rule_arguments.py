"""Arguments of library rules, as the type of their column wants them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dativo_core.model.finding import Finding, Severity
from dativo_core.odcs.column_values import ORDERED, is_value
from dativo_core.odcs.contract import RuleKind, Scalar
from dativo_core.odcs.declared import DeclaredColumn, DeclaredRule
from dativo_core.odcs.library import DUPLICATES, EXECUTED, ROW_TESTS, SQL
from dativo_core.odcs.options import bound_value, pattern_findings
from dativo_core.odcs.patterns import to_re2
from dativo_core.odcs.types import FieldType, TypeKind, lists_on
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.validate import did_you_mean

_ARGUMENT = {
    RuleKind.ENUM: "validvalues",
    RuleKind.MISSING_VALUES: "missingvalues",
    RuleKind.PATTERN: "pattern",
    RuleKind.MINIMUM: "min",
    RuleKind.MAXIMUM: "max",
}
_EITHER = "invalidvalues"
_SPELLING = {"validvalues": "validValues", "missingvalues": "missingValues"}
_BOUNDS = frozenset({RuleKind.MINIMUM, RuleKind.MAXIMUM})
_TEXTS = frozenset({TypeKind.STRING, TypeKind.UUID})

_READ: Mapping[str, tuple[str, ...]] = {
    **{kind: tuple(_ARGUMENT[test] for test in tests if test in _ARGUMENT) for kind, tests in ROW_TESTS.items()},
    **dict.fromkeys(DUPLICATES, ("properties",)),
}
_READ_BY_ALL = frozenset({"dativoscope", "dativobounds", "dativodisposition"})

Arguments = tuple[Scalar, ...]


def asked_tests(rule: DeclaredRule) -> tuple[RuleKind, ...]:
    """Return the tests that a rule about single rows asks for; of `invalidValues` those it has arguments for, if any."""
    tests = ROW_TESTS[rule.kind]
    if rule.kind != _EITHER:
        return tests
    return tuple(test for test in tests if rule.arguments.get(_ARGUMENT[test]) is not None) or tests[:1]


def check_arguments(rule: DeclaredRule, document: Document) -> Iterator[Finding]:
    """Yield the arguments a rule has and does not read, and columns that a rule below one of them names besides."""
    if rule.kind not in EXECUTED | {SQL}:
        return
    for name, path in rule.argument_paths.items():
        if name in rule.asked - _READ_BY_ALL and name not in _READ.get(rule.kind, ()):
            message = f"the rule '{rule.kind}' reads no argument '{path[-1]}'"
            hint = did_you_mean(str(path[-1]), [_SPELLING.get(each, each) for each in _READ.get(rule.kind, ())])
            yield document.finding(path, "rule-arguments", message, hint, Severity.WARNING)
    listed = rule.arguments.get("properties")
    if rule.kind in DUPLICATES and rule.column is not None and listed not in (None, rule.column, [rule.column]):
        message = f"the rule is about '{rule.column}' alone, and 'properties' names more"
        path = rule.argument_paths["properties"]
        yield document.finding(path, "rule-arguments", message, "Move the rule to its table.")


def rule_column(
    rule: DeclaredRule, columns: Mapping[str, DeclaredColumn], document: Document
) -> tuple[DeclaredColumn | None, list[Finding]]:
    """Return the column a rule is about, or why there is none."""
    column = columns.get(rule.column or "")
    if column is not None:
        return column, []
    if rule.column is None:
        message, hint = f"the rule '{rule.kind}' needs a column", "Move it below a property, or name its column."
        return None, [document.finding(rule.path, "rule-level", message, hint)]
    message = f"the rule is about '{rule.column}', which is no column"
    return None, [document.finding(rule.path, "rule-arguments", message, did_you_mean(rule.column, columns))]


def key_columns(
    rule: DeclaredRule, columns: Mapping[str, DeclaredColumn], document: Document
) -> tuple[tuple[str, ...], list[Finding]]:
    """Return the columns whose values together shall not repeat: that of the rule, else those it lists."""
    if rule.column is not None:
        column, findings = rule_column(rule, columns, document)
        return ((column.name,) if column else ()), findings
    listed = rule.arguments.get("properties")
    path = rule.argument_paths.get("properties", rule.path)
    if not isinstance(listed, list) or not listed or not all(isinstance(each, str) for each in listed):
        message = f"the rule '{rule.kind}' of a table needs a list 'properties'"
        return (), [document.finding(path, "rule-arguments", message, "List the columns, or move it below one.")]
    unknown = [name for name in listed if name not in columns]
    if unknown or len(set(listed)) < len(listed):
        message = f"'{unknown[0]}' is no column" if unknown else "a column is listed twice"
        hint = did_you_mean(unknown[0], columns) if unknown else "List each column once."
        return (), [document.finding(path, "rule-arguments", message, hint)]
    apart = _apart(listed)
    if apart is not None:
        message = (
            f"'{apart[0]}' and '{apart[1]}' are in lists of their own, and no value of one belongs to one of the other"
        )
        return (), [document.finding(path, "rule-arguments", message, "List parts of one list, and of what holds it.")]
    return tuple(listed), []


def _apart(paths: Sequence[str]) -> tuple[str, str] | None:
    """Return two paths that go into lists, or maps, of which neither is in the other."""
    deepest = max(paths, key=lambda path: len(lists_on(path)))
    lists = lists_on(deepest)
    for path in paths:
        if lists_on(path) != lists[: len(lists_on(path))]:
            return path, deepest
    return None


def read_arguments(
    rule: DeclaredRule, kind: RuleKind, column: DeclaredColumn, document: Document
) -> tuple[Arguments | None, list[Finding]]:
    """Return the arguments of one test of a rule, or None and why not; a null among markers and values is left out."""
    if kind is RuleKind.REQUIRED:
        return (), []
    name = _ARGUMENT[kind]
    value, path = rule.arguments.get(name), rule.argument_paths.get(name, rule.path)
    if column.type is None:
        return None, []
    if value is None or value == []:
        spelt = _SPELLING.get(name, name)
        message = f"the rule '{rule.kind}' needs the argument '{spelt}'"
        return None, [document.finding(path, "rule-arguments", message, f"Add '{spelt}'.")]
    if kind is RuleKind.PATTERN:
        return _pattern(value, path, document)
    if kind is RuleKind.MISSING_VALUES:
        return _markers(value, path, column.type, document)
    if kind in _BOUNDS:
        return _bound(value, name, path, column.type, document)
    return _values(value, path, column.type, document)


def lists_null(rule: DeclaredRule) -> bool:
    """Return whether null is among the markers of missing values."""
    markers = rule.arguments.get(_ARGUMENT[RuleKind.MISSING_VALUES])
    return isinstance(markers, list) and None in markers


def _values(value: Any, path: KeyPath, type_: FieldType, document: Document) -> tuple[Arguments | None, list[Finding]]:
    values = value if isinstance(value, list) else [value]
    read = [_typed(each, (*path, at), type_, document) for at, each in enumerate(values) if each is not None]
    if any(each is None for each in read):
        message = f"'validValues' does not hold values of type {type_}"
        return None, [document.finding(path, "rule-arguments", message, "Write values of the column's type.")]
    return tuple(each for each in read if each is not None), []


def _bound(
    value: Any, name: str, path: KeyPath, type_: FieldType, document: Document
) -> tuple[Arguments | None, list[Finding]]:
    if type_.kind not in ORDERED:
        message = f"values of type {type_} are not compared with a '{name}'"
        hint = "Remove the rule, or declare a number, a date or a time; for texts there are pattern and validValues."
        return None, [document.finding(path, "rule-arguments", message, hint)]
    if bound_value(value, type_) is None:
        message = f"'{name}' does not hold a value of type {type_}"
        return None, [document.finding(path, "rule-arguments", message, "Write a value of the column's type.")]
    return (value,), []


def _markers(value: Any, path: KeyPath, type_: FieldType, document: Document) -> tuple[Arguments | None, list[Finding]]:
    """Return markers as they were spelt, since they stand in the source beside values of the column's type."""
    values = value if isinstance(value, list) else [value]
    markers = [document.spelling((*path, at)) or each for at, each in enumerate(values)]
    if any(isinstance(each, list | dict) for each in markers):
        message = "the markers are not single values"
        return None, [document.finding(path, "rule-arguments", message, "Write a list of texts, numbers or null.")]
    if type_.is_nested and any(each is not None for each in markers):
        message = f"no marker stands for a missing {type_}"
        hint = "Move the rule to the parts of the column, or write rule: nullCheck."
        return None, [document.finding(path, "rule-arguments", message, hint)]
    return tuple(each for each in markers if each is not None), []


def _pattern(value: Any, path: KeyPath, document: Document) -> tuple[Arguments | None, list[Finding]]:
    if not isinstance(value, str):
        return None, [document.finding(path, "rule-arguments", "the pattern is not text", "Put quotes around it.")]
    findings = pattern_findings(value, document, path)
    return (None, findings) if findings else ((to_re2(value),), [])


def _typed(value: Any, path: KeyPath, type_: FieldType, document: Document) -> Scalar | None:
    """Return a value as the column's type wants it; numbers are text for text columns, as they were spelt."""
    spelt = document.spelling(path) if type_.kind in _TEXTS else None
    found: Scalar = spelt if spelt is not None else value
    return found if is_value(found, type_) else None
