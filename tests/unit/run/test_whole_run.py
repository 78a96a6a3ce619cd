"""Rules about a whole load: keys over all files, thresholds before publishing, and what is left on disk."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dativo_core.errors import ContractError, SourceError
from dativo_core.flow import CheckResult, CheckStatus, StreamOutcome, StreamReport
from dativo_core.odcs.contract import CheckSeverity, Metric, MetricRule, Rule, RuleKind
from dativo_core.odcs.thresholds import Operator, Threshold
from dativo_core.plan.types import IngestPlan, WriteMode
from tests.support import PLACE, TABLE, deliver, load, orders_plan, orders_rules, table_rows

UNIQUE = Rule("id__unique", RuleKind.UNIQUE, "id", ("id",), CheckSeverity.ERROR, "id has no value twice", PLACE)
KEY = Rule("key", RuleKind.UNIQUE, "name, amount", ("name", "amount"), CheckSeverity.ERROR, "key", PLACE)


def count_rule(bound: int, severity: CheckSeverity = CheckSeverity.ERROR) -> MetricRule:
    thresholds = (Threshold(Operator.LESS_OR_EQUAL_TO, (bound,)),)
    return MetricRule("table__row_count", Metric.ROW_COUNT, (), (), thresholds, "rows", severity, "few rows", PLACE)


def ruled(plan: IngestPlan, *rules: Rule, metrics: tuple[MetricRule, ...] = ()) -> IngestPlan:
    stream = replace(plan.streams[0], rules=(*orders_rules(), *rules), metric_rules=metrics)
    return replace(plan, streams=(stream,))


def load_one(plan: IngestPlan) -> StreamReport:
    (report,) = load(plan).streams
    return report


def check(report: StreamReport, name: str) -> CheckResult:
    (found,) = [each for each in report.checks if each.id == name]
    return found


@pytest.fixture(autouse=True)
def spill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory that private directories are made in."""
    directory = tmp_path / "spill"
    directory.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    return directory


def test_a_row_that_repeats_a_key_of_another_file_is_quarantined_with_its_place(tmp_path: Path, spill: Path) -> None:
    deliver(tmp_path, "a.csv", [(2, "n", 1.0), (1, "n", 1.0)])
    deliver(tmp_path, "b.csv", [(3, "m", 1.0), (2, "second", 1.0)])
    report = load_one(ruled(orders_plan(tmp_path), UNIQUE))
    assert (report.counts.read, report.counts.written, report.counts.quarantined) == (4, 3, 1)
    found = check(report, "id__unique")
    assert (found.status, found.violations) == (CheckStatus.FAILED, 1)
    assert found.samples == ("in/b.csv:3: id: '2' is not unique: an earlier row has it",)
    (reject,) = table_rows(tmp_path, TABLE.quarantine).to_pylist()
    assert (reject["file"], reject["line"], reject["raw"]) == ("in/b.csv", 3, "2,second,1.0")
    assert list(spill.iterdir()) == []


def test_an_earlier_row_that_is_rejected_takes_no_key(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(2, "n", -1.0), (2, "m", 1.0), (1, "m", 1.0)])
    load_one(ruled(orders_plan(tmp_path), UNIQUE))
    assert table_rows(tmp_path).column("name").to_pylist() == ["m", "m"]


def test_duplicates_count_towards_the_budget_and_leave_no_file_behind(tmp_path: Path, spill: Path) -> None:
    deliver(tmp_path, "a.csv", [(2, "n", 1.0), (1, "n", 1.0), (2, "n", 1.0), (2, "n", -1.0)])
    report = load_one(ruled(orders_plan(tmp_path, max_rejects=1), UNIQUE))
    assert isinstance(report.error, ContractError)
    assert report.error.message == "2 of 4 rows break the contract and max_rejects allows 1; nothing was published"
    assert list((tmp_path / "lake").rglob("*.parquet")) == []
    assert list(spill.iterdir()) == []


def test_a_threshold_that_does_not_hold_publishes_nothing_and_says_by_how_much(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0), (2, "n", 1.0)])
    report = load_one(ruled(orders_plan(tmp_path), metrics=(count_rule(1),)))
    assert isinstance(report.error, ContractError)
    assert report.error.message == "1 threshold of the contract not met; nothing was published"
    assert "table__row_count: 2 rows, not mustBeLessOrEqualTo 1" in report.error.hint
    assert list((tmp_path / "lake").rglob("*.parquet")) == []


def test_all_that_is_in_the_way_is_said_at_once(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0), (2, "n", -1.0)])
    error = load_one(ruled(orders_plan(tmp_path, max_rejects=0), metrics=(count_rule(1),))).error
    assert error is not None
    assert "1 of 2 rows break the contract" in error.message
    assert "1 threshold of the contract not met" in error.message


@pytest.mark.parametrize("severity", [CheckSeverity.WARNING, CheckSeverity.INFO])
def test_a_threshold_that_only_warns_is_published_and_reported(tmp_path: Path, severity: CheckSeverity) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0), (2, "n", 1.0)])
    report = load_one(ruled(orders_plan(tmp_path), metrics=(count_rule(1, severity),)))
    assert report.outcome is StreamOutcome.COMMITTED
    found = check(report, "table__row_count")
    assert (found.status, found.value, found.unit) == (CheckStatus.FAILED, 2, "rows")


def test_a_run_that_fails_while_reading_shows_no_rule_about_the_whole_as_passed(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    (tmp_path / "in" / "b.csv").write_text("id,wrong\n1,2\n")
    report = load_one(ruled(orders_plan(tmp_path, max_rejects=0), UNIQUE, metrics=(count_rule(9),)))
    assert isinstance(report.error, SourceError)
    assert {each.id for each in report.checks}.isdisjoint({"id__unique", "table__row_count"})


def test_a_file_that_is_rejected_whole_takes_no_key(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("id,wrong\n1,2\n")
    deliver(tmp_path, "b.csv", [(2, "n", 1.0), (1, "n", 1.0)])
    deliver(tmp_path, "c.csv", [(3, "n", 1.0), (1, "again", 1.0)])
    report = load_one(ruled(orders_plan(tmp_path), UNIQUE))
    assert (report.counts.written, report.counts.quarantined, len(report.rejected_files)) == (3, 1, 1)
    assert sorted(table_rows(tmp_path).column("id").to_pylist()) == [1, 2, 3]


ROW = st.tuples(st.integers(0, 6), st.sampled_from(["x", "y", ""]), st.sampled_from([1.0, 2.0, -1.0]))


def stays(files: list[list[tuple]]) -> list[tuple]:
    seen, kept = set(), []
    for row in (row for rows in files for row in rows):
        keys = [("id", row[0]), *([("key", *row[1:])] if row[1] else [])]
        if row[2] >= 0 and not any(key in seen for key in keys):
            seen.update(keys)
            kept.append((row[0], row[1] or None, row[2]))
    return kept


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(st.lists(ROW, min_size=1, max_size=12), min_size=1, max_size=3), overwrite=st.booleans())
def test_a_load_keeps_the_first_row_of_each_key_and_loses_none(files, overwrite):
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        for index, rows in enumerate(files):
            deliver(root, f"{index}.csv", rows)
        mode = WriteMode.OVERWRITE if overwrite else WriteMode.APPEND
        report = load_one(ruled(orders_plan(root, write_mode=mode), UNIQUE, KEY))
        rows = table_rows(root).select(["id", "name", "amount"]).to_pylist()
        rejected = table_rows(root, TABLE.quarantine).num_rows
    expected = stays(files)
    assert sorted(tuple(row.values()) for row in rows) == sorted(expected)
    assert report.counts.is_conserved
    assert rejected == report.counts.quarantined == sum(map(len, files)) - len(expected)
