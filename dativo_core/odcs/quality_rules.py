"""Quality rules: those that hold a row back, those that compare a metric with a threshold, those that are not executed.

A rule about the run without an operator, or with `mustBe: 0`, tolerates no row: each row that breaks it is rejected. A rule
with any other operator, one about partitions or the whole table, and one about duplicates that only warns and does not
say `dativoDisposition: quarantine`, filters nothing; it is counted over all rows in its scope and compared once.
"""

from collections.abc import Mapping
from dataclasses import replace

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.names import slug
from dativo_core.odcs.contract import CheckSeverity, Purpose, RuleKind, RuleScope
from dativo_core.odcs.declared import DeclaredColumn, DeclaredRule
from dativo_core.odcs.draft_rule import (
    FOR_PEOPLE,
    TOLD,
    DraftRule,
    LeftOut,
    RowTest,
    executed,
    not_executed,
    unique,
)
from dativo_core.odcs.library import (
    DUPLICATES,
    EXECUTED,
    FRESHNESS,
    KNOWN,
    ROW_COUNTS,
    SEVERITIES,
    SQL,
    TEXT,
)
from dativo_core.odcs.metric_rules import age_rule, count_rule, duplicates_rule, row_count_rule
from dativo_core.odcs.operators import read_operators, read_unit
from dativo_core.odcs.own_engine import is_own_engine
from dativo_core.odcs.rule_arguments import (
    asked_tests,
    check_arguments,
    key_columns,
    lists_null,
    read_arguments,
    rule_column,
)
from dativo_core.odcs.rule_scope import check_disposition, check_scope, is_accounting, quarantines, scope_of, tolerates
from dativo_core.odcs.rule_words import check_words
from dativo_core.odcs.sql_rules import Tables, sql_rule
from dativo_core.odcs.thresholds import Threshold
from dativo_core.workspace.document import Document
from dativo_core.workspace.validate import did_you_mean

Read = tuple[list[DraftRule], list[Finding]]

_BARE = frozenset({"duplicatecount", "duplicatevalues", FRESHNESS, *ROW_COUNTS})
"""Rules that say nothing without an operator."""


def quality_rules(
    rule: DeclaredRule,
    columns: Mapping[str, DeclaredColumn],
    tables: Tables,
    document: Document,
) -> Read:
    """Return the rules that one quality rule of a table becomes, and what is wrong with it.

    `columns` holds parts of nested columns too. Queries read `tables`.
    """
    findings = [*check_words(rule, document), *_check_extensions(rule, document), *check_scope(rule, document)]
    findings += check_arguments(rule, document)
    if rule.kind == SQL:
        findings += check_disposition(rule, (), document)
        drafts, problems = sql_rule(rule, tables, document)
        return [_named(draft, rule, is_one_of=False) for draft in drafts], [*findings, *problems]
    thresholds, problems = read_operators(rule, document) if rule.kind != TEXT else ((), [])
    findings += [*problems, *check_disposition(rule, thresholds, document)]
    if rule.kind not in EXECUTED:
        return [_left_out(rule)], findings
    if problems or (_is_bare(rule) and not thresholds):
        return [], [*findings, *([] if problems else [_operator_missing(rule, document)])]
    drafts, problems = _read(rule, thresholds, columns, document)
    is_one_of = len(drafts) > 1
    return [_named(draft, rule, is_one_of) for draft in drafts], [*findings, *problems]


def _read(
    rule: DeclaredRule,
    thresholds: tuple[Threshold, ...],
    columns: Mapping[str, DeclaredColumn],
    document: Document,
) -> Read:
    if rule.kind in ROW_COUNTS:
        return row_count_rule(rule, thresholds, document)
    if rule.kind == FRESHNESS:
        return age_rule(rule, thresholds, columns, document)
    is_counted = tolerates(thresholds) or scope_of(rule) is not RuleScope.RUN
    if rule.kind in DUPLICATES:
        names, findings = key_columns(rule, columns, document)
        if not names:
            return [], findings
        if is_counted or not (quarantines(rule) or _severity(rule) is CheckSeverity.ERROR):
            return duplicates_rule(rule, thresholds, names, document)
        return [unique(names, rule.path)], [*findings, *read_unit(rule, document)[1]]
    column, findings = rule_column(rule, columns, document)
    if column is None:
        return [], findings
    tests, findings = _tests(rule, column, document)
    if not tests:
        return [], findings
    if is_counted:
        return count_rule(rule, thresholds, column.name, tests, document)
    findings += read_unit(rule, document)[1]
    return [executed(column.name, test.kind, test.arguments, rule.path) for test in tests], findings


def _tests(rule: DeclaredRule, column: DeclaredColumn, document: Document) -> tuple[tuple[RowTest, ...], list[Finding]]:
    """Return what each value of a column is tested for; nothing when an argument is wrong."""
    tests: list[RowTest] = []
    findings: list[Finding] = []
    for kind in asked_tests(rule):
        arguments, problems = read_arguments(rule, kind, column, document)
        findings += problems
        if arguments is not None and (arguments or kind is not RuleKind.MISSING_VALUES):
            tests.append(RowTest(kind, arguments))
    if rule.kind == "missingvalues" and lists_null(rule):
        tests.append(RowTest(RuleKind.REQUIRED, ()))
    return (() if findings else tuple(tests)), findings


def _left_out(rule: DeclaredRule) -> DraftRule:
    subject = rule.column or "table"
    description = rule.description or f"{subject}: {rule.kind}"
    draft = not_executed(subject, rule.kind or "rule", description, rule.path, _reason(rule))
    return _named(draft, rule, is_one_of=False)


def _reason(rule: DeclaredRule) -> LeftOut:
    if rule.kind == TEXT:
        return FOR_PEOPLE
    if rule.kind not in KNOWN:
        return TOLD
    engine = f"is written for the engine '{rule.engine}', which is not installed" if rule.engine else "names no engine"
    if is_own_engine(rule.engine):
        engine = f"is written for the engine '{rule.engine}', and its implementation is no library rule"
    return LeftOut("custom-engine-unknown", engine)


def _named(draft: DraftRule, rule: DeclaredRule, is_one_of: bool) -> DraftRule:
    severity = _severity(rule) or CheckSeverity.ERROR
    purpose = Purpose(rule.dimension, rule.business_impact, rule.method)
    draft = replace(draft, purpose=purpose, quarantines=quarantines(rule))
    description = draft.description if draft.kind is None else rule.description or draft.description
    if not rule.name or not any(letter.isalnum() and letter.isascii() for letter in rule.name):
        return replace(draft, severity=severity, description=description)
    name = f"{slug(rule.name)}__{draft.kind}" if is_one_of else slug(rule.name)
    return replace(draft, id=name, is_named=True, severity=severity, description=description)


def _severity(rule: DeclaredRule) -> CheckSeverity | None:
    return SEVERITIES.get((rule.severity or "error").strip().lower())


def _check_extensions(rule: DeclaredRule, document: Document) -> list[Finding]:
    findings: list[Finding] = []
    if not rule.kind:
        message = "the rule asks for nothing, and is not executed"
        hint = "Add rule: NAME, such as nullCheck or rowCount, or write type: text."
        findings.append(document.finding(rule.path, "rule-inert", message, hint, Severity.WARNING))
    elif rule.kind not in KNOWN:
        message = f"the rule '{rule.kind}' is not known, and not executed"
        hint = did_you_mean(rule.kind, KNOWN)
        findings.append(document.finding((*rule.path, "rule"), "rule-unknown", message, hint, Severity.WARNING))
    allowed: dict[str, tuple[str, ...]] = {
        "dativoscope": tuple(RuleScope),
        "dativobounds": ("inclusive", "exclusive"),
        "dativodisposition": ("quarantine",),
    }
    for name, words in allowed.items():
        value = rule.arguments.get(name, words[0])
        if value not in words:
            path = rule.argument_paths.get(name, rule.path)
            message, hint = f"'{value}' is none of its values", f"Use one of: {', '.join(words)}."
            findings.append(document.finding(path, "rule-arguments", message, hint))
    return findings


def _is_bare(rule: DeclaredRule) -> bool:
    return rule.kind in _BARE and not is_accounting(rule)


def _operator_missing(rule: DeclaredRule, document: Document) -> Finding:
    message = f"the rule '{rule.kind}' needs an operator"
    hint = "Add mustBe, mustBeGreaterThan, mustBeLessThan, mustBeBetween or a variant."
    return document.finding(rule.path, "operator-missing", message, hint)
