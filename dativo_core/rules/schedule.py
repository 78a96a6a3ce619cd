"""Schedules: a cron that parses, in a time zone that exists."""

from dativo_core.model.finding import Finding
from dativo_core.model.job import Schedule
from dativo_core.odcs.cron import check_cron
from dativo_core.odcs.timezone import check_zone
from dativo_core.workspace.document import Document, KeyPath


def check_schedule(schedule: Schedule, job: Document) -> list[Finding]:
    """Return what is wrong with a job's schedule."""
    path = ("schedule",)
    return check_cron_text(schedule.cron, job, path) + check_timezone(schedule.timezone, job, path)


def check_cron_text(cron: str, document: Document, path: KeyPath) -> list[Finding]:
    """Return whether the `cron` of the schedule at `path` parses."""
    try:
        check_cron(cron)
    except ValueError as error:
        hint = 'Write five fields, such as "0 5 * * *", or a word such as @daily.'
        message = f"the cron '{cron}' is not valid: {error}"
        return [document.finding((*path, "cron"), "schedule-invalid", message, hint)]
    return []


def check_timezone(timezone: str, document: Document, path: KeyPath) -> list[Finding]:
    """Return whether the `timezone` of the schedule at `path` exists."""
    return check_zone(timezone, document, (*path, "timezone"))
