"""What every tick does, of a cron as of an interval: start one run of its job, or say why not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import dagster as dg

from dativo_core.model.names import pool_name
from dativo_core.plan.types import IngestPlan, SchedulePlan
from dativo_dagster.pools import limit_pools
from dativo_dagster.tags import TRIGGER, run_tags

SCHEDULE_TAG = "dativo/schedule"
DUE_TAG = "dativo/due_at"
UNFINISHED = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)
_SHOWN_RUNS = 3


@dataclass(frozen=True)
class Start:
    """A schedule as ticks see it: its name in Dagster, its job and times, and how many runs its tenant may have at once."""

    name: str
    plan: IngestPlan
    schedule: SchedulePlan
    concurrency_per_tenant: int

    @property
    def tags(self) -> Mapping[str, str]:
        """The tags of its runs; those that say whose run it is cannot be changed by a file."""
        own = {SCHEDULE_TAG: self.name, TRIGGER: "schedule"}
        return {**dict(self.schedule.tags), **run_tags(self.plan), **own}


def tick(start: Start, instance: dg.DagsterInstance, due_at: datetime) -> dg.RunRequest | dg.SkipReason:
    """Return the run that is due at `due_at`, or why it is left out: as many as allowed are queued or started.

    The run key is the due time, so a tick that is evaluated again starts nothing twice. Reads and writes the instance's
    own records only.
    """
    most = start.schedule.max_concurrent_runs
    filters = dg.RunsFilter(tags={SCHEDULE_TAG: start.name}, statuses=list(UNFINISHED))
    open_runs = instance.get_run_records(filters, limit=most)
    if len(open_runs) >= most:
        return dg.SkipReason(_held_back([record.dagster_run.run_id for record in open_runs], most))
    limit_pools(instance, {pool_name(start.plan.tenant): start.concurrency_per_tenant})
    due = due_at.astimezone(UTC).isoformat(timespec="seconds")
    return dg.RunRequest(run_key=f"{start.name}@{due}", tags={**start.tags, DUE_TAG: due})


def _held_back(runs: list[str], most: int) -> str:
    shown = ", ".join(runs[:_SHOWN_RUNS])
    more = f" and {len(runs) - _SHOWN_RUNS} more" if len(runs) > _SHOWN_RUNS else ""
    return f"Left out: {shown}{more} of this schedule not finished yet, and max_concurrent_runs is {most}."
