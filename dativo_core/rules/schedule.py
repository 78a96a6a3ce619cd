"""Schedules: a cron that parses, in a time zone that exists."""

import zoneinfo

from dativo_core.model.finding import Finding
from dativo_core.model.job import Schedule
from dativo_core.odcs.cron import check_cron
from dativo_core.workspace.document import Document
from dativo_core.workspace.validate import did_you_mean


def check_schedule(schedule: Schedule, job: Document) -> list[Finding]:
    """Return what is wrong with a job's schedule."""
    findings: list[Finding] = []
    try:
        check_cron(schedule.cron)
    except ValueError as error:
        hint = 'Write five fields, such as "0 5 * * *", or a word such as @daily.'
        message = f"the cron '{schedule.cron}' is not valid: {error}"
        findings.append(job.finding(("schedule", "cron"), "schedule-invalid", message, hint))
    if not _is_zone(schedule.timezone):
        message = f"the time zone '{schedule.timezone}' does not exist"
        hint = did_you_mean(schedule.timezone, zoneinfo.available_timezones())
        hint = hint if hint.startswith("Did") else "Use a name such as Europe/Berlin or UTC."
        findings.append(job.finding(("schedule", "timezone"), "timezone-unknown", message, hint))
    return findings


def _is_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return False
    return True
