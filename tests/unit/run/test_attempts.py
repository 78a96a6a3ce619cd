"""A job that is tried again: what landed stays, and the report tells of all tries together."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dativo_core import failpoints
from dativo_core.errors import DativoError, SourceError
from dativo_core.flow import StreamOutcome
from dativo_core.lake.places import DATABASE
from dativo_core.model.names import job_key, table_name
from dativo_core.plan.types import IngestPlan
from dativo_core.run import Services
from dativo_core.run.attempts import run_with_retries
from dativo_core.secrets.environment import EnvironmentStore
from tests.support import deliver, orders_plan, table_rows


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    failpoints.arm("")


class Naps(list):
    """Records how long would be slept, and may do something meanwhile."""

    def __init__(self, meanwhile=lambda: None):
        self.meanwhile = meanwhile

    def __call__(self, seconds: float) -> None:
        self.append(seconds)
        self.meanwhile()


def tried(plan: IngestPlan, naps: Naps):
    return run_with_retries(plan, Services(secrets=EnvironmentStore(), mode="self_hosted"), sleep=naps)


def with_returns(plan: IngestPlan) -> IngestPlan:
    """Return the plan with a second stream that reads the same files into another table."""
    (orders,) = plan.streams
    returns = replace(
        orders,
        object="returns",
        job_key=job_key(plan.tenant, plan.job, "returns"),
        table=table_name(plan.tenant, None, "returns"),
    )
    return replace(plan, streams=(orders, returns))


def test_a_run_that_works_is_not_repeated(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    naps = Naps()
    assert tried(orders_plan(tmp_path), naps).exit_code == 0
    assert naps == []


def test_a_run_that_got_no_answer_is_tried_again_and_lands_once(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    failpoints.arm("window.planned=raise:timeout:1")
    naps = Naps()
    report = tried(orders_plan(tmp_path), naps)
    assert (report.exit_code, report.streams[0].counts.written) == (0, 1)
    assert len(naps) == 1
    assert table_rows(tmp_path).num_rows == 1


def test_a_broken_file_is_not_tried_again(tmp_path: Path) -> None:
    naps = Naps()
    report = tried(orders_plan(tmp_path), naps)
    assert isinstance(report.streams[0].error, SourceError)
    assert naps == []


def test_after_the_last_try_the_report_says_why(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    failpoints.arm("window.planned=raise:timeout:*")
    naps = Naps()
    report = tried(orders_plan(tmp_path), naps)
    assert (report.exit_code, len(naps)) == (2, 2)
    assert report.streams[0].error is not None


def test_a_stream_that_landed_keeps_its_report_and_is_not_run_again(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    plan = with_returns(orders_plan(tmp_path))
    failpoints.arm("window.planned=raise:timeout:2")
    naps = Naps(lambda: deliver(tmp_path, "b.csv", [(2, "m", 1.0)]))
    report = tried(plan, naps)
    assert [stream.outcome for stream in report.streams] == [StreamOutcome.COMMITTED] * 2
    assert [stream.counts.written for stream in report.streams] == [1, 2]
    assert report.plan_digest == plan.digest
    assert table_rows(tmp_path, plan.streams[0].table).num_rows == 1


def test_an_error_of_the_lake_itself_ends_the_tries_and_keeps_what_landed(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    plan = with_returns(orders_plan(tmp_path))
    failpoints.arm("window.planned=raise:timeout:2")

    def break_the_lake() -> None:
        catalog = tmp_path / "lake" / DATABASE
        catalog.unlink()
        catalog.mkdir()

    report = tried(plan, Naps(break_the_lake))
    assert [stream.outcome for stream in report.streams] == [StreamOutcome.COMMITTED, StreamOutcome.FAILED]
    assert report.streams[0].counts.written == 1


def test_an_error_before_any_stream_is_raised(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("no directory")
    with pytest.raises(DativoError):
        tried(orders_plan(tmp_path), Naps())
