"""What keeps a run from publishing: more rejected rows than the job allows, and thresholds that are not met."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from dativo_core.contract.checks import check_results
from dativo_core.contract.hidden_answers import hidden_answer
from dativo_core.contract.metrics import Measured, metric_result
from dativo_core.contract.sql_result import Answer, sql_result
from dativo_core.errors import ContractError
from dativo_core.flow import CheckResult, CheckStatus, RowCounts
from dativo_core.odcs.contract import CheckSeverity, MetricRule, RuleKind
from dativo_core.plan.types import StreamPlan
from dativo_core.run.landing import Landed

SHOWN_SAMPLES = 5


def run_checks(stream: StreamPlan, landed: Landed, now: datetime) -> tuple[CheckResult, ...]:
    """Return what the rules of a contract found. Rules about the whole run have no result before all of it was read."""
    counts, tally = landed.counts, landed.tally
    rules = tuple(rule for rule in stream.rules if landed.is_compared or rule.kind is not RuleKind.UNIQUE)
    *results, accounting = check_results(tally, rules, stream.unexecuted_rules, counts)
    if landed.is_compared:
        broken = {**tally.violations, **landed.surplus}
        read = Measured(counts.read, broken, tally.newest, now, counts.is_conserved, values=landed.values)
        measured = {rule.id: read for rule in stream.metrics_while_reading} | landed.measured
        results += [metric_result(rule, measured[rule.id]) for rule in stream.metric_rules if rule.id in measured]
        queried = [rule for rule in stream.metric_rules if rule.id in landed.answers]
        results += [_sql_result(stream, rule, landed.answers[rule.id]) for rule in queried]
    return (*results, accounting)


def _sql_result(stream: StreamPlan, rule: MetricRule, answer: Answer) -> CheckResult:
    others = [name for name, table in stream.relations if table != stream.table]
    return hidden_answer(sql_result(rule, answer), rule, answer, stream.columns, others)


def require_publishable(
    stream: StreamPlan, checks: Sequence[CheckResult], counts: RowCounts, max_rejects: int | None
) -> None:
    """Raise ContractError, saying everything that is in the way; `max_rejects` None allows any number of rejected rows.

    A threshold stops a run when it is not met or cannot be told, unless no row was read: then there is nothing to hold back.
    """
    reasons: list[str] = []
    shown: list[str] = []
    if max_rejects is not None and counts.quarantined > max_rejects:
        allowed = (
            "none is allowed (schema_validation_mode: strict)"
            if max_rejects == 0
            else f"max_rejects allows {max_rejects}"
        )
        reasons.append(f"{counts.quarantined} of {counts.read} rows break the contract and {allowed}")
        shown += [sample for check in checks for sample in check.samples][:SHOWN_SAMPLES]
    unmet = [check for check in checks if check.operator and _blocks(check)]
    if unmet:
        reasons.append(f"{len(unmet)} {'threshold' if len(unmet) == 1 else 'thresholds'} of the contract not met")
        shown += _thresholds(unmet)
    if reasons:
        message = f"{'; '.join(reasons)}; nothing was published"
        listed = "".join(f"\n    {line}" for line in shown)
        hint = f"Fix the rows or the contract {stream.contract.file}. First of them:{listed}"
        raise ContractError(message, hint=hint)


def _blocks(check: CheckResult) -> bool:
    is_told = check.status is CheckStatus.FAILED or (check.status is CheckStatus.ERROR and check.rows_evaluated > 0)
    return is_told and check.severity is CheckSeverity.ERROR


def _thresholds(checks: Sequence[CheckResult]) -> Iterator[str]:
    for check in checks:
        value = "no value" if check.value is None else f"{check.value} {check.unit_of_value}".rstrip()
        yield f"{check.id}: {value}, not {check.operator}" + (f" ({check.note})" if check.note else "")
