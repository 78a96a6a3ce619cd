"""Run keys that cannot mute a job for ever."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dativo_dagster.run_keys import LONGEST_PAUSE_S, PastRun, RunEnd, next_run, pause_after

NOW = datetime(2026, 1, 2, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=1)


def past(end, run_id="r1", ended_at=LONG_AGO, ours=True):
    return PastRun(run_id, end, ended_at, ours)


def test_the_first_run_is_started():
    assert next_run("a", [], NOW).run_key == "a#1:first"


def test_a_run_that_waits_or_works_is_not_followed_by_another():
    found = next_run("a", [past(RunEnd.UNFINISHED)], NOW)
    assert (found.run_key, found.is_settled) == (None, False)


def test_a_success_and_an_end_by_a_person_settle_it():
    assert next_run("a", [past(RunEnd.SUCCEEDED)], NOW).is_settled
    assert next_run("a", [past(RunEnd.CANCELED)], NOW).is_settled


def test_a_failed_run_is_followed_by_one_with_another_key_after_a_pause():
    failed = past(RunEnd.FAILED, ended_at=NOW - timedelta(seconds=59))
    assert next_run("a", [failed], NOW).run_key is None
    assert next_run("a", [failed], NOW + timedelta(seconds=2)).run_key == "a#2:r1"


def test_pauses_grow_to_six_hours():
    assert [pause_after(failures).total_seconds() for failures in (1, 2, 3, 4)] == [60, 120, 240, 480]
    assert pause_after(1000).total_seconds() == LONGEST_PAUSE_S


def test_what_was_done_once_is_done_again_after_something_else():
    done = [past(RunEnd.SUCCEEDED, "r2", ours=False), past(RunEnd.SUCCEEDED, "r1")]
    assert next_run("a", done, NOW).run_key == "a#1:r2"


def test_a_run_for_something_else_that_failed_changes_nothing():
    done = [past(RunEnd.FAILED, "r2", ours=False), past(RunEnd.SUCCEEDED, "r1")]
    assert next_run("a", done, NOW).is_settled


@given(st.lists(st.sampled_from(RunEnd), max_size=8))
def test_no_key_is_given_twice_and_a_job_that_only_fails_is_always_started_again(ends):
    history: list[PastRun] = []
    keys = set()
    for number, end in enumerate(ends):
        found = next_run("a", history, NOW)
        if found.run_key is not None:
            assert found.run_key not in keys
            keys.add(found.run_key)
        history.insert(0, past(end, f"r{number}"))
    only_failures = [past(RunEnd.FAILED, run.run_id) for run in history]
    assert next_run("a", only_failures, NOW).run_key is not None
