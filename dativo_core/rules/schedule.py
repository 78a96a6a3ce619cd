"""Schedules: one time, a cron that parses, in a time zone that exists."""

from dativo_core.model.finding import Finding
from dativo_core.model.job import Schedule
from dativo_core.model.runner import RunnerSchedule
from dativo_core.odcs.cron_spread import resolve_cron
from dativo_core.odcs.timezone import check_zone
from dativo_core.workspace.document import Document, KeyPath


def check_schedule(schedule: Schedule, job: Document, spread_by: str) -> list[Finding]:
    """Return what is wrong with a job's schedule; `spread_by` says where its `H` come to stand."""
    return check_times(schedule, "the schedule", job, ("schedule",), spread_by)


def check_times(
    times: Schedule | RunnerSchedule, name: str, document: Document, path: KeyPath, spread_by: str
) -> list[Finding]:
    """Return what is wrong with the times of the schedule at `path`, which messages call `name`."""
    findings = check_timezone(times.timezone, document, path)
    if times.cron is not None and times.interval_seconds is not None:
        message = f"{name} has both cron and interval_seconds"
        hint = "Remove one of them."
        findings.append(document.finding((*path, "interval_seconds"), "schedule-ambiguous", message, hint))
    elif times.cron is not None:
        findings += check_cron_text(times.cron, document, path, spread_by)
    elif times.interval_seconds is None:
        hint = 'Add cron, such as "0 5 * * *", or interval_seconds.'
        findings.append(document.finding((*path, "cron"), "schedule-ambiguous", f"{name} says no time", hint))
    return findings


def check_cron_text(cron: str, document: Document, path: KeyPath, spread_by: str) -> list[Finding]:
    """Return whether the `cron` of the schedule at `path` parses."""
    try:
        resolve_cron(cron, spread_by)
    except ValueError as error:
        hint = 'Write five fields, such as "0 5 * * *", or a word such as @daily.'
        message = f"the cron '{cron}' is not valid: {error}"
        return [document.finding((*path, "cron"), "schedule-invalid", message, hint)]
    return []


def check_timezone(timezone: str, document: Document, path: KeyPath) -> list[Finding]:
    """Return whether the `timezone` of the schedule at `path` exists."""
    return check_zone(timezone, document, (*path, "timezone"))
