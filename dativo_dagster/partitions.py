"""Partitions of a job as Dagster's: the same keys, the same first moments."""

from datetime import date
from typing import Any

import dagster as dg

from dativo_core.model.job_partitions import JobPartitions, PartitionKind
from dativo_core.model.names import dagster_job_name
from dativo_core.plan.types import IngestPlan

DAYS = 7


def partitions_def(plan: IngestPlan) -> dg.PartitionsDefinition | None:
    """Return the partitions of a job's assets, None where it has none."""
    partitions = plan.source.partitions
    if partitions is None:
        return None
    match partitions.kind:
        case PartitionKind.STATIC:
            return dg.StaticPartitionsDefinition(list(partitions.keys))
        case PartitionKind.DYNAMIC:
            return dg.DynamicPartitionsDefinition(name=dagster_job_name(plan.tenant, plan.job))
    return _time_partitions(partitions)


def _time_partitions(partitions: JobPartitions) -> dg.TimeWindowPartitionsDefinition:
    # Dagster counts from the partition that is running; the one before it is the last that has ended.
    ends: dict[str, Any] = {
        "end_date": partitions.end,
        "timezone": partitions.timezone,
        "end_offset": int(partitions.has_current),
    }
    match partitions.kind:
        case PartitionKind.HOURLY:
            return dg.HourlyPartitionsDefinition(partitions.start, **ends)
        case PartitionKind.DAILY:
            return dg.DailyPartitionsDefinition(partitions.start, **ends)
        case PartitionKind.WEEKLY:
            return dg.WeeklyPartitionsDefinition(partitions.start, day_offset=_weekday(partitions.start), **ends)
        case _:
            return dg.MonthlyPartitionsDefinition(partitions.start, **ends)


def _weekday(day: str) -> int:
    """Return the number of a weekday as cron counts, from Sunday on."""
    return date.fromisoformat(day).isoweekday() % DAYS


def backfill_policy(plan: IngestPlan) -> dg.BackfillPolicy | None:
    """Return how many partitions of a backfill one run loads."""
    partitions = plan.source.partitions
    return dg.BackfillPolicy.multi_run(partitions.per_run) if partitions is not None else None
