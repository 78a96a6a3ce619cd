"""Asking many places side by side within a time budget; one that hangs delays neither the others nor the answer."""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

Answer = TypeVar("Answer")
MAX_AT_ONCE = 8


class Polls(Generic[Answer]):
    """Questions by name. One that is not answered in time goes on, and is not asked again before it ends.

    Its late answer is returned by the next call. Threads do not keep the process alive.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._answers: dict[str, Answer | Exception] = {}
        self._open: set[str] = set()

    def ask(self, questions: Mapping[str, Callable[[], Answer]], budget_s: float) -> dict[str, Answer | Exception]:
        """Return the answers, or what they raised, that came within `budget_s` seconds; questions are asked in order."""
        deadline = time.monotonic() + budget_s
        with self._changed:
            waiting = deque(name for name in questions if name not in self._open and name not in self._answers)
        for _ in range(min(MAX_AT_ONCE, len(waiting))):
            threading.Thread(target=self._work, args=(questions, waiting, deadline), daemon=True).start()
        with self._changed:
            self._changed.wait_for(lambda: self._answers.keys() >= questions.keys(), deadline - time.monotonic())
            # Whoever is not there any more is not told either.
            answers, self._answers = self._answers, {}
            return {name: answer for name, answer in answers.items() if name in questions}

    def _work(self, questions: Mapping[str, Callable[[], Answer]], waiting: deque[str], deadline: float) -> None:
        while time.monotonic() < deadline:
            with self._changed:
                if not waiting:
                    return
                name = waiting.popleft()
                self._open.add(name)
            answer = _attempt(questions[name])
            with self._changed:
                self._open.discard(name)
                self._answers[name] = answer
                self._changed.notify_all()


def _attempt(question: Callable[[], Answer]) -> Answer | Exception:
    try:
        return question()
    except Exception as error:  # one job's fault, even a bug, must not stop the others of its tenant
        return error
