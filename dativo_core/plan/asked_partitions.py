"""Which partitions of a job a person asks for."""

from collections.abc import Sequence
from datetime import datetime

from dativo_core.errors import ConfigError
from dativo_core.model.job_partitions import LONGEST, JobPartitions
from dativo_core.plan.types import IngestPlan


def partitions_between(plan: IngestPlan, since: str, until: str, now: datetime) -> tuple[str, ...]:
    """Return the partitions that begin in `[since, until)` and are there at `now` (aware), in order.

    Both are ISO 8601, meant in the time zone of the partitions unless they have an offset. Raises ConfigError when the job
    has no stretches of time, when one of them is no time, and when there is no partition between them.
    """
    partitions = partitions_of(plan)
    if not partitions.kind.is_time:
        message = f"the partitions of {plan.job} are {partitions.kind}, and have no times"
        raise ConfigError(message, hint="Name them one by one")
    try:
        keys = partitions.between(_moment(since, "begin"), _moment(until, "end"), now)
    except OverflowError:
        message = f"the range from {since} to {until} reaches beyond the calendar"
        raise ConfigError(message, hint="Write years from 1 to 9999, a day away from either") from None
    if not keys:
        last = "the last that has ended" if not partitions.has_current else "the running one"
        message = f"no {partitions.kind} partition of {plan.job} begins between {since} and {until}"
        raise ConfigError(message, hint=f"They begin at {partitions.start} and go on to {partitions.end or last}")
    return keys


def require_partitions(plan: IngestPlan, keys: Sequence[str]) -> tuple[str, ...]:
    """Return the keys of partitions as they were named, each once. Raises ConfigError with all that are none."""
    partitions = partitions_of(plan)
    problems: list[str] = []
    for key in keys:
        try:
            partitions.require(key)
        except ValueError as error:
            problems.append(str(error))
    if problems:
        raise ConfigError("; ".join(problems), hint="Ask for partitions of the job")
    return tuple(dict.fromkeys(keys))


def is_over(plan: IngestPlan, until: str, now: datetime) -> bool:
    """Return whether every partition that begins before `until` is there at `now` (aware). Raises as `partitions_between`."""
    partitions = partitions_of(plan)
    end = _moment(until, "end")
    if partitions.has_current:
        return partitions.local(end) <= partitions.local(now)
    every = partitions.between(partitions.first, end, partitions.local(end) + LONGEST)
    return partitions.between(partitions.first, end, now) == every


def partitions_of(plan: IngestPlan) -> JobPartitions:
    """Return the partitions of a job. Raises ConfigError when it has none."""
    if plan.source.partitions is None:
        message = f"the job {plan.job} has no partitions"
        raise ConfigError(message, hint=f"Add partitions to {plan.file}, such as {{type: daily, start: 2026-01-01}}")
    return plan.source.partitions


def _moment(text: str, which: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        message = f"the {which} of the range, '{text}', is no time" if text else f"the range has no {which}"
        raise ConfigError(message, hint="Write it like 2026-01-31 or 2026-01-31T06:00:00+01:00") from None
