"""Quality rules: those that every row is checked against, the others shown as not executed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.names import slug
from dativo_core.odcs.contract import CheckSeverity, RuleKind, Scalar
from dativo_core.odcs.declared import DeclaredColumn, DeclaredRule
from dativo_core.odcs.draft_rule import DraftRule, executed, not_executed
from dativo_core.odcs.options import bound_value, pattern_findings
from dativo_core.odcs.patterns import to_re2
from dativo_core.odcs.types import FieldType, TypeKind
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.validate import did_you_mean

_KINDS: Mapping[str, tuple[RuleKind, ...]] = {
    **dict.fromkeys(("nullcheck", "nullcount", "nullvalues"), (RuleKind.REQUIRED,)),
    **dict.fromkeys(("validvalues", "invalidvalues"), (RuleKind.ENUM,)),
    "pattern": (RuleKind.PATTERN,),
    "mincheck": (RuleKind.MINIMUM,),
    "maxcheck": (RuleKind.MAXIMUM,),
    "between": (RuleKind.MINIMUM, RuleKind.MAXIMUM),
}
"""Library rules that hold or fail for each row on its own."""

_LIBRARY = {"rowcount", "countcheck", "missingvalues", "duplicatecount", "duplicatevalues", "unique", "freshness"}
_NOT_EXECUTED = frozenset({*_LIBRARY, "sql", "text", "custom"})
"""Rules that are known and need more than one row, or an engine of their own."""

_ARGUMENT = {
    RuleKind.ENUM: "validvalues",
    RuleKind.PATTERN: "pattern",
    RuleKind.MINIMUM: "min",
    RuleKind.MAXIMUM: "max",
}
_NUMBERS = frozenset({TypeKind.INT, TypeKind.LONG, TypeKind.FLOAT, TypeKind.DOUBLE, TypeKind.DECIMAL})
_TEXTS = frozenset({TypeKind.STRING, TypeKind.UUID})


def quality_rules(
    rule: DeclaredRule, columns: Mapping[str, DeclaredColumn], document: Document
) -> tuple[list[DraftRule], list[Finding]]:
    """Return the rules that one quality rule of a table becomes, and what is wrong with it."""
    if rule.kind not in _KINDS or (rule.tolerates and rule.column in columns):
        return [_left_out(rule)], _unknown(rule, document)
    column = columns.get(rule.column or "")
    if column is None:
        return [], [_no_column(rule, columns, document)]
    drafts: list[DraftRule] = []
    findings: list[Finding] = _check_severity(rule, document)
    kinds = _KINDS[rule.kind]
    for kind in kinds:
        arguments, problems = _arguments(rule, kind, column, document)
        findings += problems
        if arguments is not None:
            drafts.append(_named(executed(column.name, kind, arguments, rule.path), rule, is_one_of=len(kinds) > 1))
    return drafts, findings


def _left_out(rule: DeclaredRule) -> DraftRule:
    subject = rule.column or "table"
    draft = not_executed(subject, rule.kind or "rule", rule.description or f"{subject}: {rule.kind}", rule.path)
    return _named(draft, rule, is_one_of=False)


def _named(draft: DraftRule, rule: DeclaredRule, is_one_of: bool) -> DraftRule:
    severity = _severity(rule) or CheckSeverity.ERROR
    description = rule.description or draft.description
    if not rule.name or not any(letter.isalnum() and letter.isascii() for letter in rule.name):
        return replace(draft, severity=severity, description=description)
    name = f"{slug(rule.name)}__{draft.kind}" if is_one_of else slug(rule.name)
    return replace(draft, id=name, is_named=True, severity=severity, description=description)


def _severity(rule: DeclaredRule) -> CheckSeverity | None:
    word = (rule.severity or "error").lower()
    return CheckSeverity(word) if word in set(CheckSeverity) else None


def _check_severity(rule: DeclaredRule, document: Document) -> list[Finding]:
    if _severity(rule) is not None:
        return []
    message = f"the severity '{rule.severity}' is not known; error is used"
    hint = "Use error, warning or info."
    return [document.finding((*rule.path, "severity"), "severity-unknown", message, hint, Severity.WARNING)]


def _unknown(rule: DeclaredRule, document: Document) -> list[Finding]:
    findings = _check_severity(rule, document)
    if rule.kind not in _NOT_EXECUTED and rule.kind not in _KINDS:
        message = f"the rule '{rule.kind}' is not known" if rule.kind else "the rule has no name"
        hint = did_you_mean(rule.kind, {*_KINDS, *_NOT_EXECUTED})
        findings.append(document.finding((*rule.path, "rule"), "rule-unknown", message, hint, Severity.WARNING))
    return findings


def _no_column(rule: DeclaredRule, columns: Mapping[str, DeclaredColumn], document: Document) -> Finding:
    if rule.column is None:
        message, hint = f"the rule '{rule.kind}' needs a column", "Move it below a property, or name its column."
        return document.finding(rule.path, "rule-level", message, hint)
    message = f"the rule is about '{rule.column}', which is no column"
    return document.finding(rule.path, "rule-arguments", message, did_you_mean(rule.column, columns))


def _arguments(
    rule: DeclaredRule, kind: RuleKind, column: DeclaredColumn, document: Document
) -> tuple[tuple[Scalar, ...] | None, list[Finding]]:
    """Return the arguments of a rule as its column's type wants them, or None and why not."""
    if kind is RuleKind.REQUIRED:
        return (), []
    name = _ARGUMENT[kind]
    value, path = rule.arguments.get(name), rule.argument_paths.get(name, rule.path)
    if column.type is None:
        return None, []
    if value is None or value == []:
        message = f"the rule '{rule.kind}' needs the argument '{_SPELLING[name]}'"
        return None, [document.finding(path, "rule-arguments", message, f"Add '{_SPELLING[name]}'.")]
    if kind is RuleKind.PATTERN:
        return _pattern(value, path, document)
    values = value if isinstance(value, list) else [value]
    read = [_typed(each, (*path, at), column.type, document) for at, each in enumerate(values) if each is not None]
    if kind is not RuleKind.ENUM:
        read = [_typed(value, path, column.type, document)]
    if any(each is None for each in read):
        message = f"'{_SPELLING[name]}' does not hold {column.type} values"
        return None, [document.finding(path, "rule-arguments", message, "Write values of the column's type.")]
    return tuple(each for each in read if each is not None), []


_SPELLING = {"validvalues": "validValues", "pattern": "pattern", "min": "min", "max": "max"}


def _pattern(value: Any, path: KeyPath, document: Document) -> tuple[tuple[Scalar, ...] | None, list[Finding]]:
    if not isinstance(value, str):
        return None, [document.finding(path, "rule-arguments", "the pattern is not text", "Put quotes around it.")]
    findings = pattern_findings(value, document, path)
    return (None, findings) if findings else ((to_re2(value),), [])


def _typed(value: Any, path: KeyPath, type_: FieldType, document: Document) -> Scalar | None:
    """Return a value as the column's type wants it; numbers are text for text columns, as they were spelt."""
    if type_.kind in _TEXTS:
        spelt = document.spelling(path)
        return spelt if spelt is not None else value if isinstance(value, str) else None
    if type_.kind is TypeKind.BOOLEAN:
        return value if isinstance(value, bool) else None
    if type_.kind in _NUMBERS:
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None
    return value if isinstance(value, str) and bound_value(value, type_) is not None else None
