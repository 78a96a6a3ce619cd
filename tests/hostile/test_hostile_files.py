"""Every hostile delivery has its one outcome, in strict mode and with quarantine, and no row is lost or made up."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from dativo_core.flow import StreamOutcome, StreamReport
from tests.hostile.corpus import DELIVERIES
from tests.hostile.outcomes import Delivery, Loaded, Outcome, Refused, Rejected
from tests.hostile.plans import hostile_plan
from tests.support import TABLE, load, table_rows


def deliver(delivery: Delivery, root: Path, *, max_rejects: int | None) -> StreamReport:
    (root / "in").mkdir()
    delivery.write(root / "in")
    (report,) = load(hostile_plan(root, delivery, max_rejects=max_rejects)).streams
    return report


def test_the_corpus_is_large_and_names_each_delivery_once():
    assert len(DELIVERIES) >= 60
    assert len({delivery.name for delivery in DELIVERIES}) == len(DELIVERIES)


@pytest.mark.parametrize("delivery", DELIVERIES, ids=lambda delivery: delivery.name)
def test_with_quarantine_good_rows_land_and_bad_ones_are_kept(delivery: Delivery, tmp_path: Path) -> None:
    report = deliver(delivery, tmp_path, max_rejects=None)
    assert report.counts.is_conserved
    if isinstance(delivery.outcome, Refused):
        require_refused(report, delivery.outcome, tmp_path)
        return
    assert report.outcome is StreamOutcome.COMMITTED, report.error
    assert report.counts.written == table_rows(tmp_path).num_rows == delivery.outcome.rows
    require_rejects(delivery.outcome, report, tmp_path)


@pytest.mark.parametrize("delivery", DELIVERIES, ids=lambda delivery: delivery.name)
def test_in_strict_mode_a_bad_row_publishes_nothing(delivery: Delivery, tmp_path: Path) -> None:
    report = deliver(delivery, tmp_path, max_rejects=0)
    assert report.counts.is_conserved
    if isinstance(delivery.outcome, Loaded):
        assert (report.outcome, report.counts.written) == (StreamOutcome.COMMITTED, delivery.outcome.rows), report.error
        return
    assert (report.outcome, table_rows(tmp_path).num_rows) == (StreamOutcome.FAILED, 0)
    assert report.error is not None
    assert report.error.hint


def require_refused(report: StreamReport, outcome: Refused, root: Path) -> None:
    assert (report.outcome, table_rows(root).num_rows) == (StreamOutcome.FAILED, 0)
    assert report.error is not None
    assert outcome.words in report.error.message
    assert report.error.hint


def require_rejects(outcome: Outcome, report: StreamReport, root: Path) -> None:
    expected = outcome.rejects if isinstance(outcome, Rejected) else ()
    assert report.counts.quarantined == len(expected)
    kept = sorted(table_rows(root, TABLE.quarantine).to_pylist(), key=lambda row: row["line"]) if expected else []
    assert [row["line"] for row in kept] == [line for line, _ in expected]
    for row, (_, words) in zip(kept, expected, strict=True):
        assert words in row["reason"]
        assert row["file"].startswith("in/")
        assert row["raw"]


def test_a_file_that_vanishes_after_planning_fails_the_run_and_says_so(tmp_path: Path) -> None:
    delivery = next(each for each in DELIVERIES if each.name == "gzip")
    (tmp_path / "in").mkdir()
    delivery.write(tmp_path / "in")
    plan = hostile_plan(tmp_path, delivery, max_rejects=None)
    load(plan)
    (tmp_path / "in" / "a.csv.gz").unlink()
    (report,) = load(replace(plan, job="again")).streams
    assert report.outcome is StreamOutcome.FAILED
    assert "no file matches" in str(report.error)


BIG = ("a cell of 10 MB", "a row over the limit", "a line without end", "an open quote over the limit", "gzip bomb")
LOAD = """
import sys
from pathlib import Path
from tests.hostile.corpus import DELIVERIES
from tests.hostile.plans import hostile_plan
from tests.support import load, peak_mb

delivery = next(each for each in DELIVERIES if each.name == sys.argv[2])
load(hostile_plan(Path(sys.argv[1]), delivery, max_rejects=None))
print(peak_mb())
"""


@pytest.mark.parametrize("name", BIG)
def test_the_largest_deliveries_are_read_in_bounded_memory(name: str, tmp_path: Path) -> None:
    delivery = next(each for each in DELIVERIES if each.name == name)
    (tmp_path / "in").mkdir()
    delivery.write(tmp_path / "in")
    command = [sys.executable, "-c", LOAD, str(tmp_path), name]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout.split()[-1]) < 512
