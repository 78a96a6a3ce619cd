"""Every place is asked once, side by side, within its limit, and whatever it does is an answer."""

import time
from dataclasses import replace
from threading import Barrier
from threading import Event as Flag

import pytest

from dativo_core.errors import SourceError
from dativo_core.health import Part, ProbeStatus, check_infrastructure
from dativo_core.health.ask import ask_all
from dativo_core.health.clock import MADE_AT, clock_answer
from dativo_core.probe import Probe, ahead_s, failed, ok
from tests.support import orders_plan, services


def probe(ask, subject="somewhere"):
    return Probe(Part.SOURCE, subject, ask)


def test_answers_come_in_the_order_of_the_probes_and_are_asked_for_side_by_side():
    together = Barrier(3)
    second, third = Flag(), Flag()

    def answer(name, before, after):
        together.wait(30)
        assert before is None or before.wait(30)
        if after is not None:
            after.set()
        return ok(name)

    order = [("first", second, None), ("second", third, second), ("third", None, third)]
    found = ask_all([probe(lambda _limit, each=each: answer(*each)) for each in order], 60)
    assert [each.answer.message for each in found] == ["first", "second", "third"]


def test_a_place_that_hangs_is_given_up_on_and_the_others_are_told():
    over = Flag()
    hung, well = ask_all([probe(lambda _limit: over.wait()), probe(lambda _limit: ok("fine"))], 1)
    over.set()
    assert hung.answer == failed(
        "no answer within 1 s", "Check that it runs and can be reached from here, or raise the time limit"
    )
    assert well.answer == ok("fine")


def test_many_places_that_hang_are_asked_in_turns():
    probes = [probe(lambda _limit: time.sleep(30)) for _ in range(40)] + [probe(lambda _limit: ok("fine"))]
    found = ask_all(probes, 0.05)
    assert [each.answer.status for each in found] == [ProbeStatus.FAILED] * 40 + [ProbeStatus.OK]


def test_an_error_is_an_answer_with_its_remedy_and_a_bug_shows_its_kind_alone():
    def refuses(_limit):
        message = "no such file"
        raise SourceError(message, hint="Write it")

    def breaks(_limit):
        message = "hunter2"
        raise RuntimeError(message)

    expected, bug = ask_all([probe(refuses), probe(breaks)], 1)
    assert expected.answer == failed("no such file", "Write it")
    assert bug.answer.message == "the check itself failed (RuntimeError)"


def test_jobs_that_share_a_place_are_named_together_and_tenants_are_asked_apart(tmp_path):
    first = orders_plan(tmp_path)
    plans = [first, replace(first, job="returns"), replace(first, tenant="globex", job="orders")]
    found = [each for each in check_infrastructure(plans, services(tmp_path)) if each.part is Part.CATALOG]
    assert [(each.tenant, each.jobs) for each in found] == [("acme", ("orders", "returns")), ("globex", ("orders",))]
    assert {each.subject for each in found} == {"local in lake"}


@pytest.mark.parametrize(
    ("ahead", "status"),
    [(0, "ok"), (-59, "ok"), (61, "warning"), (-899, "warning"), (901, "failed"), (-5000, "failed")],
)
def test_a_clock_that_others_contradict_is_told(ahead, status):
    answer = clock_answer([("a store", ahead)], MADE_AT)
    assert answer.status == status
    assert ("Set the clock" in answer.hint) is (status != "ok")


def test_one_server_with_a_wrong_clock_does_not_blame_this_machine():
    assert clock_answer([("wrong", 4000.0), ("right", 1.0)], MADE_AT).status is ProbeStatus.OK


def test_a_clock_that_shows_the_past_is_wrong():
    assert "1970-01-01" in clock_answer([], MADE_AT.replace(year=1970, month=1)).message


BEYOND = "Thu, 01 Jan 2026 00:00:00 +99999999999999"


@pytest.mark.parametrize("header", [None, "", "yesterday", "Wed, 99 Nov 2026 00:00:00 GMT", BEYOND])
def test_a_date_header_that_is_none_tells_nothing(header):
    assert ahead_s(header) is None


def test_a_date_header_is_compared_with_now():
    assert ahead_s("Thu, 01 Jan 1970 00:00:00 GMT") < -1e9
