"""Exceptions leave the process without secrets, in whatever part of their chain one is."""

import traceback

import pytest

from dativo_core.errors import SourceError
from dativo_core.telemetry import redact
from dativo_core.telemetry.exceptions import Hidden, without_secrets
from dativo_core.telemetry.redact import REDACTED, register

CANARY = "canary-in-an-error"


@pytest.fixture(autouse=True)
def _one_secret(monkeypatch):
    monkeypatch.setattr(redact, "_forms", frozenset())
    register(CANARY)


class Stubborn(Exception):
    def __str__(self):
        return f"always {CANARY}"


def raised(make):
    try:
        make()
    except Exception as error:
        return without_secrets(error)


def plain():
    raise ValueError(f"refused {CANARY}")


def with_hint():
    raise SourceError("refused", hint=f"not {CANARY}", context={"url": f"x://{CANARY}"})


def caused():
    try:
        plain()
    except ValueError as error:
        raise KeyError("outer") from error


def during():
    try:
        plain()
    finally:
        {}["outer"]


def noted():
    error = RuntimeError("outer")
    error.add_note(f"while using {CANARY}")
    raise error


def of_a_file():
    raise FileNotFoundError(2, "No such file", f"/run/{CANARY}/x")


def stubborn():
    raise Stubborn


def grouped():
    raise ExceptionGroup("several", [ValueError(f"one {CANARY}"), Stubborn()])


def grouped_with_causes():
    members = []
    for make in (caused, during, noted, grouped):
        try:
            make()
        except Exception as error:
            members.append(error)
    raise ExceptionGroup("outer", [ExceptionGroup("inner", members), KeyError(CANARY)]) from members[0]


def with_bytes():
    raise ValueError(CANARY.encode(), {"password": CANARY})


@pytest.mark.parametrize(
    "make",
    [plain, with_hint, caused, during, noted, of_a_file, stubborn, grouped, grouped_with_causes, with_bytes],
    ids=lambda each: each.__name__,
)
def test_no_part_of_a_chain_tells_a_secret(make):
    text = "".join(traceback.format_exception(raised(make)))
    assert CANARY not in text
    assert REDACTED in text or "Hidden" in text


def test_kind_and_chain_stay():
    error = raised(caused)
    assert isinstance(error, KeyError)
    assert isinstance(error.__cause__, ValueError)
    assert isinstance(raised(with_hint), SourceError)


def test_an_exception_that_makes_its_own_words_is_replaced():
    error = raised(stubborn)
    assert isinstance(error, Hidden)
    assert "Stubborn: always" in str(error)


def test_an_exception_without_a_secret_is_left_alone():
    error = ValueError("plain", 1)
    assert without_secrets(error) is error
    assert error.args == ("plain", 1)


def test_a_chain_that_is_a_ring_comes_to_an_end():
    one, other = ValueError(CANARY), ValueError("b")
    one.__context__, other.__context__ = other, one
    assert CANARY not in "".join(traceback.format_exception(without_secrets(one)))
