"""What became of the rules of a contract in a run, as results of Dagster's asset checks."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import dagster as dg

from dativo_core.flow import CheckResult, CheckStatus, StreamOutcome, StreamReport
from dativo_core.odcs.contract import CheckSeverity
from dativo_core.plan.types import StreamPlan
from dativo_dagster.checks import rule_facts
from dativo_dagster.redaction import redacted
from dativo_dagster.shown import shown

MAX_SAMPLES = 5


def check_results(
    report: StreamReport, stream: StreamPlan, table: dg.AssetKey, declared: Collection[str]
) -> Iterator[dg.AssetCheckResult]:
    """Yield the results of the checks that are `declared` in the definitions; constraints are summed up in one.

    After a commit every declared check gets one: what the run did not evaluate counts as not passed. After a failure the
    others keep the result of the load before, or are shown as not executed where Dagster planned them.
    """
    checks = {rule.id: rule.check for rule in stream.rules}
    facts = rule_facts(stream)
    parts: dict[str, list[CheckResult]] = {}
    for result in report.checks:
        parts.setdefault(checks.get(result.id, result.id), []).append(result)
    landed = report.outcome is StreamOutcome.COMMITTED
    for name in parts:
        if name in declared:
            yield _check_result(_summed(name, parts[name]), parts[name], facts.get(name, {}), table, landed)
    if landed:
        yield from (_unevaluated(name, table) for name in sorted(set(declared) - parts.keys()))


def _summed(name: str, parts: Sequence[CheckResult]) -> CheckResult:
    """Return one result for rules that are reported together; all constraints have the severity of the first."""
    if len(parts) == 1:
        return replace(parts[0], id=name)
    broken = [part for part in parts if part.status is not CheckStatus.PASSED]
    samples = tuple(sample for part in broken for sample in part.samples)
    violations = sum(part.violations for part in parts)
    status_of = broken[0] if broken else parts[0]
    return replace(status_of, id=name, violations=violations, samples=samples, description="")


def _check_result(
    result: CheckResult, parts: Sequence[CheckResult], facts: Mapping[str, str], table: dg.AssetKey, landed: bool
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=result.status is CheckStatus.PASSED,
        asset_key=table,
        check_name=result.id,
        severity=_severity(result, landed),
        metadata=redacted({**facts, **_numbers(result), **_parts(parts)}),
        description=_description(result),
    )


def _numbers(result: CheckResult) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "dativo/status": result.status.value,
        "dativo/severity": result.severity.value,
        "dativo/rows_evaluated": result.rows_evaluated,
        "dativo/violations": result.violations,
    }
    if result.operator:
        metadata |= {"dativo/operator": result.operator, "dativo/unit": result.unit}
    if result.value is not None:
        metadata["dativo/value"] = shown(result.value) if isinstance(result.value, str) else result.value
    if result.note:
        metadata["dativo/note"] = shown(result.note)
    if result.samples:
        metadata["dativo/samples"] = [shown(sample) for sample in result.samples[:MAX_SAMPLES]]
    return metadata


def _parts(parts: Sequence[CheckResult]) -> dict[str, Any]:
    if len(parts) == 1:
        return {}
    records = [dg.TableRecord({"rule": shown(part.description), "violations": part.violations}) for part in parts]
    return {"dativo/rules": dg.MetadataValue.table(records)}


def _severity(result: CheckResult, landed: bool) -> dg.AssetCheckSeverity:
    """A result that did not stop the load is a warning: the broken rows were within the job's reject budget."""
    blocks = not landed and result.severity is CheckSeverity.ERROR and result.status is not CheckStatus.UNEXECUTED
    return dg.AssetCheckSeverity.ERROR if blocks else dg.AssetCheckSeverity.WARN


def _description(result: CheckResult) -> str | None:
    match result.status:
        case CheckStatus.UNEXECUTED:
            return f"Not executed: {result.description}"
        case CheckStatus.ERROR:
            return f"Could not be evaluated: {result.description}"
    return result.description or None


def _unevaluated(name: str, table: dg.AssetKey) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=False,
        asset_key=table,
        check_name=name,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"dativo/status": CheckStatus.ERROR.value},
        description="The run reported no result for this check.",
    )
