"""Library rules that compare a metric of all rows in their scope with a threshold."""

from collections.abc import Mapping

from dativo_core.model.finding import Finding
from dativo_core.odcs.contract import Metric
from dativo_core.odcs.declared import DeclaredColumn, DeclaredRule
from dativo_core.odcs.draft_rule import DraftRule, RowTest, measured
from dativo_core.odcs.library import METRICS
from dativo_core.odcs.operators import (
    AGE,
    COUNT,
    PERCENT,
    ROWS,
    SHARE,
    VALUES,
    check_operators,
    read_time_unit,
    read_unit,
)
from dativo_core.odcs.rule_arguments import rule_column
from dativo_core.odcs.rule_scope import scope_of
from dativo_core.odcs.thresholds import Operator, Threshold
from dativo_core.odcs.types import TypeKind, has_many
from dativo_core.workspace.document import Document

_NONE = (Threshold(Operator.MUST_BE, (0,)),)
_MOMENTS = frozenset({TypeKind.DATE, TypeKind.TIMESTAMP, TypeKind.TIMESTAMPTZ})

Read = tuple[list[DraftRule], list[Finding]]


def count_rule(
    rule: DeclaredRule,
    thresholds: tuple[Threshold, ...],
    column: str,
    tests: tuple[RowTest, ...],
    document: Document,
) -> Read:
    """Return a rule about how many rows break any of some tests of a column; without an operator none may."""
    return _measured(rule, METRICS[tests[0].kind], (column,), thresholds or _NONE, document, tests)


def duplicates_rule(
    rule: DeclaredRule, thresholds: tuple[Threshold, ...], columns: tuple[str, ...], document: Document
) -> Read:
    """Return a rule about how many rows, or elements of lists, repeat what an earlier one has in some columns."""
    counted = VALUES if any(map(has_many, columns)) else ROWS
    return _measured(rule, Metric.DUPLICATE_VALUES, columns, thresholds or _NONE, document, counted=counted)


def row_count_rule(rule: DeclaredRule, thresholds: tuple[Threshold, ...], document: Document) -> Read:
    """Return a rule about how many rows there are; without an operator, that all that were read are accounted for."""
    if rule.column is not None:
        message, hint = f"the rule '{rule.kind}' is about a table", "Move it from the column to its table."
        return [], [document.finding(rule.path, "rule-level", message, hint)]
    unit, findings = read_unit(rule, document)
    if unit == PERCENT:
        message, hint = "a count of rows is no share", "Remove the unit."
        return [], [document.finding((*rule.path, "unit"), "unit-unknown", message, hint)]
    findings += check_operators(thresholds, COUNT, rule, document) if thresholds else []
    return [measured(Metric.ROW_COUNT, (), thresholds, ROWS, rule.path, scope=scope_of(rule))], findings


def age_rule(
    rule: DeclaredRule,
    thresholds: tuple[Threshold, ...],
    columns: Mapping[str, DeclaredColumn],
    document: Document,
) -> Read:
    """Return a rule about how long ago the newest value of a column was."""
    column, findings = rule_column(rule, columns, document)
    if column is None or column.type is None:
        return [], findings
    if column.type.kind not in _MOMENTS:
        message = f"values of type {column.type} have no age"
        hint = "Name a column of dates or timestamps, or such a part of one."
        return [], [document.finding(rule.path, "rule-arguments", message, hint)]
    unit, findings = read_time_unit(rule, document)
    findings += check_operators(thresholds, AGE, rule, document)
    draft = measured(Metric.FRESHNESS, (column.name,), thresholds, unit, rule.path, scope=scope_of(rule))
    return [draft], findings


def _measured(
    rule: DeclaredRule,
    metric: Metric,
    columns: tuple[str, ...],
    thresholds: tuple[Threshold, ...],
    document: Document,
    tests: tuple[RowTest, ...] = (),
    counted: str = ROWS,
) -> Read:
    unit, findings = read_unit(rule, document)
    findings += check_operators(thresholds, SHARE if unit == PERCENT else COUNT, rule, document)
    unit = counted if unit == ROWS else unit
    return [measured(metric, columns, thresholds, unit, rule.path, tests, scope_of(rule))], findings
