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
"""Loggers heard from level INFO, or what their context says; all others from WARNING."""

_TOLD_BY_US = ("urllib3.connectionpool",)
"""Loggers that warn of each try of a request; what becomes of the request is told by whoever sent it."""

_ALWAYS = MappingProxyType(dict.fromkeys(("tenant_id", "job_name", "event_type", "connector_type", "run_id")))
_OF_THE_LINE = frozenset({"timestamp", "level", "function", "line", "exception"})
"""Names a line has its own values for; a field of that name gets an underscore."""

_context: ContextVar[Mapping[str, object]] = ContextVar("dativo_log_context", default=_ALWAYS)
_level: ContextVar[int] = ContextVar("dativo_log_level", default=logging.INFO)


@contextmanager
def bound(*, level: int | None = None, **fields: object) -> Iterator[None]:
    """Add `fields` (`tenant_id`, `job_name`, `run_id`, …) to every record logged inside, in this context only.

    With `level`, milder records are dropped inside. The threads of `stages` have the context of whoever gives them work;
    any other thread starts without it and takes it along by `contextvars.copy_context().run`.
    """
    token = _context.set({**_context.get(), **fields})
    level_token = _level.set(_level.get() if level is None else level)
    try:
        yield
    finally:
        _level.reset(level_token)
        _context.reset(token)


def is_heard(level: int) -> bool:
    """Return whether records of a level are shown in this context."""
    return level >= _level.get()


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
    root, own = logging.getLogger(), [logging.getLogger(name) for name in (*PACKAGES, *_TOLD_BY_US)]
    before = root.handlers[:], root.level, [logger.level for logger in own]
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for logger in own:
        logger.setLevel(logging.ERROR if logger.name in _TOLD_BY_US else logging.DEBUG)
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
    """Return a handler that writes each record as one line of JSON to `stream`, and never raises."""
    handler = _QuietHandler(stream)
    handler.setFormatter(
        JsonFormatter(
            ["levelname", "message", "module", "funcName", "lineno"],
            rename_fields={"levelname": "level", "funcName": "function", "lineno": "line", "exc_info": "exception"},
            timestamp="timestamp",
            defaults={"timestamp": None},  # puts the time first in the line
        )
    )
    return handler


class _QuietHandler(logging.StreamHandler[TextIO]):
    """Where a line cannot be written, there is nowhere to say so: least of all as lines that are no JSON."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Go on."""


class _ContextFilter(logging.Filter):
    """Drops what is too mild for its context; gives the rest the fields bound there, over which those of the call win."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name in _OF_THE_LINE & record.__dict__.keys():
            record.__dict__[f"{name}_"] = record.__dict__.pop(name)
        for name, value in _context.get().items():
            record.__dict__.setdefault(name, value)
        return is_heard(record.levelno)
