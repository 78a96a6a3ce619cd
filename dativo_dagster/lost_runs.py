"""Runs whose process ended with an earlier orchestrator: recorded as running, they would hold back their schedules for ever."""

import dagster as dg

_UNDERWAY = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
_MESSAGE = "The orchestrator ended while this run was underway. What it had not committed is not visible."


def end_lost_runs(instance: dg.DagsterInstance, location: str) -> list[str]:
    """Record as failed every run that was started by a daemon for a code location, and return their ids.

    To be called before a daemon is started, while nobody else can have one. Launchers that run elsewhere keep their runs.
    """
    if not isinstance(instance.run_launcher, dg.DefaultRunLauncher):
        return []
    filters = dg.RunsFilter(tags={"dagster/code_location": location}, statuses=_UNDERWAY)
    lost = [record.dagster_run for record in instance.get_run_records(filters)]
    for run in lost:
        instance.report_run_failed(run, _MESSAGE)
    return [run.run_id for run in lost]
