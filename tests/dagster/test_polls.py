"""Questions that are asked side by side, and what becomes of those that hang."""

import threading
import time

from dativo_dagster.polls import MAX_AT_ONCE, Polls


def test_answers_and_errors_come_by_name():
    def broken():
        raise ValueError("no")

    answers = Polls().ask({"good": lambda: 1, "bad": broken}, 5)
    assert answers["good"] == 1
    assert isinstance(answers["bad"], ValueError)


def test_one_that_hangs_is_not_asked_again_and_its_late_answer_is_returned():
    polls, goes_on, asked = Polls(), threading.Event(), []

    def slow():
        asked.append(1)
        goes_on.wait(10)
        return "late"

    began = time.monotonic()
    assert polls.ask({"slow": slow, "quick": lambda: 1}, 0.2) == {"quick": 1}
    assert polls.ask({"slow": slow}, 0.1) == {}
    assert time.monotonic() - began < 5
    goes_on.set()
    assert polls.ask({"slow": slow}, 5) == {"slow": "late"}
    assert len(asked) == 1


def test_as_many_hang_as_may_and_the_others_are_answered_in_the_next_call():
    polls, goes_on = Polls(), threading.Event()
    questions = {f"hangs{number}": lambda: goes_on.wait(10) for number in range(MAX_AT_ONCE)}
    assert polls.ask({**questions, "quick": lambda: 1}, 0.2) == {}
    assert polls.ask({**questions, "quick": lambda: 1}, 0.2) == {"quick": 1}
    goes_on.set()


def test_many_are_asked_side_by_side():
    began = time.monotonic()
    answers = Polls().ask({str(number): lambda: time.sleep(0.2) for number in range(MAX_AT_ONCE)}, 5)
    assert len(answers) == MAX_AT_ONCE
    assert time.monotonic() - began < 0.2 * MAX_AT_ONCE
