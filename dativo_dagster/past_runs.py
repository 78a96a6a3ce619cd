"""What Dagster remembers of the runs of a job."""

from collections.abc import Mapping
from datetime import UTC, datetime

import dagster as dg

from dativo_dagster.run_keys import PastRun, RunEnd
from dativo_dagster.tags import PARTIAL, SUPERSEDED_BY

LOOKED_BACK = 50
"""How many of a job's latest runs are looked at; more failures in a row than that make no pause longer."""

_ENDS = {
    dg.DagsterRunStatus.SUCCESS: RunEnd.SUCCEEDED,
    dg.DagsterRunStatus.FAILURE: RunEnd.FAILED,
    dg.DagsterRunStatus.CANCELED: RunEnd.CANCELED,
}


def past_runs(
    instance: dg.DagsterInstance,
    job: Mapping[str, str],
    subject: Mapping[str, str],
    *,
    among: str | None = None,
    only_whole: bool = False,
) -> list[PastRun]:
    """Return the latest runs with the tags of a job, the newest first; those with the tags of `subject` were for it.

    With `among` only runs that have this tag are looked at; with `only_whole` a run that was asked for less than what is
    new was for nothing. Reads Dagster's database alone.
    """
    records = instance.get_run_records(dg.RunsFilter(tags=dict(job)), limit=LOOKED_BACK)
    chosen = [record for record in records if among is None or among in record.dagster_run.tags]
    return [_past_run(record, subject, only_whole=only_whole) for record in chosen]


def is_queued(instance: dg.DagsterInstance, job: Mapping[str, str]) -> bool:
    """Return whether a run with the tags of a job waits for its turn; it will take all that is there once it begins."""
    waiting = dg.RunsFilter(tags=dict(job), statuses=[dg.DagsterRunStatus.QUEUED])
    return bool(instance.get_run_records(waiting, limit=1))


def _end(run: dg.DagsterRun) -> RunEnd:
    end = _ENDS.get(run.status, RunEnd.UNFINISHED)
    return RunEnd.SUPERSEDED if end is RunEnd.SUCCEEDED and SUPERSEDED_BY in run.tags else end


def _past_run(record: dg.RunRecord, subject: Mapping[str, str], *, only_whole: bool) -> PastRun:
    run = record.dagster_run
    counts = not only_whole or PARTIAL not in run.tags
    return PastRun(
        run_id=run.run_id,
        end=_end(run),
        ended_at=datetime.fromtimestamp(record.end_time, UTC) if record.end_time else None,
        is_for_subject=counts and all(run.tags.get(tag) == value for tag, value in subject.items()),
    )
