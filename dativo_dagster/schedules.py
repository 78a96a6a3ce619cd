"""When a job runs by itself."""

import dagster as dg

from dativo_core.model.names import dagster_job_name, schedule_name
from dativo_core.plan.types import IngestPlan, SchedulePlan
from dativo_dagster.tags import TRIGGER, run_tags


def build_schedule(plan: IngestPlan, schedule: SchedulePlan) -> dg.ScheduleDefinition:
    """Return a job's schedule. `enabled` is only the initial state: who switches it in the UI has the last word."""
    status = dg.DefaultScheduleStatus.RUNNING if schedule.enabled else dg.DefaultScheduleStatus.STOPPED
    return dg.ScheduleDefinition(
        name=schedule_name(plan.tenant, plan.job),
        job_name=dagster_job_name(plan.tenant, plan.job),
        cron_schedule=schedule.cron,
        execution_timezone=schedule.timezone,
        default_status=status,
        description=f"Runs `{plan.file}` at `{schedule.cron}` ({schedule.timezone}).",
        tags={**dict(schedule.tags), **run_tags(plan), TRIGGER: "schedule"},
    )
