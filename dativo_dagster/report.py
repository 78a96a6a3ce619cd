"""A run's report as Dagster sees it: materialisations with numbers, and the failure."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from dativo_core.flow import Commit, StreamOutcome, StreamReport, WindowKind
from dativo_core.plan.types import IngestPlan, StreamPlan, WriteMode
from dativo_core.sources.column_names import SHOWN_NAMES
from dativo_core.telemetry.redact import clean_traceback
from dativo_dagster.keys import StreamKeys
from dativo_dagster.redaction import redacted
from dativo_dagster.rejected_rows import rejected_rows
from dativo_dagster.shown import shown_list
from dativo_dagster.snapshot_query import snapshot_query
from dativo_dagster.watermark import watermark


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


def table_metadata(plan: IngestPlan, stream: StreamPlan, report: StreamReport) -> dict[str, Any]:
    """Return what a run did to a stream's table; counts are rows, sizes bytes, times seconds.

    The snapshot id is text, because a number of 64 bits would be rounded and plotted.
    """
    metadata = {**run_metadata(plan, report), "dativo/files": report.files, "dativo/bytes_written": report.size_bytes}
    if report.commit is not None:
        metadata |= _commit_metadata(plan, stream, report.commit)
    metadata |= watermark(report)
    if report.window is not None and report.window.partitions:
        metadata["dativo/partitions"] = list(report.window.partitions)
        if len(report.window.partitions) == 1:
            metadata["dagster/partition_row_count"] = report.counts.written
    if stream.write_mode is WriteMode.OVERWRITE or _is_whole(report):
        metadata["dagster/row_count"] = report.counts.written
    return redacted(metadata)


def _commit_metadata(plan: IngestPlan, stream: StreamPlan, commit: Commit) -> dict[str, Any]:
    snapshot_id = commit.snapshot_id
    metadata: dict[str, Any] = {
        "dativo/snapshot_id": str(snapshot_id),
        "dativo/ref": commit.ref,
        "dativo/sequence": commit.state.sequence,
    }
    query = snapshot_query(plan.target.catalog, Path(plan.root).absolute(), stream.table, snapshot_id)
    return {**metadata, "dativo/query": dg.MetadataValue.md(query)} if query else metadata


def _is_whole(report: StreamReport) -> bool:
    return report.window is not None and report.window.kind is WindowKind.FULL


def run_metadata(plan: IngestPlan, report: StreamReport) -> dict[str, Any]:
    """Return how far a run came with one stream, whether it landed or not."""
    metadata: dict[str, Any] = {"dativo/outcome": report.outcome.value, "dativo/plan_digest": plan.digest}
    metadata |= {f"dativo/{name}": rows for name, rows in row_numbers(report).items()}
    for reason, rows in report.counts.skipped.items():
        metadata[f"dativo/rows_skipped_{reason}"] = rows
    metadata["dativo/bytes_read"] = report.bytes_read
    metadata |= _change_by_hand(report)
    metadata |= _times(report)
    if report.rejected_files:
        metadata["dativo/rejected_files"] = shown_list(report.rejected_files)
        metadata["dativo/rejected_files_count"] = len(report.rejected_files)
    if report.rules_not_asked:
        metadata["dativo/rules_not_asked"] = report.rules_not_asked
    if report.warnings:
        metadata["dativo/warnings"] = shown_list(report.warnings)
    if report.dropped_columns:
        metadata["dativo/dropped_columns"] = shown_list(report.dropped_columns[:SHOWN_NAMES])
        metadata["dativo/dropped_columns_count"] = len(report.dropped_columns)
    return redacted(metadata)


def _change_by_hand(report: StreamReport) -> dict[str, str]:
    """Return who moved the state a run began from, how and why; nothing where a load did."""
    change = report.state_before.change if report.state_before else None
    if change is None:
        return {}
    return {
        "dativo/state_changed": change.verb,
        "dativo/state_changed_by": change.actor,
        "dativo/state_changed_because": change.reason,
    }


def _times(report: StreamReport) -> dict[str, float]:
    """Return the seconds of each phase, of the whole run and of the processor, and the rows read per second."""
    times = {f"dativo/seconds_{phase}": round(seconds, 3) for phase, seconds in report.seconds.items()}
    times["dativo/seconds"] = round(report.elapsed_seconds, 3)
    times["dativo/cpu_seconds"] = round(report.cpu_seconds, 3)
    if report.counts.read and report.elapsed_seconds:
        times["dativo/rows_per_second"] = round(report.counts.read / report.elapsed_seconds, 1)
    return times


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
    """Return how many rows were quarantined, and the first of them."""
    return redacted({"dativo/rows_quarantined": report.counts.quarantined, **rejected_rows(report.first_rejects)})


def failure(plan: IngestPlan, failed: Sequence[StreamReport]) -> dg.Failure:
    """Return the failure of a run: what went wrong with each stream and what to do, and how far a single one came."""
    lines = [clean_traceback(f"{report.table}: {report.error}") for report in failed]
    metadata = unpublished_metadata(plan, failed[0]) if len(failed) == 1 else {"dativo/failed_streams": len(failed)}
    return dg.Failure("\n".join(lines), metadata=metadata, allow_retries=False)


def unpublished_metadata(plan: IngestPlan, report: StreamReport) -> dict[str, Any]:
    """Return what a run that published nothing, because it failed or was a dry one, read and rejected."""
    return {**run_metadata(plan, report), **rejected_rows(report.first_rejects)}
