"""Named places where a test can make a run fail: public test API, one dictionary look-up when off.

`DATIVO_FAILPOINTS="commit.after=kill:3;meta.before=raise:ENOSPC"`: entries `name=action[:argument][:n]`, joined by `;`.

| action | effect |
|---|---|
| `kill[:n]` | SIGKILL to this process at the n-th hit (default 1, `*` = every) |
| `raise:ERROR[:n]` | an errno name as OSError, `timeout`, `reset`, or an HTTP status as `HttpStatus` |
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
        "quarantine.written",
        "blob.written",
        "schema.before",
        "schema.after",
        "manifest.written",
        "commit.before",
        "meta.before",
        "meta.after",
        "commit.after",
        "commit.retry",
        "report.before",
        "report.after",
    }
)


class HttpStatus(Exception):
    """What a catalog server answered, as a failpoint injects it."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


@dataclass
class _Armed:
    act: Callable[[], None]
    at: int | None
    hits: int = 0


def _raise(error: str) -> Callable[[], None]:
    def act() -> None:
        if error.isdigit():
            raise HttpStatus(int(error))
        if error == "timeout":
            raise TimeoutError(errno.ETIMEDOUT, "injected time-out")
        if error == "reset":
            raise ConnectionResetError(errno.ECONNRESET, "injected reset")
        raise OSError(getattr(errno, error), os.strerror(getattr(errno, error)))

    if not error.isdigit() and error not in {"timeout", "reset"} and not hasattr(errno, error):
        message = f"failpoint error {error!r} is neither an errno name, an HTTP status, 'timeout' nor 'reset'"
        raise ValueError(message)
    return act


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
