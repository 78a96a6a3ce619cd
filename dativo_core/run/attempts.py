"""Running a job until it is done or no further try can help; what landed is never loaded again."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count

from dativo_core.errors import DativoError
from dativo_core.flow import RunReport, StreamOutcome
from dativo_core.plan.run_options import RunOptions
from dativo_core.plan.types import IngestPlan, StreamPlan
from dativo_core.run.job import run
from dativo_core.run.retry import retry_delay_s
from dativo_core.run.services import Services
from dativo_core.telemetry.events import Event
from dativo_core.telemetry.log import log_event

logger = logging.getLogger(__name__)

Sleep = Callable[[float], None]


def run_with_retries(
    plan: IngestPlan, services: Services, options: RunOptions | None = None, sleep: Sleep = time.sleep
) -> RunReport:
    """Run a job as asked, and the streams of it that failed again as often as its plan says; each stream's last report counts.

    Raises what `run` raises when no stream could be tried.
    """
    report: RunReport | None = None
    for attempt in count(1):
        report, errors = _try(plan, report, services, options)
        delay_s = retry_delay_s(plan.retry, errors, attempt)
        if delay_s is None:
            break
        _log_delay(plan, errors, attempt, delay_s)
        sleep(delay_s)
        log_event(logger, Event.RETRY_ATTEMPT, f"{plan.job} is tried again", attempt=attempt + 1)
    if report is None:
        raise errors[0]
    return report


def _try(
    plan: IngestPlan, before: RunReport | None, services: Services, options: RunOptions | None
) -> tuple[RunReport | None, Sequence[DativoError]]:
    """Run what is unfinished; return the report of all tries so far, None while no stream could be tried, and the errors."""
    try:
        again = run(replace(plan, streams=_unfinished(plan, before)), services, options)
        report = _joined(plan, before, again)
    except DativoError as error:
        return before and _failed_again(before, error), [error]
    return report, [stream.error for stream in report.streams if stream.error is not None]


def _unfinished(plan: IngestPlan, report: RunReport | None) -> tuple[StreamPlan, ...]:
    if report is None:
        return plan.streams
    pairs = zip(plan.streams, report.streams, strict=True)
    return tuple(stream for stream, told in pairs if told.outcome is StreamOutcome.FAILED)


def _joined(plan: IngestPlan, before: RunReport | None, again: RunReport) -> RunReport:
    """Return one report of both tries: what is done keeps its report, what failed gets its new one."""
    if before is None:
        return replace(again, plan_digest=plan.digest)
    newer = iter(again.streams)
    streams = tuple(next(newer) if told.outcome is StreamOutcome.FAILED else told for told in before.streams)
    return replace(before, finished_at=again.finished_at, streams=streams)


def _failed_again(report: RunReport, error: DativoError) -> RunReport:
    """Return the report with the error that kept the failed streams from being tried again."""
    failed = StreamOutcome.FAILED
    return replace(
        report,
        streams=tuple(replace(told, error=error) if told.outcome is failed else told for told in report.streams),
    )


def _log_delay(plan: IngestPlan, errors: Sequence[DativoError], failed_attempts: int, delay_s: float) -> None:
    log_event(
        logger,
        Event.RETRY_DELAY,
        f"{plan.job} is tried again in {delay_s:.1f} s, try {failed_attempts + 1} of {plan.retry.max_attempts}",
        level=logging.WARNING,
        attempt=failed_attempts + 1,
        max_attempts=plan.retry.max_attempts,
        delay_s=round(delay_s, 3),
        error=str(errors[0]),
    )
