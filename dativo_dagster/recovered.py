"""Loads that were committed but never recorded, because their run died in between: the next run records them."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from dativo_core.flow import RunState, StreamReport
from dativo_dagster.keys import StreamKeys

SEARCHED = 100
"""How many of a table's materialisations since a commit are searched for it; its own is among the first."""

CLOCK_SKEW_S = 60


def recovered_materializations(
    instance: dg.DagsterInstance, report: StreamReport, keys: StreamKeys
) -> Iterator[dg.AssetMaterialization]:
    """Yield the load a run found in its table's state when Dagster has no materialisation of it.

    The load may have been made by a run that was killed after its commit, or by the command line.
    """
    state = report.state_before
    if state is not None and state.change is not None:
        # A change by hand is no load; the next load tells it. A load that was copied here is another table's.
        load = state.change.load
        state = load if load is not None and load.table_uuid == state.table_uuid else None
    is_of_partitions = report.window is not None and bool(report.window.partitions)
    if state is None or is_of_partitions or _is_recorded(instance, keys.table, state):
        return
    snapshot = str(state.snapshot_id)
    yield dg.AssetMaterialization(keys.table, metadata=_metadata(state), tags={"dagster/data_version": snapshot})
    if state.rows_quarantined:
        told = {"dativo/recovered": True, "dativo/rows_quarantined": state.rows_quarantined}
        yield dg.AssetMaterialization(keys.quarantine, metadata=told)


def _is_recorded(instance: dg.DagsterInstance, table: dg.AssetKey, state: RunState) -> bool:
    """Compare snapshots, not sequences: those begin again when a table is dropped and loaded anew."""
    since = dg.AssetRecordsFilter(table, after_timestamp=state.committed_at.timestamp() - CLOCK_SKEW_S)
    for record in instance.fetch_materializations(since, limit=SEARCHED, ascending=True).records:
        recorded = record.asset_materialization
        told = recorded.metadata.get("dativo/snapshot_id") if recorded else None
        if told is not None and str(told.value) == str(state.snapshot_id):
            return True
    return False


def _metadata(state: RunState) -> dict[str, Any]:
    return {
        "dativo/recovered": True,
        "dativo/run_id": state.run_id,
        "dativo/sequence": state.sequence,
        "dativo/snapshot_id": str(state.snapshot_id),
        "dativo/plan_digest": state.config_digest,
        "dativo/committed_at": dg.MetadataValue.timestamp(state.committed_at),
        "dativo/rows_read": state.rows_read,
        "dativo/rows_written": state.rows_written,
        "dativo/rows_quarantined": state.rows_quarantined,
        "dativo/rows_skipped": state.rows_skipped,
    }
