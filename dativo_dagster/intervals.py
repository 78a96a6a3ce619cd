"""Intervals that no cron says exactly: a sensor that asks what is due, and remembers the last due time in its cursor."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import dagster as dg

from dativo_core.model.names import dagster_job_name
from dativo_core.plan.intervals import due_since, last_due
from dativo_core.telemetry.events import Event
from dativo_dagster.starts import Start, tick

LONGEST_PAUSE_S = 10


def build_interval_sensor(
    start: Start, interval_seconds: int, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> dg.SensorDefinition:
    """Return a sensor that starts one run for each due time, or one for all that were missed.

    The cursor is a hint: without it the newest due time is evaluated again, and its run key keeps it from running twice.
    """

    def evaluate(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        now = clock()
        due = due_since(interval_seconds, now, _read(context.cursor))
        if due is None:
            following = last_due(interval_seconds, now) + timedelta(seconds=interval_seconds)
            return dg.SensorResult(skip_reason=f"Due next at {following.isoformat()}.")
        outcome = tick(start, context.instance, due)
        if isinstance(outcome, dg.SkipReason):
            context.log.info("%s schedule=%s %s", Event.SCHEDULE_SKIPPED, start.name, outcome.skip_message)
            return dg.SensorResult(skip_reason=outcome, cursor=due.isoformat())
        return dg.SensorResult(run_requests=[outcome], cursor=due.isoformat())

    running = start.schedule.enabled
    return dg.SensorDefinition(
        name=start.name,
        job_name=dagster_job_name(start.plan.tenant, start.plan.job),
        evaluation_fn=evaluate,
        minimum_interval_seconds=min(LONGEST_PAUSE_S, max(1, interval_seconds // 10)),
        default_status=dg.DefaultSensorStatus.RUNNING if running else dg.DefaultSensorStatus.STOPPED,
        description=f"Runs `{start.plan.file}` every {interval_seconds} seconds, counted from 1970 in UTC.",
    )


def _read(cursor: str | None) -> datetime | None:
    """Return the last due time; None when the cursor holds none, since a cursor can be edited by hand."""
    try:
        found = datetime.fromisoformat(cursor or "")
    except ValueError:
        return None
    return found if found.tzinfo else None
