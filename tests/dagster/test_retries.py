"""Dagster tries a run again as often as the job says, and only where that can help."""

import pytest

from dativo_core import failpoints
from tests.dagster.test_run import BAD_ROW, GOOD_ROWS, ORDERS, events, execute, failure, materialized, rows
from tests.dagster.workspaces import write_job, write_rows

AT_ONCE = "retry_config: {max_attempts: 3, initial_delay_seconds: 0}\n"


@pytest.fixture(autouse=True)
def disarmed():
    yield
    failpoints.arm("")


def retries(result):
    return len(events(result, "STEP_UP_FOR_RETRY"))


def test_a_run_that_got_no_answer_is_tried_again_and_lands_once(workspace, instance):
    write_job(workspace, extra=AT_ONCE)
    failpoints.arm("window.planned=raise:timeout:1")
    result = execute(workspace, instance)
    assert result.success
    assert (retries(result), rows(workspace), materialized(result)) == (1, 2, [ORDERS])


def test_after_the_last_try_the_run_fails_with_its_reason(workspace, instance):
    write_job(workspace, extra=AT_ONCE)
    failpoints.arm("window.planned=raise:timeout:*")
    result = execute(workspace, instance)
    assert not result.success
    assert retries(result) == 2
    assert "injected time-out" in failure(result).description


def test_a_job_that_wants_one_try_gets_one(workspace, instance):
    write_job(workspace, extra="retry_config: {max_attempts: 1}\n")
    failpoints.arm("window.planned=raise:timeout:*")
    assert retries(execute(workspace, instance)) == 0


def test_an_error_whose_message_a_pattern_finds_is_retried(workspace, instance):
    write_job(workspace, extra='retry_config: {initial_delay_seconds: 0, retryable_error_patterns: ["seeds/"]}\n')
    (workspace / "seeds" / "orders.csv").unlink()
    assert retries(execute(workspace, instance)) == 2


def test_a_broken_contract_is_never_retried(workspace, instance):
    write_job(workspace, extra="retry_config: {initial_delay_seconds: 0, retryable_exit_codes: [2]}\n")
    write_rows(workspace, GOOD_ROWS + BAD_ROW)
    assert retries(execute(workspace, instance)) == 0


def test_a_commit_whose_try_then_failed_is_recorded_by_the_next_try(workspace, instance):
    write_job(workspace, extra=AT_ONCE)
    failpoints.arm("commit.after=raise:timeout:1")
    result = execute(workspace, instance)
    assert result.success
    assert (rows(workspace), materialized(result)) == (2, [ORDERS])
