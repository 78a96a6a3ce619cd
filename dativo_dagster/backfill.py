"""Asking Dagster for a backfill: real ones, with progress and cancel, obeying how many partitions one run loads.

Dagster has no public way yet to ask for one in code. The private names are used here only; once a run request for a range
of partitions is public, this module is what changes.
"""

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import dagster as dg

REASON_TAG = "dativo/reason"


def backfill_request(asset: dg.AssetsDefinition, keys: Iterable[str], tags: Mapping[str, str]) -> dg.RunRequest:
    """Return what a sensor yields to have partitions of a job's tables loaded again.

    The sensor must be declared with an asset selection.
    """
    return dg.RunRequest.for_asset_graph_subset(_subset(asset, keys), tags=dict(tags))


def start_backfill(
    instance: dg.DagsterInstance, asset: dg.AssetsDefinition, keys: Iterable[str], tags: Mapping[str, str], reason: str
) -> str:
    """Ask an instance to load partitions of a job's tables again, and return the id of the backfill.

    Its daemon starts the runs. Keys of dynamic partitions are made known to the instance.
    """
    keys = tuple(keys)
    partitions = asset.partitions_def
    if isinstance(partitions, dg.DynamicPartitionsDefinition) and partitions.name is not None:
        instance.add_dynamic_partitions(partitions.name, list(keys))
    backfill_id = uuid.uuid4().hex[:8]
    backfill = import_module("dagster._core.execution.backfill").PartitionBackfill.from_asset_graph_subset(
        backfill_id=backfill_id,
        backfill_timestamp=datetime.now(UTC).timestamp(),
        tags=dict(tags),
        dynamic_partitions_store=instance,
        asset_graph_subset=_subset(asset, keys),
        title=reason[:TITLE_LENGTH],
        description=reason,
        run_config=None,
    )
    instance.add_backfill(backfill)
    return backfill_id


TITLE_LENGTH = 100


def _subset(asset: dg.AssetsDefinition, keys: Iterable[str]) -> Any:
    """Return partitions of a job's tables as Dagster holds them; its quarantine tables come with the tables."""
    graph = import_module("dagster._core.definitions.assets.graph.asset_graph").AssetGraph.from_assets([asset])
    kind = import_module("dagster._core.definitions.assets.graph.asset_graph_subset").AssetGraphSubset
    partition = import_module("dagster._core.definitions.events").AssetKeyPartitionKey
    tables = [spec.key for spec in asset.specs if "quarantine" not in spec.kinds]
    wanted = {partition(table, key) for table in tables for key in keys}
    return kind.from_asset_partition_set(wanted, graph)
