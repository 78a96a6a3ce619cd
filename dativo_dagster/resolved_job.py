"""The one use of Dagster's private API: resolving a job against its own asset instead of the whole code location.

Dagster resolves each asset job by scanning every asset, so that thousands of jobs take minutes to load; resolved like
this, loading stays linear and the job is the same. Should the private names move, the plain path is taken, slower.
"""

import logging
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

import dagster as dg

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

    AssetJob: TypeAlias = dg.JobDefinition | UnresolvedAssetJobDefinition

ASSET_GRAPH_MODULE = "dagster._core.definitions.assets.graph.asset_graph"

logger = logging.getLogger(__name__)


def build_asset_job(
    name: str, description: str, asset: dg.AssetsDefinition, tags: Mapping[str, str], resources: Mapping[str, Any]
) -> "AssetJob":
    """Return the job that materialises all of `asset` in one process, resolved unless Dagster's internals moved.

    It plans no check, since a planned check that gets no result hides its last one, and a run with nothing new has none
    to give. Results of checks that are not planned count all the same.
    """
    job = dg.define_asset_job(
        name,
        description=description,
        selection=dg.AssetSelection.assets(asset).without_checks(),
        tags=tags,
        executor_def=dg.in_process_executor,
    )
    try:
        graph = import_module(ASSET_GRAPH_MODULE).AssetGraph.from_assets([asset])
        return job.resolve(asset_graph=graph, resource_defs=resources)
    except (ImportError, AttributeError, TypeError) as error:
        logger.warning("jobs are resolved the slow way, since Dagster's internals moved: %s", error)
        return job
