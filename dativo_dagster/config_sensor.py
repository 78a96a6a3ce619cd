"""One sensor per tenant: jobs are started as their files say, when what they will do has changed, or when they ask for it.

The cursor holds, per job, the digest that needs no run any more. It is a hint: a job that it does not know, because it is
new or because the cursor was lost, is compared with its last run, which Dagster remembers by its tags. So a lost cursor
neither starts every job again nor misses a change. A job that has never run is only remembered: it has loaded nothing
that a change would touch. Table states are not asked, since a tick must not wait for a network.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import dagster as dg

from dativo_core.model.names import config_sensor_name
from dativo_core.plan.types import ConfigChange, IngestPlan
from dativo_dagster.asked_backfills import ask
from dativo_dagster.backfill import backfill_request, past_backfills
from dativo_dagster.partition_runs import LOOKED_BACK, failed_partitions, named_partitions, request_tags
from dativo_dagster.past_runs import past_runs
from dativo_dagster.run_keys import NextRun, next_run
from dativo_dagster.tags import BACKFILL_FOR, CONFIG_SHA
from dativo_dagster.watched import WatchedJob, asks_by_assets, by_tenant, targets

INTERVAL_S = 30
PURPOSE = "config"


def build_config_sensors(jobs: Sequence[WatchedJob]) -> list[dg.SensorDefinition]:
    """Return a sensor for each tenant with a job that says `triggers.config_change` or `backfills`."""
    wanted = [job for job in jobs if job.plan.triggers.config_change or job.plan.backfills]
    return [_sensor(tenant, found) for tenant, found in by_tenant(wanted).items()]


@dataclass
class _Tick:
    """What one tick asks for, what it says instead, and the digests that need nothing any more."""

    requests: list[dg.RunRequest] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    settled: dict[str, str] = field(default_factory=dict)


def _sensor(tenant: str, jobs: Sequence[WatchedJob]) -> dg.SensorDefinition:
    by_assets = asks_by_assets(jobs)

    def evaluate(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        before, tick, now = _read_cursor(context.cursor), _Tick(), datetime.now(UTC)
        for job in jobs:
            match job.plan.triggers.config_change:
                case ConfigChange.RUN:
                    _run(context.instance, job, before.get(job.plan.job), tick, by_assets=by_assets)
                case ConfigChange.BACKFILL:
                    _backfill(context.instance, job, before.get(job.plan.job), tick, now)
            tick.told += [f"{job.plan.job}: {text}" for text in ask(context.instance, job, now)]
        for each in tick.told:
            context.log.info(each)
        skipped = dg.SkipReason("; ".join(tick.told) or "No configuration has changed.")
        return dg.SensorResult(
            run_requests=tick.requests,
            skip_reason=None if tick.requests else skipped,
            cursor=json.dumps(tick.settled, sort_keys=True),
        )

    return dg.SensorDefinition(
        name=config_sensor_name(tenant),
        evaluation_fn=evaluate,
        minimum_interval_seconds=INTERVAL_S,
        description=f"Starts jobs of {tenant} when what they will do has changed, and the backfills their files ask for.",
        default_status=dg.DefaultSensorStatus.RUNNING,
        **targets(jobs),
    )


def _run(
    instance: dg.DagsterInstance, watched: WatchedJob, settled: str | None, tick: _Tick, *, by_assets: bool
) -> None:
    """Have a changed job run once; a failed run is followed by another."""
    plan = watched.plan
    found = _examine(instance, watched, settled)
    if found.run_key is not None:
        tick.requests.append(watched.request(found.run_key, {}, by_assets=by_assets))
    if not found.is_settled:
        tick.told.append(f"{plan.job}: {found.reason}")
    if remembered := plan.digest if found.is_settled else settled:
        tick.settled[plan.job] = remembered


def _examine(instance: dg.DagsterInstance, watched: WatchedJob, settled: str | None) -> NextRun:
    plan = watched.plan
    if settled == plan.digest:
        return _UNCHANGED
    past = past_runs(instance, watched.tags, {CONFIG_SHA: plan.digest}, only_whole=True)
    if settled is None and not past:
        return _UNCHANGED
    return next_run(f"config:{plan.tenant}/{plan.job}:{plan.digest}", past, datetime.now(UTC))


_UNCHANGED = NextRun(None, "nothing has changed", is_settled=True)


def _backfill(
    instance: dg.DagsterInstance, watched: WatchedJob, settled: str | None, tick: _Tick, now: datetime
) -> None:
    """Have all partitions of a changed job loaded again that were loaded once, and those again that failed."""
    plan = watched.plan
    tick.settled[plan.job] = plan.digest
    past = past_backfills(instance, watched.asset, {**watched.tags, BACKFILL_FOR: PURPOSE}, LOOKED_BACK)
    if settled != plan.digest and not any(each.tags.get(CONFIG_SHA) == plan.digest for each in past):
        keys = sorted(key for key in watched.loaded(instance) if _is_valid(plan, key))
        if keys and (settled is not None or _was_another(instance, watched)):
            tags = request_tags(plan, PURPOSE, f"changed configuration: {named_partitions(keys)}")
            tick.requests.append(backfill_request(watched.asset, keys, tags))
            return
    for again in failed_partitions(past, now):
        keys = [key for key in again.keys if _is_valid(plan, key)]
        if keys and now >= again.due_at:
            tick.requests.append(backfill_request(watched.asset, keys, again.tags))
            return
        if keys:
            tick.told.append(
                f"{plan.job}: {named_partitions(keys)} failed; the next backfill starts at {again.due_at:%H:%M:%S %Z}"
            )


def _was_another(instance: dg.DagsterInstance, watched: WatchedJob) -> bool:
    """Whether the job never ran with this configuration, as far as Dagster remembers."""
    past = past_runs(instance, watched.tags, {CONFIG_SHA: watched.plan.digest})
    return bool(past) and not any(run.is_for_subject for run in past)


def _is_valid(plan: IngestPlan, key: str) -> bool:
    return plan.source.partitions is not None and plan.source.partitions.holds(key)


def _read_cursor(text: str | None) -> dict[str, str]:
    """Return what a cursor says; one that cannot be read says nothing."""
    try:
        read = json.loads(text or "{}")
    except ValueError:
        return {}
    return (
        {str(job): digest for job, digest in read.items() if isinstance(digest, str)} if isinstance(read, dict) else {}
    )
