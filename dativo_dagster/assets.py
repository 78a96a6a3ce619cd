"""One job as one Dagster asset definition."""

from collections.abc import Iterator, Sequence

import dagster as dg

from dativo_core.collection import collection_held_back
from dativo_core.model.names import op_name, pool_name
from dativo_core.plan.types import IngestPlan, SchedulePlan, StreamPlan
from dativo_dagster.checks import check_specs
from dativo_dagster.freshness import scheduled_freshness
from dativo_dagster.keys import stream_keys
from dativo_dagster.launch import LaunchConfig
from dativo_dagster.partitions import backfill_policy, partitions_def
from dativo_dagster.resources import RESOURCE_KEYS
from dativo_dagster.translate import DativoTranslator

IngestEvent = (
    dg.MaterializeResult[None]
    | dg.AssetMaterialization
    | dg.AssetObservation
    | dg.AssetCheckResult
    | dg.AssetCheckEvaluation
)
"""Yielded, never logged by the context: what is logged right before a failure gets lost."""


def build_asset(
    plan: IngestPlan, translator: DativoTranslator, schedules: Sequence[SchedulePlan] = ()
) -> dg.AssetsDefinition:
    """Return the asset definition of a job: per stream its table, its quarantine table and its checks.

    The `schedules` of runner.yaml say how old a table may be where neither its contract nor its job does.
    All outputs can be left out (`can_subset`, `skippable`), so that a run with nothing new succeeds without any.
    """
    specs = [
        spec
        for stream in plan.streams
        for spec in (_table_spec(plan, stream, translator, schedules), translator.get_quarantine_spec(plan, stream))
    ]
    checks = [spec for stream in plan.streams for spec in check_specs(stream, stream_keys(plan, stream).table)]

    @dg.multi_asset(
        name=op_name(plan.tenant, plan.job),
        specs=specs,
        check_specs=checks,
        can_subset=True,
        pool=pool_name(plan.tenant),
        partitions_def=partitions_def(plan),
        backfill_policy=backfill_policy(plan),
        required_resource_keys=set(RESOURCE_KEYS),
    )
    def ingest(context: dg.AssetExecutionContext, config: LaunchConfig) -> Iterator[IngestEvent]:
        # Reading and writing data imports pyarrow and pyiceberg, which cost seconds: only a run pays for them.
        with collection_held_back():
            from dativo_core.telemetry.exceptions import without_secrets
            from dativo_dagster.runner import run_job

        try:
            yield from run_job(context, plan, config)
        except Exception as error:
            # Dagster keeps the words of an exception, and of all it was raised from, in its database.
            shown = without_secrets(error)
            if shown is error:
                raise
            raise shown from shown.__cause__

    return ingest


def _table_spec(
    plan: IngestPlan, stream: StreamPlan, translator: DativoTranslator, schedules: Sequence[SchedulePlan]
) -> dg.AssetSpec:
    spec = translator.get_asset_spec(plan, stream)
    policy = spec.freshness_policy or scheduled_freshness(schedules)
    return spec.replace_attributes(freshness_policy=policy)
