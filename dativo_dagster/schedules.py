"""When a job runs by itself: a schedule where a cron says it exactly, else a sensor that counts intervals."""

import dagster as dg

from dativo_core.model.names import dagster_job_name, schedule_name
from dativo_core.plan.intervals import cron_of_interval
from dativo_core.plan.schedules import RunnerPlan
from dativo_core.plan.types import IngestPlan
from dativo_core.telemetry.events import Event
from dativo_dagster.intervals import build_interval_sensor
from dativo_dagster.starts import Start, tick

Starter = dg.ScheduleDefinition | dg.SensorDefinition


def build_starters(plan: IngestPlan, runner: RunnerPlan) -> tuple[Starter, ...]:
    """Return what starts a job: its own schedule and those of runner.yaml that name its file; nothing in oneshot mode."""
    if runner.is_oneshot:
        return ()
    own = [(schedule_name(plan.tenant, plan.job), plan.schedule)] if plan.schedule else []
    of_runner = [(each.name, each.plan) for each in runner.by_job.get(plan.file, ())]
    return tuple(
        build_starter(Start(name, plan, schedule, runner.concurrency_per_tenant))
        for name, schedule in (*own, *of_runner)
    )


def build_starter(start: Start) -> Starter:
    """Return a schedule or sensor. `enabled` is only its initial state: who switches it in the UI has the last word."""
    schedule = start.schedule
    if schedule.interval_seconds is None:
        return _by_cron(start, schedule.resolved_cron or schedule.cron or "", schedule.timezone)
    cron = cron_of_interval(schedule.interval_seconds)
    return _by_cron(start, cron, "UTC") if cron else build_interval_sensor(start, schedule.interval_seconds)


def _by_cron(start: Start, cron: str, timezone: str) -> dg.ScheduleDefinition:
    def evaluate(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        outcome = tick(start, context.instance, context.scheduled_execution_time)
        if isinstance(outcome, dg.SkipReason):
            context.log.info("%s schedule=%s %s", Event.SCHEDULE_SKIPPED, start.name, outcome.skip_message)
        return outcome

    running = start.schedule.enabled
    return dg.ScheduleDefinition(
        name=start.name,
        job_name=dagster_job_name(start.plan.tenant, start.plan.job),
        cron_schedule=cron,
        execution_timezone=timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING if running else dg.DefaultScheduleStatus.STOPPED,
        description=f"Runs `{start.plan.file}` at `{cron}` ({timezone}).",
        execution_fn=evaluate,
    )
