"""Named places where a test can make a run fail: public test API, one dictionary look-up when off.

`DATIVO_FAILPOINTS="commit.after=kill:3;meta.before=raise:ENOSPC"`: entries `name=action[:argument][:n]`, joined by `;`.

| action | effect |
|---|---|
| `kill[:n]` | SIGKILL to this process at the n-th hit (default 1, `*` = every) |
| `raise:ERROR[:n]` | an errno name as OSError, `timeout`, `reset`, or a catalog's HTTP status (409, 500, 502, 503, 504) |
| `sleep:SECONDS[:n]` | sleeps |
| `stop[:n]` | SIGSTOP to this process |
"""

import errno
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

NAMES = frozenset(
    {
        "config.loaded",
        "state.read",
        "window.planned",
        "source.connected",
        "page.before",
        "page.after",
        "batch.validated",
        "file.opened",
        "file.partial",
        "file.closed",
        "file.synced",
        "quarantine.before",
        "quarantine.written",
        "blob.partial",
        "blob.written",
        "schema.before",
        "schema.after",
        "change.after",
        "replace.planned",
        "rewrite.written",
        "queries.asked",
        "manifest.written",
        "commit.before",
        "meta.before",
        "meta.after",
        "commit.after",
        "commit.retry",
        "report.before",
        "report.after",
        "state.verb",
    }
)


@dataclass
class _Armed:
    act: Callable[[], None]
    at: int | None
    hits: int = 0


def _raise(error: str) -> Callable[[], None]:
    injected = _error(error)

    def act() -> None:
        raise injected

    return act


def _error(name: str) -> Exception:
    """Return the exception a run would meet: for an HTTP status the one PyIceberg makes of a catalog's answer."""
    if name == "timeout":
        return TimeoutError(errno.ETIMEDOUT, "injected time-out")
    if name == "reset":
        return ConnectionResetError(errno.ECONNRESET, "injected reset")
    if name.isdigit():
        from pyiceberg import exceptions

        answers = {
            "409": exceptions.CommitFailedException,
            "500": exceptions.CommitStateUnknownException,
            "502": exceptions.CommitStateUnknownException,
            "503": exceptions.ServiceUnavailableError,
            "504": exceptions.CommitStateUnknownException,
        }
        if name in answers:
            return answers[name](f"injected HTTP {name}")
    elif hasattr(errno, name):
        number = getattr(errno, name)
        return OSError(number, os.strerror(number))
    message = f"failpoint error {name!r} is neither an errno name, 409, 500, 502, 503, 504, 'timeout' nor 'reset'"
    raise ValueError(message)


def _signal(number: int) -> None:
    os.kill(os.getpid(), number)


def parse(text: str) -> dict[str, _Armed]:
    """Return the armed failpoints of a `DATIVO_FAILPOINTS` text; ValueError on an unknown name or action."""
    armed: dict[str, _Armed] = {}
    for entry in filter(None, (part.strip() for part in text.split(";"))):
        name, _, action = entry.partition("=")
        if name not in NAMES:
            message = f"unknown failpoint {name!r}; known: {', '.join(sorted(NAMES))}"
            raise ValueError(message)
        verb, *rest = action.split(":")
        act: Callable[[], None]
        match verb:
            case "kill":
                act = partial(_signal, signal.SIGKILL)
            case "stop":
                act = partial(_signal, signal.SIGSTOP)
            case "raise" if rest:
                act = _raise(rest.pop(0))
            case "sleep" if rest:
                act = partial(time.sleep, float(rest.pop(0)))
            case _:
                message = f"failpoint {name!r} has the unknown action {action!r}"
                raise ValueError(message)
        nth = rest.pop(0) if rest else "1"
        armed[name] = _Armed(act, None if nth == "*" else int(nth))
    return armed


_armed: dict[str, _Armed] = parse(os.environ.get("DATIVO_FAILPOINTS", ""))


def arm(text: str) -> None:
    """Replace the armed failpoints of this process; an empty text switches all off."""
    global _armed
    _armed = parse(text)


def armed() -> tuple[str, ...]:
    """Return the names now armed, for logs and run metadata."""
    return tuple(sorted(_armed))


def fp(name: str) -> None:
    """Do what the failpoint `name` is armed for; nothing when it is not."""
    point = _armed.get(name)
    if point is None:
        return
    point.hits += 1
    if point.at is None or point.hits == point.at:
        point.act()
