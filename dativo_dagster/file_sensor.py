"""One sensor per tenant: new, changed and removed files start the jobs that want it.

Files are listed, never read. What a listing tells is a hint; the run finds out by content what is new. So a hint that is
wrong, or a cursor that is lost, costs a run that finds nothing new.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import dagster as dg

from dativo_core.errors import DativoError
from dativo_core.model.names import file_sensor_name
from dativo_core.telemetry.redact import redact
from dativo_dagster.file_cursor import FileCursor, JobMemory, read_cursor, room_for_partitions
from dativo_dagster.polls import Polls
from dativo_dagster.watched import WatchedJob, asks_by_assets, by_tenant, targets

if TYPE_CHECKING:
    from dativo_core.run.watch import Seen
    from dativo_dagster.file_decisions import Decision

BUDGET_S = 25.0
"""How long a tick waits for listings, in seconds; Dagster gives it 60."""

_CLOCKS_DIFFER_S = 2.0
_TOLD_LENGTH = 2000


def build_file_sensors(jobs: Sequence[WatchedJob]) -> list[dg.SensorDefinition]:
    """Return a sensor for each tenant with a job that says `triggers.files`."""
    watched = by_tenant([job for job in jobs if job.plan.triggers.files is not None])
    return [_sensor(tenant, found) for tenant, found in watched.items()]


def _sensor(tenant: str, jobs: Sequence[WatchedJob]) -> dg.SensorDefinition:
    watch = _Watch(jobs)
    return dg.SensorDefinition(
        name=file_sensor_name(tenant),
        evaluation_fn=watch.evaluate,
        minimum_interval_seconds=min(watch.interval_s(job) for job in jobs),
        description=f"Starts jobs of {tenant} with `triggers.files` when files are new, changed or removed.",
        default_status=dg.DefaultSensorStatus.RUNNING,
        required_resource_keys={"secrets"},
        **targets(jobs),
    )


class _Watch:
    """The jobs of one tenant, and the listings that are underway."""

    def __init__(self, jobs: Sequence[WatchedJob]) -> None:
        self._jobs = {job.plan.job: job for job in jobs}
        self._by_assets = asks_by_assets(jobs)
        self._room_bytes = room_for_partitions(len(jobs), sum(job.is_partitioned for job in jobs))
        self._polls: Polls[Seen] = Polls()

    def interval_s(self, job: WatchedJob) -> int:
        """Return how often a job's files are looked at, in seconds."""
        assert job.plan.triggers.files is not None
        return job.plan.triggers.files.interval_seconds

    def evaluate(self, context: dg.SensorEvaluationContext) -> dg.SensorResult:
        """List what is due, and ask for runs and backfills."""
        now = datetime.now(UTC)
        before = read_cursor(context.cursor)
        due = self._due(before, now)
        seen = self._polls.ask(self._questions(due, before, context.resources.secrets, now), BUDGET_S)
        found = {job: self._decide(context.instance, job, before, seen[job], now) for job in due if job in seen}
        late = [job for job in due if job not in seen]
        jobs = {job: found[job].memory if job in found else before.jobs.get(job) for job in self._jobs}
        return self._result(context, found, late, FileCursor({job: each for job, each in jobs.items() if each}))

    def _due(self, before: FileCursor, now: datetime) -> list[str]:
        """Return the jobs to look at, the one that was looked at longest ago first."""
        listed = {job: before.jobs.get(job, JobMemory()).listed_at for job in self._jobs}
        # A clock that was set back must not stop anything.
        waited = {job: abs(now.timestamp() - at) for job, at in listed.items()}
        due = [job for job, watched in self._jobs.items() if waited[job] >= self.interval_s(watched) - _EARLY_S]
        return sorted(due, key=lambda job: listed[job])

    def _questions(
        self, due: Iterable[str], before: FileCursor, secrets: Any, now: datetime
    ) -> dict[str, Callable[[], "Seen"]]:
        return {job: partial(self._look, job, before.jobs.get(job, JobMemory()), secrets, now) for job in due}

    def _look(self, job: str, memory: JobMemory, secrets: Any, now: datetime) -> "Seen":
        # Listing imports pyarrow, which costs a second: only a tick pays for it.
        from dativo_core.run.watch import look_at_files

        since_s = memory.listed_at - _CLOCKS_DIFFER_S
        return look_at_files(self._jobs[job].plan, secrets.store(), secrets.mode, now, since_s)

    def _decide(
        self, instance: dg.DagsterInstance, job: str, before: FileCursor, seen: "Seen | Exception", now: datetime
    ) -> "Decision":
        from dativo_dagster.file_decisions import Decision, Tick

        memory = before.jobs.get(job, JobMemory())
        if not isinstance(seen, Exception):
            tick = Tick(instance, self._jobs[job], memory, seen, now, self._by_assets, self._room_bytes)
            return tick.decide()
        text = str(seen) if isinstance(seen, DativoError) else f"this is a bug in Dativo: {type(seen).__name__}: {seen}"
        return Decision(replace(memory, listed_at=now.timestamp()), told=redact(f"cannot be listed: {text}"))

    def _result(
        self,
        context: dg.SensorEvaluationContext,
        found: "Mapping[str, Decision]",
        late: Sequence[str],
        cursor: FileCursor,
    ) -> dg.SensorResult:
        requests = [request for decision in found.values() for request in decision.requests]
        told = [f"{job}: {decision.told}" for job, decision in found.items() if decision.told]
        told += [f"not listed within {BUDGET_S:.0f} s, and first in the next tick: {', '.join(late)}"] if late else []
        for each in told:
            context.log.info(each)
        return dg.SensorResult(
            run_requests=requests,
            skip_reason=None if requests else dg.SkipReason("; ".join(told)[:_TOLD_LENGTH] or "No file has changed."),
            cursor=cursor.to_text(),
            dynamic_partitions_requests=self._new_partitions(context.instance, found) or None,
        )

    def _new_partitions(self, instance: dg.DagsterInstance, found: "Mapping[str, Decision]") -> list[Any]:
        """Return requests to make keys of dynamic partitions known."""
        requests = []
        for job, decision in found.items():
            partitions = self._jobs[job].asset.partitions_def
            if isinstance(partitions, dg.DynamicPartitionsDefinition) and partitions.name and decision.new_keys:
                unknown = set(decision.new_keys) - set(instance.get_dynamic_partitions(partitions.name))
                if unknown:
                    requests.append(partitions.build_add_request(sorted(unknown)))
        return requests


_EARLY_S = 0.5
"""A tick that comes a little early is on time."""
