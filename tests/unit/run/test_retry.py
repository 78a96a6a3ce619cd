"""When a failed run is tried again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.errors import (
    CommitUnknown,
    ConfigError,
    ContractError,
    SourceError,
    SourceUnavailable,
    StateLost,
)
from dativo_core.plan.types import RetryPlan
from dativo_core.run.retry import MAX_ASKED_DELAY_S, random_spread, retry_delay_s

BUSY = SourceUnavailable("the endpoint does not answer")
BROKEN = SourceError("orders.csv is no CSV")


def even() -> float:
    return 1.0


def delay(retry, *errors, after=1):
    return retry_delay_s(retry, errors, after, even)


def test_waits_grow_up_to_the_longest_and_end_with_the_last_try():
    retry = RetryPlan(max_attempts=5, initial_delay_s=10, max_delay_s=50, multiplier=2)
    assert [delay(retry, BUSY, after=failed) for failed in (1, 2, 3, 4, 5)] == [10, 20, 40, 50, None]


def test_an_error_that_a_retry_cannot_help_is_final():
    assert delay(RetryPlan(), BROKEN) is None


def test_every_failed_stream_must_be_one_that_a_retry_can_help():
    assert delay(RetryPlan(), BUSY, CommitUnknown("no answer")) == 5
    assert delay(RetryPlan(), BUSY, BROKEN) is None


def test_a_pattern_found_in_the_message_makes_an_error_one_that_is_retried():
    assert delay(RetryPlan(patterns=("(?i)NO csv",)), BROKEN) == 5
    assert delay(RetryPlan(patterns=("excel",)), BROKEN) is None


def test_every_failure_is_retried_where_the_job_says_so():
    assert delay(RetryPlan(every_failure=True), BROKEN) == 5


@pytest.mark.parametrize("error", [ConfigError("x"), ContractError("x"), StateLost("x")])
def test_broken_files_broken_contracts_and_lost_state_are_never_retried(error):
    assert delay(RetryPlan(patterns=("x",), every_failure=True), error) is None


def test_the_pause_a_source_asks_for_holds_instead_of_the_plan():
    asked = SourceUnavailable("busy", retry_after_s=700)
    assert delay(RetryPlan(max_delay_s=300), asked, BUSY) == 700
    assert delay(RetryPlan(), SourceUnavailable("busy", retry_after_s=0)) == 0


def test_a_pause_that_is_too_long_to_wait_for_ends_the_run():
    assert delay(RetryPlan(), SourceUnavailable("busy", retry_after_s=MAX_ASKED_DELAY_S + 1)) is None


@given(st.integers(1, 10), st.floats(0, 86_400), st.floats(0, 86_400), st.floats(1, 100), st.integers(1, 12))
def test_a_wait_is_never_negative_nor_longer_than_the_longest(attempts, first, longest, multiplier, failed):
    waited = retry_delay_s(RetryPlan(attempts, first, longest, multiplier), [BUSY], failed, random_spread)
    assert (waited is None) == (failed >= attempts)
    assert waited is None or 0 <= waited <= longest
