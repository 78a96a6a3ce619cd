"""The operator's schedules: each has a name of its own, a time that comes, and a job that can run."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.names import runner_schedule_name, spread_key
from dativo_core.model.runner import Runner, RunnerSchedule
from dativo_core.rules.schedule import check_times
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.load import ModelFile
from dativo_core.workspace.paths import locate
from dativo_core.workspace.tenants import JOBS
from dativo_core.workspace.validate import validate

SCHEDULES: KeyPath = ("orchestrator", "schedules")


@dataclass(frozen=True)
class ScheduledJob:
    """A job file as schedules see it: its names as far as they are known, and whether it can run."""

    tenant: str
    name: str
    is_valid: bool


@dataclass(frozen=True)
class RunnerEntry:
    """One schedule and where it was written."""

    schedule: RunnerSchedule
    path: KeyPath
    document: Document

    def finding(self, key: str, code: str, message: str, hint: str, severity: Severity = Severity.ERROR) -> Finding:
        return self.document.finding((*self.path, key), code, message, hint, severity)


def check_runner(file: ModelFile[Runner], root: Path, jobs: Mapping[str, ScheduledJob]) -> list[Finding]:
    """Return what is wrong with runner.yaml; `jobs` are all jobs of the workspace by file. One schedule spoils no other."""
    entries = runner_entries(file)
    findings = [
        found for entry in entries for found in (*_check_time(entry, root, jobs), *_check_job(entry, root, jobs))
    ]
    return [*findings, *_check_names(entries), *_check_mode(file)]


def runner_entries(file: ModelFile[Runner]) -> tuple[RunnerEntry, ...]:
    """Return the schedules that can be read; where the file as a whole cannot, each is read for itself."""
    if file.document is None:
        return ()
    place = (*file.at, *SCHEDULES)
    written = file.document.value(place)
    items = written if isinstance(written, list) else []
    read = (validate(RunnerSchedule, item, file.document, (*place, index)).model for index, item in enumerate(items))
    models = file.model.schedules if file.model else read
    return tuple(
        RunnerEntry(model, (*place, index), file.document) for index, model in enumerate(models) if model is not None
    )


def is_oneshot(file: ModelFile[Runner]) -> bool:
    """Return whether nothing starts by itself."""
    return file.document is not None and file.document.value((*file.at, "mode")) == "oneshot"


def _check_time(entry: RunnerEntry, root: Path, jobs: Mapping[str, ScheduledJob]) -> list[Finding]:
    schedule = entry.schedule
    job = jobs.get(locate(root, schedule.config).relative or "")
    spread_by = spread_key(job.tenant, job.name) if job else schedule.config
    return check_times(schedule, f"the schedule '{schedule.name}'", entry.document, entry.path, spread_by)


def _check_job(entry: RunnerEntry, root: Path, jobs: Mapping[str, ScheduledJob]) -> list[Finding]:
    config = entry.schedule.config
    found = locate(root, config)
    if found.relative is None:
        code, what = ("path-outside", "lies outside") if found.is_outside else ("file-missing", "is no file of")
        hint = "Check the path; it starts at the workspace root."
        return [entry.finding("config", code, f"'{config}' {what} the workspace", hint)]
    job = jobs.get(found.relative)
    if job is None:
        hint = f"Name a file below {JOBS}/<tenant>/."
        return [entry.finding("config", "schedule-no-job", f"'{config}' is no job of the workspace", hint)]
    return _check_start(entry, job)


def _check_start(entry: RunnerEntry, job: ScheduledJob) -> list[Finding]:
    """Return whether the schedule's job can be started."""
    if job.is_valid:
        return []
    message = f"the job '{entry.schedule.config}' has errors, so the schedule '{entry.schedule.name}' starts nothing"
    return [entry.finding("config", "schedule-job-invalid", message, "Correct what is said of the job.")]


def _check_names(entries: Sequence[RunnerEntry]) -> list[Finding]:
    """Return names that Dagster could not keep apart."""
    findings: list[Finding] = []
    first: dict[Hashable, RunnerEntry] = {}
    for entry in entries:
        name = entry.schedule.name
        try:
            key = runner_schedule_name(name)
        except ValueError as error:
            findings.append(entry.finding("name", "schedule-name", str(error), "Use letters and digits."))
            continue
        other = first.setdefault(key, entry)
        if other is not entry:
            line = other.document.line((*other.path, "name"))
            message = f"the schedule '{name}' has the same name as '{other.schedule.name}' on line {line}"
            findings.append(entry.finding("name", "schedule-name", message, "Rename one of them."))
    return findings


def _check_mode(file: ModelFile[Runner]) -> list[Finding]:
    if file.document is None or not is_oneshot(file) or not runner_entries(file):
        return []
    message = "in the mode oneshot no schedule starts anything"
    hint = "Write mode: orchestrated, or remove the schedules."
    return [file.document.finding((*file.at, "mode"), "schedule-oneshot", message, hint, Severity.WARNING)]
