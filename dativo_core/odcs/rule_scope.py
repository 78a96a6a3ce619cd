"""Which rows a quality rule is about: those of a run, those of the partitions it writes to, or all of its table."""

from collections.abc import Iterator

from dativo_core.model.finding import Finding
from dativo_core.odcs.contract import RuleScope
from dativo_core.odcs.declared import DeclaredRule
from dativo_core.odcs.library import DUPLICATES, FRESHNESS, ROW_COUNTS, ROW_TESTS, SQL
from dativo_core.odcs.thresholds import Operator, Threshold
from dativo_core.workspace.document import Document

OF_THE_TABLE = frozenset({*ROW_COUNTS, *DUPLICATES, FRESHNESS, SQL})
"""Rules that are about the whole table unless they say otherwise; all others are about the rows of a run."""


_OF_NO_ROW = frozenset({*ROW_COUNTS, FRESHNESS, SQL})
"""Rules that are not broken by any one row."""


def scope_of(rule: DeclaredRule) -> RuleScope:
    """Return the scope that is written, else the default of the rule; of a word that is none, a finding tells."""
    written = rule.arguments.get("dativoscope")
    if written in tuple(RuleScope):
        return RuleScope(written)
    is_of_run = is_accounting(rule) or quarantines(rule)
    return RuleScope.TABLE if rule.kind in OF_THE_TABLE and not is_of_run else RuleScope.RUN


def is_accounting(rule: DeclaredRule) -> bool:
    """Whether a rule asks that all rows of a run are accounted for, and compares them with no other number."""
    has_operator = any(value is not None for value in rule.operators.values())
    return rule.kind in ROW_COUNTS and (rule.method or "").lower() == "reconciliation" and not has_operator


def check_scope(rule: DeclaredRule, document: Document) -> Iterator[Finding]:
    """Yield that a rule asks, of rows that are there already, what can only be done with those of a run."""
    if scope_of(rule) is RuleScope.RUN:
        return
    path = rule.argument_paths.get("dativoscope", rule.path)
    hint = "Remove dativoScope, or write run."
    if is_accounting(rule):
        message = "a reconciliation without an operator accounts for the rows of the run"
        yield document.finding(path, "rule-arguments", message, hint)
    elif quarantines(rule):
        message = "only rows of the run can be held back (dativoDisposition: quarantine)"
        yield document.finding(path, "rule-arguments", message, hint)


def quarantines(rule: DeclaredRule) -> bool:
    """Whether a rule that looks at single rows, or compares them, asks that those which break it are held back."""
    can_reject = rule.kind in ROW_TESTS or rule.kind in DUPLICATES
    return can_reject and _asks_to_hold_back(rule)


def tolerates(thresholds: tuple[Threshold, ...]) -> bool:
    """Whether operators allow any row that breaks a rule."""
    return any(each.operator is not Operator.MUST_BE or each.bounds != (0,) for each in thresholds)


def check_disposition(rule: DeclaredRule, thresholds: tuple[Threshold, ...], document: Document) -> Iterator[Finding]:
    """Yield that a rule shall hold rows back of which it cannot say that they break it."""
    if not _asks_to_hold_back(rule):
        return
    path = rule.argument_paths.get("dativodisposition", rule.path)
    if rule.kind in _OF_NO_ROW:
        message = f"a rule '{rule.kind}' is about all rows together, and holds no row back"
        yield document.finding(path, "rule-arguments", message, "Remove dativoDisposition.")
    elif tolerates(thresholds):
        message, hint = "a rule with a tolerance holds no row back", "Remove dativoDisposition, or the tolerance."
        yield document.finding(path, "rule-arguments", message, hint)


def _asks_to_hold_back(rule: DeclaredRule) -> bool:
    return rule.arguments.get("dativodisposition") == "quarantine"
