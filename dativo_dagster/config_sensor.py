"""One sensor per tenant: a job that wants it is started when what it will do has changed.

The cursor holds, per job, the digest that needs no run any more. It is a hint: a job that it does not know, because it is
new or because the cursor was lost, is compared with its last run, which Dagster remembers by its tags. So a lost cursor
neither starts every job again nor misses a change. A job that has never run is only remembered: it has loaded nothing
that a change would touch. Table states are not asked, since a tick must not wait for a network.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg

from dativo_core.model.names import config_sensor_name, dagster_job_name
from dativo_core.plan.types import IngestPlan
from dativo_dagster.past_runs import past_runs
from dativo_dagster.run_keys import NextRun, next_run
from dativo_dagster.tags import CONFIG_SHA, JOB, TENANT, TRIGGER, run_tags

if TYPE_CHECKING:
    from dativo_dagster.resolved_job import AssetJob

INTERVAL_S = 30

Jobs = Sequence[tuple[IngestPlan, "AssetJob"]]


def build_config_sensors(jobs: Jobs) -> list[dg.SensorDefinition]:
    """Return a sensor for each tenant with a job that says `triggers.config_change`."""
    tenants: dict[str, list[tuple[IngestPlan, AssetJob]]] = {}
    for plan, job in jobs:
        if plan.triggers.config_change:
            tenants.setdefault(plan.tenant, []).append((plan, job))
    return [_sensor(tenant, wanted) for tenant, wanted in tenants.items()]


def _sensor(tenant: str, jobs: Jobs) -> dg.SensorDefinition:
    plans = [plan for plan, _ in jobs]

    def evaluate(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        before = _read_cursor(context.cursor)
        found = {plan.job: _examine(context.instance, plan, before.get(plan.job)) for plan in plans}
        settled = {plan.job: plan.digest if found[plan.job].is_settled else before.get(plan.job) for plan in plans}
        requests = [_request(plan, key) for plan in plans if (key := found[plan.job].run_key) is not None]
        waiting = "; ".join(f"{job}: {next_.reason}" for job, next_ in found.items() if not next_.is_settled)
        return dg.SensorResult(
            run_requests=requests,
            skip_reason=None if requests else dg.SkipReason(waiting or "No configuration has changed."),
            cursor=json.dumps({job: digest for job, digest in settled.items() if digest}, sort_keys=True),
        )

    return dg.SensorDefinition(
        name=config_sensor_name(tenant),
        evaluation_fn=evaluate,
        jobs=[job for _, job in jobs],
        minimum_interval_seconds=INTERVAL_S,
        description=f"Starts jobs of {tenant} with `triggers.config_change` when what they will do has changed.",
        default_status=dg.DefaultSensorStatus.RUNNING,
    )


def _examine(instance: dg.DagsterInstance, plan: IngestPlan, settled: str | None) -> NextRun:
    if settled == plan.digest:
        return _UNCHANGED
    past = past_runs(instance, {TENANT: plan.tenant, JOB: plan.job}, {CONFIG_SHA: plan.digest})
    if settled is None and not past:
        return _UNCHANGED
    return next_run(f"config:{plan.tenant}/{plan.job}:{plan.digest}", past, datetime.now(UTC))


_UNCHANGED = NextRun(None, "nothing has changed", is_settled=True)


def _request(plan: IngestPlan, run_key: str) -> dg.RunRequest:
    return dg.RunRequest(
        run_key=run_key,
        job_name=dagster_job_name(plan.tenant, plan.job),
        tags={**run_tags(plan), TRIGGER: "sensor"},
    )


def _read_cursor(text: str | None) -> dict[str, str]:
    """Return what a cursor says; one that cannot be read says nothing."""
    try:
        read = json.loads(text or "{}")
    except ValueError:
        return {}
    return (
        {str(job): digest for job, digest in read.items() if isinstance(digest, str)} if isinstance(read, dict) else {}
    )
