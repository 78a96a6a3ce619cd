"""Which assets a stream stands for in Dagster; every name comes from `dativo_core.model.names`."""

from dataclasses import dataclass

import dagster as dg

from dativo_core.model.names import asset_key, slug, source_key
from dativo_core.plan.types import IngestPlan, StreamPlan


@dataclass(frozen=True)
class StreamKeys:
    """The table, the table of its rejected rows, and the source object the rows come from."""

    table: dg.AssetKey
    quarantine: dg.AssetKey
    source: dg.AssetKey


def stream_keys(plan: IngestPlan, stream: StreamPlan) -> StreamKeys:
    """Return the asset keys of a stream: `[tenant, job]`, or `[tenant, job, object]` when the job has several objects.

    A slug never holds `__`, so the quarantine's last part cannot be the name of another job or object.
    """
    single = len(plan.streams) == 1
    path = asset_key(plan.tenant, plan.job) if single else (*asset_key(plan.tenant, plan.job), slug(stream.object))
    return StreamKeys(
        table=dg.AssetKey(path),
        quarantine=dg.AssetKey([*path[:-1], f"{path[-1]}__quarantine"]),
        source=dg.AssetKey(source_key(plan.tenant, plan.source.type, stream.object)),
    )
