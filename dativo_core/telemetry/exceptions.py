"""Exceptions that leave the process, as into Dagster's database, without the secrets that somebody put into their words."""

import traceback
from contextlib import suppress

from dativo_core.telemetry.redact import REDACTED, redact


class Hidden(Exception):
    """Stands for an exception whose own words cannot be changed; says what it was and what it said, without secrets."""


def without_secrets(error: BaseException) -> BaseException:
    """Return `error`, changed in place where it, its notes, or what it was raised from holds a secret.

    One whose text comes from elsewhere is replaced by a `Hidden`. Call it at the last place that sees the exception.
    """
    told = "".join(traceback.format_exception(error))
    return error if redact(told) == told else _cleaned(error, {})


def _cleaned(error: BaseException, seen: dict[int, BaseException]) -> BaseException:
    if id(error) in seen:
        return seen[id(error)]
    seen[id(error)] = error
    _clean_words(error)
    shown = error
    if _leaks(error):
        shown = Hidden(redact("".join(traceback.format_exception_only(error)).strip())).with_traceback(
            error.__traceback__
        )
        seen[id(error)] = shown
    cause, context, is_suppressed = error.__cause__, error.__context__, error.__suppress_context__
    shown.__cause__ = _cleaned(cause, seen) if cause else None
    shown.__context__ = _cleaned(context, seen) if context else None
    shown.__suppress_context__ = is_suppressed
    return shown


def _clean_words(error: BaseException) -> None:
    if isinstance(error, BaseExceptionGroup):
        for member in error.exceptions:
            _clean_words(member)
    error.args = tuple(_clean(each) for each in error.args)
    for name, value in list(vars(error).items()):
        if isinstance(value, str):
            with suppress(AttributeError):  # a read-only one is shown to leak, if it does
                setattr(error, name, redact(value))
    if hasattr(error, "__notes__"):
        error.__notes__ = [redact(str(note)) for note in error.__notes__]


def _clean(argument: object) -> object:
    if isinstance(argument, str):
        return redact(argument)
    text = str(argument)
    return argument if redact(text) == text else REDACTED


def _leaks(error: BaseException) -> bool:
    is_group = isinstance(error, BaseExceptionGroup)
    lines = traceback.format_exception(error, chain=False) if is_group else traceback.format_exception_only(error)
    return redact("".join(lines)) != "".join(lines)
