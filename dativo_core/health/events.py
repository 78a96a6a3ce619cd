"""The log of a check: one record per place that was asked."""

import logging
from collections.abc import Iterable

from dativo_core.health.result import ProbeResult
from dativo_core.probe import Part, ProbeStatus
from dativo_core.telemetry.events import Event
from dativo_core.telemetry.log import log_event

_logger = logging.getLogger(__name__)

_EVENTS = {
    Part.SOURCE: (Event.SOURCE_CHECK_COMPLETE, Event.SOURCE_CHECK_FAILED),
    Part.TARGET: (Event.TARGET_CHECK_COMPLETE, Event.TARGET_CHECK_FAILED),
    Part.CATALOG: (Event.CATALOG_CHECK_COMPLETE, Event.CATALOG_CHECK_FAILED),
    Part.SECRETS: (Event.SECRETS_CHECK_COMPLETE, Event.SECRETS_CHECK_FAILED),
    Part.CLOCK: (Event.CLOCK_CHECK_COMPLETE, Event.CLOCK_CHECK_FAILED),
}
_LEVELS = {ProbeStatus.FAILED: logging.ERROR, ProbeStatus.WARNING: logging.WARNING}


def log_results(results: Iterable[ProbeResult]) -> None:
    """Log what each place of a job answered: failures as errors, warnings as warnings."""
    for result in results:
        complete, failure = _EVENTS[result.part]
        log_event(
            _logger,
            failure if result.status is ProbeStatus.FAILED else complete,
            str(result),
            level=_LEVELS.get(result.status, logging.INFO),
            subject=result.subject,
            status=result.status.value,
            hint=result.hint,
            seconds=round(result.seconds, 3),
            jobs=list(result.jobs),
        )


def failure_event(result: ProbeResult) -> Event:
    """Return the event of a place of a job that does not work."""
    return _EVENTS[result.part][1]
