"""What Dagster remembers of the runs of a job."""

from collections.abc import Mapping
from datetime import UTC, datetime

import dagster as dg

from dativo_dagster.run_keys import PastRun, RunEnd

LOOKED_BACK = 50
"""How many of a job's latest runs are looked at; more failures in a row than that make no pause longer."""

_ENDS = {
    dg.DagsterRunStatus.SUCCESS: RunEnd.SUCCEEDED,
    dg.DagsterRunStatus.FAILURE: RunEnd.FAILED,
    dg.DagsterRunStatus.CANCELED: RunEnd.CANCELED,
}


def past_runs(instance: dg.DagsterInstance, job: Mapping[str, str], subject: Mapping[str, str]) -> list[PastRun]:
    """Return the latest runs with the tags of a job, the newest first; those with the tags of `subject` were for it.

    Reads Dagster's database alone.
    """
    records = instance.get_run_records(dg.RunsFilter(tags=dict(job)), limit=LOOKED_BACK)
    return [_past_run(record, subject) for record in records]


def _past_run(record: dg.RunRecord, subject: Mapping[str, str]) -> PastRun:
    run = record.dagster_run
    return PastRun(
        run_id=run.run_id,
        end=_ENDS.get(run.status, RunEnd.UNFINISHED),
        ended_at=datetime.fromtimestamp(record.end_time, UTC) if record.end_time else None,
        is_for_subject=all(run.tags.get(tag) == value for tag, value in subject.items()),
    )
