"""A rule on its way into a contract, before its check name is known to be free."""

from collections.abc import Mapping
from dataclasses import dataclass

from dativo_core.model.finding import Severity
from dativo_core.model.names import slug, slug_or
from dativo_core.odcs.contract import UNSTATED, CheckSeverity, Metric, Purpose, RuleKind, RuleScope, Scalar, SqlQuery
from dativo_core.odcs.thresholds import Threshold
from dativo_core.odcs.types import has_many
from dativo_core.workspace.document import KeyPath

MEANING: Mapping[RuleKind, str] = {
    RuleKind.REQUIRED: "is never null",
    RuleKind.PATTERN: "matches {}",
    RuleKind.MIN_LENGTH: "has at least {} characters",
    RuleKind.MAX_LENGTH: "has at most {} characters",
    RuleKind.MINIMUM: "is at least {}",
    RuleKind.MAXIMUM: "is at most {}",
    RuleKind.EXCLUSIVE_MINIMUM: "is above {}",
    RuleKind.EXCLUSIVE_MAXIMUM: "is below {}",
    RuleKind.ENUM: "is one of {}",
    RuleKind.MIN_ITEMS: "has at least {} elements",
    RuleKind.MAX_ITEMS: "has at most {} elements",
    RuleKind.UNIQUE_ITEMS: "has no element twice",
    RuleKind.MIN_PROPERTIES: "has at least {} members",
    RuleKind.MAX_PROPERTIES: "has at most {} members",
    RuleKind.HAS_MEMBER: "has the member {}",
    RuleKind.MULTIPLE_OF: "is a multiple of {}",
    RuleKind.FORMAT: "has the format {}",
    RuleKind.MISSING_VALUES: "is none of {}",
}

_MEASURES: Mapping[Metric, str] = {
    Metric.ROW_COUNT: "rows",
    Metric.NULL_VALUES: "rows without {}",
    Metric.MISSING_VALUES: "rows with a marker for missing in {}",
    Metric.INVALID_VALUES: "rows with an invalid {}",
    Metric.DUPLICATE_VALUES: "rows that repeat {} of an earlier one",
    Metric.FRESHNESS: "age of the newest {}",
    Metric.SQL: "value of a query",
}
_PLACES: Mapping[RuleScope, str] = {
    RuleScope.RUN: "",
    RuleScope.PARTITION: " in the partitions written to",
    RuleScope.TABLE: " in the table",
}


@dataclass(frozen=True)
class RowTest:
    """What a value is tested for."""

    kind: RuleKind
    arguments: tuple[Scalar, ...]


@dataclass(frozen=True)
class LeftOut:
    """Why a rule is not executed: the finding's code, what its message says after the rule's name, its level and hint."""

    code: str
    why: str
    severity: Severity = Severity.WARNING
    hint: str = "It is shown as not executed, never as passed."


FOR_PEOPLE = LeftOut(
    "text-not-executable",
    "is text for people and cannot be executed",
    Severity.INFO,
    "It is kept in the contract, and no check is made of it.",
)

TOLD = LeftOut("rule-unknown", "is not known")
"""Why a rule is not executed that already has a finding of its own."""


@dataclass(frozen=True)
class DraftRule:
    """A rule; `kind` None when it is not executed, for the reason `left_out`.

    `column` may be the path of a part of a nested column. `is_named` is whether the contract chose the `id`;
    `is_constraint` whether the column itself states it, `is_of_type` whether its physical type does. `columns`, `tests`,
    `thresholds`, `unit` and `scope` are those of a metric. `quarantines`: rows that break it are held back.
    """

    id: str
    kind: RuleKind | Metric | None
    column: str
    arguments: tuple[Scalar, ...]
    severity: CheckSeverity
    description: str
    path: KeyPath
    is_named: bool = False
    is_constraint: bool = False
    is_of_type: bool = False
    columns: tuple[str, ...] = ()
    tests: tuple[RowTest, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    unit: str = ""
    query: SqlQuery | None = None
    scope: RuleScope = RuleScope.RUN
    left_out: LeftOut = TOLD
    purpose: Purpose = UNSTATED
    quarantines: bool = False


def executed(column: str, kind: RuleKind, arguments: tuple[Scalar, ...], path: KeyPath) -> DraftRule:
    """Return a rule that every row is checked against, named `<column>__<kind>`."""
    described = f"{column} {MEANING[kind].format(', '.join(map(str, arguments)))}"
    return DraftRule(f"{slug(column)}__{kind}", kind, column, arguments, CheckSeverity.ERROR, described, path)


def unique(columns: tuple[str, ...], path: KeyPath, subject: str = "") -> DraftRule:
    """Return a rule that some columns together have no value twice, named `<subject>__unique`, by default by the columns."""
    names = ", ".join(columns)
    described = f"{names} has no value twice" if len(columns) == 1 else f"({names}) has no value twice"
    name = f"{slug(subject or ' '.join(columns))}__{RuleKind.UNIQUE}"
    return DraftRule(name, RuleKind.UNIQUE, names, columns, CheckSeverity.ERROR, described, path)


def measured(
    metric: Metric,
    columns: tuple[str, ...],
    thresholds: tuple[Threshold, ...],
    unit: str,
    path: KeyPath,
    tests: tuple[RowTest, ...] = (),
    scope: RuleScope = RuleScope.RUN,
) -> DraftRule:
    """Return a rule about a metric of all rows in a scope, named `<columns>__<metric>`."""
    wanted = " and ".join(map(str, thresholds)) or "all accounted for"
    counts_values = metric is Metric.DUPLICATE_VALUES and any(map(has_many, columns))
    measure = "values of {} that repeat an earlier one" if counts_values else _MEASURES[metric]
    subject = f"{measure.format(', '.join(columns))}{_place(metric, scope)}"
    described = f"{subject}: {wanted} {unit if thresholds else ''}".rstrip()
    name = f"{slug(' '.join(columns) or 'table')}__{metric}"
    return DraftRule(
        name,
        metric,
        ", ".join(columns),
        (),
        CheckSeverity.ERROR,
        described,
        path,
        columns=columns,
        tests=tests,
        thresholds=thresholds,
        unit=unit,
        scope=scope,
    )


def _place(metric: Metric, scope: RuleScope) -> str:
    return " read" if metric is Metric.ROW_COUNT and scope is RuleScope.RUN else _PLACES[scope]


def not_executed(subject: str, what: str, description: str, path: KeyPath, left_out: LeftOut) -> DraftRule:
    """Return a rule that is only shown, named `<subject>__<what>` as far as a name can be made of what is written."""
    name = f"{slug_or(subject, 'column')}__{slug_or(what, 'rule')}"
    return DraftRule(name, None, subject, (), CheckSeverity.ERROR, description, path, left_out=left_out)
