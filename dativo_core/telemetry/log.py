"""Structured logs: one JSON object per line, with the run's context, without secrets."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import TextIO

from pythonjsonlogger.json import JsonFormatter

from dativo_core.telemetry.events import Event
from dativo_core.telemetry.redact import RedactingFilter

PACKAGES = ("dativo_core", "dativo_dagster")
"""Loggers heard from level INFO; all others from WARNING."""

_ALWAYS = MappingProxyType({"tenant_id": None, "job_name": None, "run_id": None, "event_type": None})
_context: ContextVar[Mapping[str, object]] = ContextVar("dativo_log_context", default=_ALWAYS)


@contextmanager
def bound(**fields: object) -> Iterator[None]:
    """Add `fields` (`tenant_id`, `job_name`, `run_id`, …) to every record logged inside, in this context only.

    A thread starts without them; run its work by `contextvars.copy_context().run` to take them along.
    """
    token = _context.set({**_context.get(), **fields})
    try:
        yield
    finally:
        _context.reset(token)


def log_event(
    logger: logging.Logger,
    event: Event,
    message: str,
    *,
    level: int = logging.INFO,
    exc_info: BaseException | None = None,
    **fields: object,
) -> None:
    """Log `message` as `event` with `fields`, at the caller's place in the code.

    A field may not be named like an attribute of `logging.LogRecord` (`name`, `module`, `args`, …): KeyError.
    """
    logger.log(level, message, exc_info=exc_info, extra={"event_type": event.value, **fields}, stacklevel=2)


@contextmanager
def logging_to(handler: logging.Handler) -> Iterator[None]:
    """Send all records and Python warnings to `handler` alone, with context and without secrets, until the end."""
    handler.addFilter(_ContextFilter())
    handler.addFilter(RedactingFilter())
    root, own = logging.getLogger(), [logging.getLogger(name) for name in PACKAGES]
    before = root.handlers[:], root.level, [logger.level for logger in own]
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for logger in own:
        logger.setLevel(logging.INFO)
    logging.captureWarnings(True)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        root.handlers[:], level, own_levels = before
        root.setLevel(level)
        for logger, own_level in zip(own, own_levels, strict=True):
            logger.setLevel(own_level)


def json_handler(stream: TextIO) -> logging.Handler:
    """Return a handler that writes each record as one line of JSON to `stream`."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        JsonFormatter(
            ["levelname", "message", "module", "funcName", "lineno"],
            rename_fields={"levelname": "level", "funcName": "function", "lineno": "line", "exc_info": "exception"},
            timestamp="timestamp",
            defaults={"timestamp": None},  # puts the time first in the line
        )
    )
    return handler


class _ContextFilter(logging.Filter):
    """Gives each record the fields bound where it was logged; a field of the call itself wins."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in _context.get().items():
            record.__dict__.setdefault(name, value)
        return True
