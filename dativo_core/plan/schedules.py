"""When jobs run by themselves: schedules of the jobs, and those of runner.yaml, each bound to its own job."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from dativo_core.model.finding import Finding, errors
from dativo_core.model.job import Job, Schedule
from dativo_core.model.names import runner_schedule_name, spread_key
from dativo_core.model.runner import Orchestrator, Runner, RunnerSchedule
from dativo_core.odcs.cron_spread import resolve_cron
from dativo_core.plan.types import SchedulePlan
from dativo_core.rules.alerts import check_alerts
from dativo_core.rules.references import check_references
from dativo_core.rules.runner import RunnerEntry, ScheduledJob, check_runner, is_oneshot, runner_entries
from dativo_core.workspace.document import dotted
from dativo_core.workspace.load import ModelFile
from dativo_core.workspace.paths import locate


@dataclass(frozen=True)
class NamedSchedule:
    """A schedule of runner.yaml without errors: its name in Dagster, and the file of the valid job it starts."""

    name: str
    job_file: str
    plan: SchedulePlan


@dataclass(frozen=True)
class RunnerPlan:
    """How jobs are started. `findings` are of runner.yaml, whose schedules with errors are left out.

    `of_job` are those that say of a job, by its file, that a schedule cannot start it. With `is_oneshot` nothing starts by
    itself.
    """

    schedules: tuple[NamedSchedule, ...] = ()
    orchestrator: Orchestrator = field(default_factory=Orchestrator)
    is_oneshot: bool = False
    findings: tuple[Finding, ...] = ()
    of_job: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)

    @property
    def concurrency_per_tenant(self) -> int:
        """How many runs one tenant may have at once."""
        return self.orchestrator.concurrency_per_tenant

    @cached_property
    def by_job(self) -> Mapping[str, tuple[NamedSchedule, ...]]:
        """The schedules by the file of the job they start."""
        found: dict[str, tuple[NamedSchedule, ...]] = {}
        for each in self.schedules:
            found[each.job_file] = (*found.get(each.job_file, ()), each)
        return found


def plan_schedule(schedule: Schedule | RunnerSchedule, tenant: str, job: str) -> SchedulePlan:
    """Return when the job of a tenant runs. The schedule must have passed every rule."""
    return SchedulePlan(
        cron=schedule.cron,
        timezone=schedule.timezone,
        enabled=schedule.enabled,
        tags=tuple(sorted(schedule.tags.items())),
        interval_seconds=schedule.interval_seconds,
        max_concurrent_runs=schedule.max_concurrent_runs,
        resolved_cron=resolve_cron(schedule.cron, spread_key(tenant, job)) if schedule.cron is not None else None,
    )


def plan_runner(
    file: ModelFile[Runner], root: Path, jobs: Mapping[str, ScheduledJob], readable: Sequence[Job]
) -> RunnerPlan:
    """Return how the jobs of a workspace, given by their files, are started. One schedule's errors spoil no other.

    `readable` are the jobs whose files could be read.
    """
    references = check_references(file.document) if file.document else []
    findings = (*file.findings, *references, *check_runner(file, root, jobs), *check_alerts(file, readable))
    bound = [_bind(entry, findings, root) for entry in runner_entries(file)]
    usable = [each for each in bound if not errors(each.findings)]
    return RunnerPlan(
        schedules=tuple(_named(each, jobs[each.job_file]) for each in usable),
        orchestrator=(file.model.orchestrator if file.model else None) or Orchestrator(),
        is_oneshot=is_oneshot(file),
        findings=findings,
        of_job=_of_job(bound, jobs),
    )


def runs_allowed(file: ModelFile[Runner]) -> int | None:
    """Return how many runs of one tenant the operator allows at one time; None where the file does not say.

    A file that cannot be read may say anything, so it allows one.
    """
    if file.model is None:
        return 1 if errors(file.findings) else None
    orchestrator = file.model.orchestrator
    written = orchestrator is not None and "concurrency_per_tenant" in orchestrator.model_fields_set
    return orchestrator.concurrency_per_tenant if orchestrator is not None and written else None


@dataclass(frozen=True)
class _Bound:
    """A schedule with its job file and its own findings."""

    schedule: RunnerSchedule
    job_file: str
    findings: tuple[Finding, ...]


def _bind(entry: RunnerEntry, findings: Iterable[Finding], root: Path) -> _Bound:
    place = dotted(entry.path)
    own = tuple(each for each in findings if each.key_path.startswith(f"{place}."))
    return _Bound(entry.schedule, locate(root, entry.schedule.config).relative or "", own)


def _named(each: _Bound, job: ScheduledJob) -> NamedSchedule:
    plan = plan_schedule(each.schedule, job.tenant, job.name)
    return NamedSchedule(runner_schedule_name(each.schedule.name), each.job_file, plan)


def _of_job(bound: Iterable[_Bound], jobs: Mapping[str, ScheduledJob]) -> dict[str, tuple[Finding, ...]]:
    found: dict[str, tuple[Finding, ...]] = {}
    for each in bound:
        if each.job_file in jobs and not jobs[each.job_file].is_valid:
            found[each.job_file] = (*found.get(each.job_file, ()), *each.findings)
    return found
