"""Schedules: a cron that parses, in a time zone that exists."""

import zoneinfo

from dativo_core.model.finding import Finding
from dativo_core.model.job import Schedule
from dativo_core.odcs.cron import check_cron
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.validate import did_you_mean


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
    if _is_zone(timezone):
        return []
    message = f"the time zone '{timezone}' does not exist"
    hint = did_you_mean(timezone, zoneinfo.available_timezones())
    hint = hint if hint.startswith("Did") else "Use a name such as Europe/Berlin or UTC."
    return [document.finding((*path, "timezone"), "timezone-unknown", message, hint)]


def _is_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return False
    return True
