"""Asks many places side by side, and waits for none much longer than its limit."""

import time
from collections.abc import Sequence
from contextvars import copy_context
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread

from dativo_core.errors import DativoError
from dativo_core.health.unread import SecretsUnread
from dativo_core.probe import Answer, Probe, answer_of, failed, skipped

AT_ONCE = 32
"""Places that are asked at the same time."""

_GRACE_S = 0.5
"""How long a probe may go on behind its limit: what it says of a time-out itself is more exact."""


@dataclass(frozen=True)
class Asked:
    """An answer and how many seconds it took."""

    answer: Answer
    seconds: float


_Queue = SimpleQueue[tuple[int, Asked]]


def ask_all(probes: Sequence[Probe], limit_s: float) -> tuple[Asked, ...]:
    """Return the answer of each probe, in their order; one that says nothing within `limit_s` has failed.

    A probe that hangs is left behind in a thread that does not keep this process from ending.
    """
    answers: _Queue = SimpleQueue()
    found: dict[int, Asked] = {}
    deadlines: dict[int, float] = {}
    waiting = iter(range(len(probes)))
    while len(found) < len(probes):
        while len(deadlines) < AT_ONCE and (number := next(waiting, None)) is not None:
            deadlines[number] = time.monotonic() + limit_s + _GRACE_S
            _start(number, probes[number], limit_s, answers)
        for number, asked in _next_of(answers, deadlines, limit_s):
            if deadlines.pop(number, None) is not None:
                found[number] = asked
    return tuple(found[number] for number in range(len(probes)))


def _next_of(answers: _Queue, deadlines: dict[int, float], limit_s: float) -> list[tuple[int, Asked]]:
    """Return the next answer, or those of everybody who has had no time left by then."""
    try:
        return [answers.get(timeout=max(0.0, min(deadlines.values()) - time.monotonic()))]
    except Empty:
        now = time.monotonic()
        return [(number, _silent(limit_s)) for number, deadline in deadlines.items() if deadline <= now]


def _silent(limit_s: float) -> Asked:
    hint = "Check that it runs and can be reached from here, or raise the time limit"
    return Asked(failed(f"no answer within {limit_s:g} s", hint), limit_s)


def _start(number: int, probe: Probe, limit_s: float, answers: _Queue) -> None:
    context = copy_context()
    Thread(
        target=lambda: answers.put((number, context.run(_asked, probe, limit_s))),
        name=f"probe of {probe.subject}",
        daemon=True,
    ).start()


def _asked(probe: Probe, limit_s: float) -> Asked:
    started = time.monotonic()
    answer = _answer(probe, limit_s)
    return Asked(answer, time.monotonic() - started)


def _answer(probe: Probe, limit_s: float) -> Answer:
    try:
        return probe.ask(limit_s)
    except SecretsUnread as unread:
        return skipped(unread.message)
    except DativoError as error:
        return answer_of(error)
    except Exception as bug:
        # The text of an exception that nobody foresaw may hold anything, so only its kind is told.
        return failed(f"the check itself failed ({type(bug).__name__})", "This is a bug in Dativo: please report it")
