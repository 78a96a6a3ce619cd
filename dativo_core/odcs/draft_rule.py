"""A rule on its way into a contract, before its check name is known to be free."""

from collections.abc import Mapping
from dataclasses import dataclass

from dativo_core.model.finding import Severity
from dativo_core.model.names import slug
from dativo_core.odcs.contract import CheckSeverity, RuleKind, Scalar
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
}


@dataclass(frozen=True)
class DraftRule:
    """A rule; `kind` None when this version does not execute it, which a finding of severity `noted` says.

    `column` may be the path of a part of a nested column.
    `is_named` is whether the contract chose the `id`; `is_constraint` whether the column itself states it.
    """

    id: str
    kind: RuleKind | None
    column: str
    arguments: tuple[Scalar, ...]
    severity: CheckSeverity
    description: str
    path: KeyPath
    is_named: bool = False
    noted: Severity = Severity.WARNING
    is_constraint: bool = False


def executed(column: str, kind: RuleKind, arguments: tuple[Scalar, ...], path: KeyPath) -> DraftRule:
    """Return a rule that every row is checked against, named `<column>__<kind>`."""
    described = f"{column} {MEANING[kind].format(', '.join(map(str, arguments)))}"
    return DraftRule(f"{slug(column)}__{kind}", kind, column, arguments, CheckSeverity.ERROR, described, path)


def not_executed(subject: str, what: str, description: str, path: KeyPath) -> DraftRule:
    """Return a rule that is only shown, named `<subject>__<what>`."""
    return DraftRule(f"{slug(subject)}__{slug(what)}", None, subject, (), CheckSeverity.ERROR, description, path)
