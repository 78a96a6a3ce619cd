"""What starts a job besides its schedule, as its file says. The file must have passed every rule."""

from dativo_core.model.job import AskedBackfill, FileTrigger, Job, Triggers
from dativo_core.plan.types import AskedBackfillPlan, ConfigChange, FileTriggerPlan, TriggerPlan


def plan_triggers(written: Triggers | None) -> TriggerPlan:
    """Return what starts a job besides its schedule."""
    if written is None:
        return TriggerPlan()
    change = written.config_change
    return TriggerPlan(config_change=ConfigChange(change) if change else None, files=_files(written.files))


def plan_backfills(job: Job) -> tuple[AskedBackfillPlan, ...]:
    """Return the partitions a job's file asks for, in its order."""
    return tuple(_asked(each) for each in job.backfills or ())


def _files(written: FileTrigger | None) -> FileTriggerPlan | None:
    if written is None or not written.enabled:
        return None
    return FileTriggerPlan(written.interval_seconds, written.settle_seconds)


def _asked(written: AskedBackfill) -> AskedBackfillPlan:
    return AskedBackfillPlan(
        reason=written.reason or "",
        since=written.since or "",
        until=written.until or "",
        keys=written.partitions or (),
    )
