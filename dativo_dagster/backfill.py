"""Asking Dagster for a backfill: real ones, with progress and cancel, obeying how many partitions one run loads.

Dagster has no public way yet to ask for one in code. The private names are used here only; once a run request for a range
of partitions is public, this module is what changes.
"""

import uuid
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import dagster as dg

from dativo_dagster.run_keys import RunEnd

TITLE_LENGTH = 100
DAEMON_SILENT_S = 120.0
"""A daemon shows that it lives every 30 seconds."""

_ENDS = {
    "COMPLETED": RunEnd.SUCCEEDED,
    "COMPLETED_SUCCESS": RunEnd.SUCCEEDED,
    "COMPLETED_FAILED": RunEnd.FAILED,
    "FAILED": RunEnd.FAILED,
    "CANCELED": RunEnd.CANCELED,
}


@dataclass(frozen=True)
class PastBackfill:
    """A backfill of a job: how far it has come, which partitions it is of and which of them have landed.

    `error` is what stopped Dagster itself, not what a run failed with.
    """

    backfill_id: str
    end: RunEnd
    asked_at: datetime
    ended_at: datetime | None
    tags: Mapping[str, str]
    keys: frozenset[str]
    landed: frozenset[str]
    error: str = ""

    @property
    def missing(self) -> frozenset[str]:
        """Partitions that have not landed, or not yet."""
        return self.keys - self.landed


def backfill_request(asset: dg.AssetsDefinition, keys: Iterable[str], tags: Mapping[str, str]) -> dg.RunRequest:
    """Return what a sensor yields to have partitions of a job's tables loaded again.

    The sensor must be declared with an asset selection.
    """
    return dg.RunRequest.for_asset_graph_subset(_subset(asset, keys), tags=dict(tags))


def start_backfill(
    instance: dg.DagsterInstance,
    asset: dg.AssetsDefinition,
    keys: Iterable[str],
    tags: Mapping[str, str],
    reason: str,
    backfill_id: str | None = None,
) -> str:
    """Ask an instance to load partitions of a job's tables again, and return the id of the backfill.

    Its daemon starts the runs. Keys of dynamic partitions are made known to the instance. The first line of `reason` is the
    title.
    """
    keys = tuple(keys)
    partitions = asset.partitions_def
    if isinstance(partitions, dg.DynamicPartitionsDefinition) and partitions.name is not None:
        instance.add_dynamic_partitions(partitions.name, list(keys))
    backfill_id = backfill_id or uuid.uuid4().hex[:8]
    backfill = _backfills().PartitionBackfill.from_asset_graph_subset(
        backfill_id=backfill_id,
        backfill_timestamp=datetime.now(UTC).timestamp(),
        tags=dict(tags),
        dynamic_partitions_store=instance,
        asset_graph_subset=_subset(asset, keys),
        title=reason.splitlines()[0][:TITLE_LENGTH],
        description=reason,
        run_config=None,
    )
    instance.add_backfill(backfill)
    return backfill_id


def past_backfills(
    instance: dg.DagsterInstance, asset: dg.AssetsDefinition, tags: Mapping[str, str], limit: int
) -> list[PastBackfill]:
    """Return the latest backfills of a job that have some tags, the newest first. Reads Dagster's database alone."""
    filters = _backfills().BulkActionsFilter(tags=dict(tags))
    with warnings.catch_warnings():
        # Dagster's own query for tags is spelt in a way that SQLAlchemy warns of.
        warnings.filterwarnings("ignore", message="Coercing Subquery object into a select")
        found = instance.get_backfills(filters=filters, limit=limit)
    return [_past_backfill(each, asset) for each in found]


def find_backfill(instance: dg.DagsterInstance, asset: dg.AssetsDefinition, backfill_id: str) -> PastBackfill | None:
    """Return a backfill by its id; None when there is none."""
    found = instance.get_backfill(backfill_id)
    return _past_backfill(found, asset) if found is not None else None


def cancel_backfill(instance: dg.DagsterInstance, backfill_id: str) -> bool:
    """Ask the daemon to end a backfill and its runs; return whether it was still underway."""
    found: Any = instance.get_backfill(backfill_id)
    status = _backfills().BulkActionStatus
    if found is None or found.status not in {status.REQUESTED, status.CANCELING}:
        return False
    instance.update_backfill(found.with_status(status.CANCELING))
    return True


def backfill_tags(instance: dg.DagsterInstance, backfill_id: str) -> Mapping[str, str] | None:
    """Return the tags of a backfill, which say whose it is; None when there is none."""
    found = instance.get_backfill(backfill_id)
    return dict(found.tags) if found is not None else None


def is_daemon_alive(instance: dg.DagsterInstance) -> bool:
    """Return whether the daemon that starts the runs of backfills has shown lately that it lives."""
    beat = instance.get_daemon_heartbeats().get("BACKFILL")
    return beat is not None and datetime.now(UTC).timestamp() - beat.timestamp < DAEMON_SILENT_S


def _past_backfill(backfill: Any, asset: dg.AssetsDefinition) -> PastBackfill:
    keys, landed = _partitions(backfill, asset)
    ended = backfill.backfill_end_timestamp
    return PastBackfill(
        backfill_id=backfill.backfill_id,
        end=_ENDS.get(backfill.status.value, RunEnd.UNFINISHED),
        asked_at=datetime.fromtimestamp(backfill.backfill_timestamp, UTC),
        ended_at=datetime.fromtimestamp(ended, UTC) if ended else None,
        tags=dict(backfill.tags),
        keys=keys,
        landed=landed,
        error=backfill.error.message if backfill.error is not None else "",
    )


def _partitions(backfill: Any, asset: dg.AssetsDefinition) -> tuple[frozenset[str], frozenset[str]]:
    """Return the partitions a backfill is of and those that have landed; none where they are not the job's any more."""
    table = _tables(asset)[0]
    try:
        data = backfill.get_asset_backfill_data(_graph(asset))
    except (dg.DagsterError, KeyError, ValueError):
        return frozenset(), frozenset()
    wanted, landed = (
        frozenset(subset.get_partitions_subset(table).get_partition_keys())
        if table in subset.asset_keys
        else frozenset()
        for subset in (data.target_subset, data.materialized_subset)
    )
    return wanted, landed & wanted


def _backfills() -> Any:
    return import_module("dagster._core.execution.backfill")


def _tables(asset: dg.AssetsDefinition) -> list[dg.AssetKey]:
    return [spec.key for spec in asset.specs if "quarantine" not in spec.kinds]


def _graph(asset: dg.AssetsDefinition) -> Any:
    return import_module("dagster._core.definitions.assets.graph.asset_graph").AssetGraph.from_assets([asset])


def _subset(asset: dg.AssetsDefinition, keys: Iterable[str]) -> Any:
    """Return partitions of a job's tables as Dagster holds them; its quarantine tables come with the tables."""
    kind = import_module("dagster._core.definitions.assets.graph.asset_graph_subset").AssetGraphSubset
    partition = import_module("dagster._core.definitions.events").AssetKeyPartitionKey
    tables = _tables(asset)
    keys = tuple(keys)
    wanted = {partition(table, key) for table in tables for key in keys}
    return kind.from_asset_partition_set(wanted, _graph(asset))
