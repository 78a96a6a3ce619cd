"""The operator's schedules: each has a name of its own, a time that comes, and a job that can run."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.job import Job
from dativo_core.model.names import slug
from dativo_core.model.runner import Runner, RunnerSchedule
from dativo_core.rules.schedule import check_cron_text, check_timezone
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.load import JOBS, ModelFile
from dativo_core.workspace.paths import locate


@dataclass(frozen=True)
class ScheduledJob:
    """A job file as schedules see it: `job` is None when the file cannot be read, `is_valid` says whether it can run."""

    job: Job | None
    is_valid: bool


@dataclass(frozen=True)
class _Entry:
    """One schedule and where it was written."""

    schedule: RunnerSchedule
    path: KeyPath
    document: Document

    def finding(self, key: str, code: str, message: str, hint: str, severity: Severity = Severity.ERROR) -> Finding:
        return self.document.finding((*self.path, key), code, message, hint, severity)


def check_runner(file: ModelFile[Runner], root: Path, jobs: Mapping[str, ScheduledJob]) -> list[Finding]:
    """Return what is wrong with runner.yaml; `jobs` are all jobs of the workspace by file. One schedule spoils no other."""
    if file.model is None or file.document is None:
        return []
    entries = list(_entries(file.model, file.document, file.at))
    findings = [found for entry in entries for found in (*_check_time(entry), *_check_job(entry, root, jobs))]
    return [*findings, *_check_names(entries), *_check_mode(file.model, file.document, file.at)]


def _entries(runner: Runner, document: Document, at: KeyPath) -> Iterator[_Entry]:
    for index, schedule in enumerate(runner.schedules):
        yield _Entry(schedule, (*at, "orchestrator", "schedules", index), document)


def _check_time(entry: _Entry) -> list[Finding]:
    schedule = entry.schedule
    findings = check_timezone(schedule.timezone, entry.document, entry.path)
    if schedule.cron is not None and schedule.interval_seconds is not None:
        message = f"the schedule '{schedule.name}' has both cron and interval_seconds"
        findings.append(entry.finding("interval_seconds", "schedule-ambiguous", message, "Remove one of them."))
    elif schedule.cron is not None:
        findings += check_cron_text(schedule.cron, entry.document, entry.path)
    elif schedule.interval_seconds is None:
        message = f"the schedule '{schedule.name}' says no time"
        hint = 'Add cron, such as "0 5 * * *", or interval_seconds.'
        findings.append(entry.finding("cron", "schedule-ambiguous", message, hint))
    return findings


def _check_job(entry: _Entry, root: Path, jobs: Mapping[str, ScheduledJob]) -> list[Finding]:
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


def _check_start(entry: _Entry, job: ScheduledJob) -> list[Finding]:
    """Return whether the schedule's job can be started, and only by it."""
    findings: list[Finding] = []
    schedule = entry.schedule
    if not job.is_valid:
        message = f"the job '{schedule.config}' has errors, so the schedule '{schedule.name}' starts nothing"
        hint = "Correct what is said of the job."
        findings.append(entry.finding("config", "schedule-job-invalid", message, hint))
    if job.job is not None and job.job.schedule is not None:
        message = f"'{schedule.config}' has a schedule of its own and would run twice"
        hint = "Keep one: remove 'schedule' from the job, or this schedule."
        findings.append(entry.finding("config", "schedule-duplicate", message, hint))
    return findings


def _check_names(entries: Sequence[_Entry]) -> list[Finding]:
    """Return names that Dagster could not keep apart."""
    findings: list[Finding] = []
    first: dict[Hashable, _Entry] = {}
    for entry in entries:
        name = entry.schedule.name
        try:
            key = slug(name)
        except ValueError as error:
            findings.append(entry.finding("name", "schedule-name", str(error), "Use letters and digits."))
            continue
        other = first.setdefault(key, entry)
        if other is not entry:
            line = other.document.line((*other.path, "name"))
            message = f"the schedule '{name}' has the same name as '{other.schedule.name}' on line {line}"
            findings.append(entry.finding("name", "schedule-name", message, "Rename one of them."))
    return findings


def _check_mode(runner: Runner, document: Document, at: KeyPath) -> list[Finding]:
    if runner.mode == "orchestrated" or not runner.schedules:
        return []
    message = "in the mode oneshot no schedule starts anything"
    hint = "Write mode: orchestrated, or remove the schedules."
    return [document.finding((*at, "mode"), "schedule-oneshot", message, hint, Severity.WARNING)]
