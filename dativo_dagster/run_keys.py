"""Run keys that cannot mute a job for ever.

Dagster starts at most one run per run key, also when that run failed. So a key names what a run is for, the number of the
try, and the run that came before: a failed run is followed by another one, later and later; one that waits or works by
none; and what was done once can be done again after something else.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FIRST_PAUSE_S = 60.0
LONGEST_PAUSE_S = 6 * 3600.0


class RunEnd(StrEnum):
    """How far a run has come; a person ends a `canceled` one, and a `superseded` one lost its work to another run."""

    UNFINISHED = "unfinished"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    SUPERSEDED = "superseded"


@dataclass(frozen=True)
class PastRun:
    """A run of a job: how it ended and when, and whether it was for the subject or for something else."""

    run_id: str
    end: RunEnd
    ended_at: datetime | None = None
    is_for_subject: bool = True


@dataclass(frozen=True)
class NextRun:
    """What to do for a subject: start a run with `run_key`, or do not, because of `reason`.

    `is_settled` says that no run will be needed for the subject any more, `is_first` that the job has never run.
    """

    run_key: str | None
    reason: str
    is_settled: bool = False
    is_first: bool = False


def next_run(subject: str, past: Sequence[PastRun], now: datetime) -> NextRun:
    """Return whether a run for `subject` is to be started `now`; `past` are runs of the job, the newest first.

    `subject` names what a run is for, so that two things to do never have one: a job with its digest, a file with its
    version. Once a run for something else has succeeded, runs before it no longer count.
    """
    runs = list(_that_count(past))
    if not runs:
        return NextRun(_run_key(subject, 1, past), "no run yet", is_first=not past)
    last = runs[0]
    match last.end:
        case RunEnd.SUCCEEDED:
            return NextRun(None, "a run has succeeded", is_settled=True)
        case RunEnd.CANCELED:
            return NextRun(None, "a person has ended the run", is_settled=True)
        case RunEnd.UNFINISHED:
            return NextRun(None, "a run is waiting or working")
        case RunEnd.SUPERSEDED:
            # The other run may have looked before the subject was there.
            return NextRun(_run_key(subject, len(runs) + 1, past), "a run was superseded by another")
        case RunEnd.FAILED:
            return _after_failures(subject, _failures(runs), past, now)


def pause_after(failures: int) -> timedelta:
    """Return how long to wait after so many failures in a row: one minute, doubled each time, at most six hours."""
    doublings = min(failures - 1, 16)
    return timedelta(seconds=min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**doublings))


def _that_count(past: Iterable[PastRun]) -> Iterator[PastRun]:
    for run in past:
        if run.is_for_subject:
            yield run
        elif run.end is RunEnd.SUCCEEDED:
            return


def _failures(runs: Sequence[PastRun]) -> int:
    return next((index for index, run in enumerate(runs) if run.end is not RunEnd.FAILED), len(runs))


def _after_failures(subject: str, failures: int, past: Sequence[PastRun], now: datetime) -> NextRun:
    last = next(run for run in past if run.is_for_subject)
    due_at = (last.ended_at or now) + pause_after(failures)
    if now < due_at:
        return NextRun(None, f"run {failures} failed; the next one starts at {due_at:%Y-%m-%d %H:%M:%S %Z}")
    return NextRun(_run_key(subject, failures + 1, past), f"run {failures} failed")


def _run_key(subject: str, attempt: int, past: Sequence[PastRun]) -> str:
    return f"{subject}#{attempt}:{past[0].run_id if past else 'first'}"
