"""A run's report as Dagster sees it: materialisations with numbers, check results, and the failure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import dagster as dg

from dativo_core.flow import CheckResult, CheckStatus, StreamOutcome, StreamReport, WindowKind
from dativo_core.odcs.contract import CheckSeverity, Rule
from dativo_core.plan.types import IngestPlan, StreamPlan, WriteMode
from dativo_core.sources.column_names import SHOWN_NAMES
from dativo_core.telemetry.redact import redact
from dativo_dagster.keys import StreamKeys

MAX_SAMPLES = 5


def materialize_results(
    plan: IngestPlan, stream: StreamPlan, report: StreamReport, keys: StreamKeys
) -> Iterator[dg.MaterializeResult[None]]:
    """Yield what landed: the table, then the quarantine table if it got rows; nothing when nothing was committed."""
    if report.commit is None or report.outcome is not StreamOutcome.COMMITTED:
        return
    snapshot = dg.DataVersion(str(report.commit.snapshot_id))
    yield dg.MaterializeResult(
        asset_key=keys.table, metadata=table_metadata(plan, stream, report), data_version=snapshot
    )
    if report.counts.quarantined:
        yield dg.MaterializeResult(asset_key=keys.quarantine, metadata=quarantine_metadata(report))


def check_results(
    report: StreamReport, rules: Sequence[Rule], table: dg.AssetKey, declared: frozenset[str]
) -> Iterator[dg.AssetCheckResult]:
    """Yield the results of the checks that are `declared` in the definitions; constraints are summed up in one.

    After a commit every declared check gets one, since Dagster fails a step that leaves one out: what the run did not
    evaluate counts as not passed. After a failure the others stay open, which Dagster shows as not executed.
    """
    checks = {rule.id: rule.check for rule in rules}
    parts: dict[str, list[CheckResult]] = {}
    for result in report.checks:
        parts.setdefault(checks.get(result.id, result.id), []).append(result)
    landed = report.outcome is StreamOutcome.COMMITTED
    for name in parts:
        if name in declared:
            yield _check_result(_summed(name, parts[name]), parts[name], table, landed)
    if landed:
        yield from (_unevaluated(name, table) for name in sorted(declared - parts.keys()))


def _summed(name: str, parts: Sequence[CheckResult]) -> CheckResult:
    """Return one result for rules that are reported together; all constraints have the severity of the first."""
    if len(parts) == 1:
        return replace(parts[0], id=name)
    broken = [part for part in parts if part.status is not CheckStatus.PASSED]
    samples = tuple(sample for part in broken for sample in part.samples)[:MAX_SAMPLES]
    violations = sum(part.violations for part in parts)
    status_of = broken[0] if broken else parts[0]
    return replace(status_of, id=name, violations=violations, samples=samples, description="")


def _check_result(
    result: CheckResult, parts: Sequence[CheckResult], table: dg.AssetKey, landed: bool
) -> dg.AssetCheckResult:
    metadata: dict[str, Any] = {
        "dativo/status": result.status.value,
        "dativo/severity": result.severity.value,
        "dativo/rows_evaluated": result.rows_evaluated,
        "dativo/violations": result.violations,
    }
    if result.operator:
        metadata |= {"dativo/operator": result.operator, "dativo/unit": result.unit}
    if result.value is not None:
        metadata["dativo/value"] = result.value
    if result.note:
        metadata["dativo/note"] = result.note
    if result.samples:
        metadata["dativo/samples"] = list(result.samples)
    if len(parts) > 1:
        records = [dg.TableRecord({"rule": part.description, "violations": part.violations}) for part in parts]
        metadata["dativo/rules"] = dg.MetadataValue.table(records)
    return dg.AssetCheckResult(
        passed=result.status is CheckStatus.PASSED,
        asset_key=table,
        check_name=result.id,
        severity=_severity(result, landed),
        metadata=metadata,
        description=result.description or None,
    )


def _severity(result: CheckResult, landed: bool) -> dg.AssetCheckSeverity:
    """A result that did not stop the load is a warning: the broken rows were within the job's reject budget."""
    blocks = not landed and result.severity is CheckSeverity.ERROR and result.status is not CheckStatus.UNEXECUTED
    return dg.AssetCheckSeverity.ERROR if blocks else dg.AssetCheckSeverity.WARN


def _unevaluated(name: str, table: dg.AssetKey) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=False,
        asset_key=table,
        check_name=name,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"dativo/status": CheckStatus.ERROR.value},
        description="The run reported no result for this check.",
    )


def table_metadata(plan: IngestPlan, stream: StreamPlan, report: StreamReport) -> dict[str, Any]:
    """Return what a run did to a stream's table; counts are rows, sizes bytes, times seconds.

    The snapshot id is text, because a number of 64 bits would be rounded and plotted.
    """
    metadata = {**run_metadata(plan, report), "dativo/files": report.files, "dativo/bytes": report.size_bytes}
    if report.commit is not None:
        metadata["dativo/snapshot_id"] = str(report.commit.snapshot_id)
        metadata["dativo/ref"] = report.commit.ref
        metadata["dativo/sequence"] = report.commit.state.sequence
    if report.window is not None and report.window.partitions:
        metadata["dativo/partitions"] = list(report.window.partitions)
        if len(report.window.partitions) == 1:
            metadata["dagster/partition_row_count"] = report.counts.written
    if stream.write_mode is WriteMode.OVERWRITE or _is_whole(report):
        metadata["dagster/row_count"] = report.counts.written
    return metadata


def _is_whole(report: StreamReport) -> bool:
    return report.window is not None and report.window.kind is WindowKind.FULL


def run_metadata(plan: IngestPlan, report: StreamReport) -> dict[str, Any]:
    """Return how far a run came with one stream, whether it landed or not."""
    metadata: dict[str, Any] = {"dativo/outcome": report.outcome.value, "dativo/plan_digest": plan.digest}
    metadata |= {f"dativo/{name}": rows for name, rows in row_numbers(report).items()}
    for reason, rows in report.counts.skipped.items():
        metadata[f"dativo/rows_skipped_{reason}"] = rows
    for phase, seconds in report.seconds.items():
        metadata[f"dativo/seconds_{phase}"] = round(seconds, 3)
    if report.rejected_files:
        metadata["dativo/rejected_files"] = list(report.rejected_files)
    if report.rules_not_asked:
        metadata["dativo/rules_not_asked"] = report.rules_not_asked
    if report.warnings:
        metadata["dativo/warnings"] = list(report.warnings)
    if report.dropped_columns:
        metadata["dativo/dropped_columns"] = list(report.dropped_columns[:SHOWN_NAMES])
        metadata["dativo/dropped_columns_count"] = len(report.dropped_columns)
    return metadata


def row_numbers(report: StreamReport) -> dict[str, int]:
    """Return a run's rows by name. After a failure nothing was written or quarantined, only read and rejected."""
    counts = report.counts
    if report.outcome is StreamOutcome.FAILED:
        return {"rows_read": counts.read, "rows_rejected": counts.quarantined}
    return {
        "rows_read": counts.read,
        "rows_written": counts.written,
        "rows_quarantined": counts.quarantined,
        "rows_skipped": sum(counts.skipped.values()),
        "rows_deleted": report.rows_deleted,
    }


def quarantine_metadata(report: StreamReport) -> dict[str, Any]:
    """Return how many rows were quarantined and a few of them, as `file:line: reason` under the rule they broke."""
    samples = [
        dg.TableRecord({"rule": check.id, "sample": sample}) for check in report.checks for sample in check.samples
    ]
    metadata: dict[str, Any] = {"dativo/rows_quarantined": report.counts.quarantined}
    if samples:
        metadata["dativo/samples"] = dg.MetadataValue.table(samples)
    return metadata


def failure(plan: IngestPlan, failed: Sequence[StreamReport]) -> dg.Failure:
    """Return the failure of a run: what went wrong with each stream and what to do, and how far a single one came."""
    lines = [redact(f"{report.table}: {report.error}") for report in failed]
    metadata = run_metadata(plan, failed[0]) if len(failed) == 1 else {"dativo/failed_streams": len(failed)}
    return dg.Failure("\n".join(lines), metadata=metadata, allow_retries=False)
