"""How old an asset may be: what the contract promises, else twice the time between two runs of its schedule."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction

import dagster as dg

from dativo_core.odcs.cron import longest_gap
from dativo_core.odcs.sla_values import Promise
from dativo_core.plan.types import IngestPlan, SchedulePlan, StreamPlan

SHORTEST = timedelta(minutes=1)
"""The shortest window Dagster takes."""
_DAY = timedelta(days=1)
_MONTH = timedelta(days=31)


def freshness_policy(plan: IngestPlan, stream: StreamPlan) -> dg.FreshnessPolicy | None:
    """Return when the stream's table is late; None when neither its contract nor an enabled schedule says."""
    promised = {each.promise.name: each.promise for each in stream.contract.about.service_levels if each.promise}
    return _promised(promised) or scheduled_freshness([plan.schedule] if plan.schedule else [])


def _promised(promises: Mapping[str, Promise]) -> dg.FreshnessPolicy | None:
    """Return the policy of `timeOfAvailability`, a deadline of every day, else of `frequency`, an age."""
    daily, every = promises.get("timeOfAvailability"), promises.get("frequency")
    if daily is not None and isinstance(daily.amount, time):
        deadline = datetime.combine(date(2027, 1, 2), daily.amount).astimezone(UTC)
        return dg.FreshnessPolicy.cron(f"{deadline.minute} {deadline.hour} * * *", _DAY, "UTC")
    if every is not None and isinstance(every.amount, Fraction):
        unit = _MONTH if every.base == "mo" else timedelta(seconds=1)
        return dg.FreshnessPolicy.time_window(max(unit * float(every.amount), SHORTEST))
    return None


def scheduled_freshness(schedules: Iterable[SchedulePlan]) -> dg.FreshnessPolicy | None:
    """Return when a table is late that the enabled ones of `schedules` load, the most frequent of which counts."""
    gaps = [_longest_gap(schedule) for schedule in schedules if schedule.enabled]
    return dg.FreshnessPolicy.time_window(max(2 * min(gaps), SHORTEST)) if gaps else None


def _longest_gap(schedule: SchedulePlan) -> timedelta:
    if schedule.interval_seconds is not None:
        return timedelta(seconds=schedule.interval_seconds)
    return longest_gap(schedule.resolved_cron or schedule.cron or "")
