from dataclasses import replace

import dagster as dg
import pytest

from dativo_core.errors import CommitUnknown, SourceError
from dativo_core.flow import CheckStatus, RowCounts, StreamOutcome
from dativo_core.odcs.contract import CheckSeverity, RuleKind
from dativo_core.plan.types import WriteMode
from dativo_dagster.keys import stream_keys
from dativo_dagster.report import check_results, failure, materialize_results, table_metadata
from tests.dagster import plans, reports

PLAN = plans.plan()
KEYS = stream_keys(PLAN, PLAN.streams[0])


def materialized(report):
    return list(materialize_results(PLAN, PLAN.streams[0], report, KEYS))


def checked(report, declared=("a",), rules=()):
    return list(check_results(report, rules, KEYS.table, frozenset(declared)))


def test_a_commit_materializes_the_table_with_its_snapshot_as_version():
    result = materialized(reports.report(counts=RowCounts(9, 9, 0)))
    assert [each.asset_key for each in result] == [KEYS.table]
    assert result[0].data_version == dg.DataVersion(str(reports.SNAPSHOT_ID))


def test_quarantined_rows_materialize_the_quarantine_after_the_table():
    assert [each.asset_key for each in materialized(reports.report())] == [KEYS.table, KEYS.quarantine]


@pytest.mark.parametrize("outcome", [StreamOutcome.NOTHING_NEW, StreamOutcome.SUPERSEDED, StreamOutcome.FAILED])
def test_only_a_commit_materializes(outcome):
    assert materialized(reports.report(outcome)) == []


def test_the_numbers_of_a_run_are_metadata():
    metadata = table_metadata(PLAN, PLAN.streams[0], reports.report(counts=RowCounts(10, 7, 1, {"unchanged": 2})))
    assert metadata == {
        "dativo/outcome": "committed",
        "dativo/plan_digest": PLAN.digest,
        "dativo/rows_read": 10,
        "dativo/rows_written": 7,
        "dativo/rows_quarantined": 1,
        "dativo/rows_skipped": 2,
        "dativo/rows_skipped_unchanged": 2,
        "dativo/rows_deleted": 0,
        "dativo/seconds_read": 0.123,
        "dativo/seconds_commit": 1.0,
        "dativo/files": 1,
        "dativo/bytes": 2048,
        "dativo/snapshot_id": str(reports.SNAPSHOT_ID),
        "dativo/ref": "main",
        "dativo/sequence": 3,
    }


def test_the_row_count_of_a_table_is_known_when_it_was_overwritten():
    stream = plans.stream(write_mode=WriteMode.OVERWRITE)
    assert table_metadata(PLAN, stream, reports.report())["dagster/row_count"] == 9


def test_rejected_files_and_dropped_columns_are_named():
    report = reports.report(rejected_files=("a.csv: broken",), dropped_columns=("x",))
    metadata = table_metadata(PLAN, PLAN.streams[0], report)
    assert metadata["dativo/rejected_files"] == ["a.csv: broken"]
    assert metadata["dativo/dropped_columns"] == ["x"]


def test_of_very_many_dropped_columns_twenty_are_named_and_all_counted():
    report = reports.report(dropped_columns=tuple(f"c{number}" for number in range(1000)))
    metadata = table_metadata(PLAN, PLAN.streams[0], report)
    assert metadata["dativo/dropped_columns"] == [f"c{number}" for number in range(20)]
    assert metadata["dativo/dropped_columns_count"] == 1000


def test_a_broken_rule_within_the_budget_is_a_warning():
    result = checked(reports.report(checks=(reports.check("a", CheckStatus.FAILED),)))[0]
    assert (result.passed, result.severity) == (False, dg.AssetCheckSeverity.WARN)


def test_a_broken_rule_that_blocked_the_run_is_an_error():
    result = checked(reports.report(StreamOutcome.FAILED, checks=(reports.check("a", CheckStatus.FAILED),)))[0]
    assert (result.passed, result.severity) == (False, dg.AssetCheckSeverity.ERROR)


def test_a_rule_that_only_warns_never_is_an_error():
    check = reports.check("a", CheckStatus.FAILED, severity=CheckSeverity.WARNING)
    assert checked(reports.report(StreamOutcome.FAILED, checks=(check,)))[0].severity is dg.AssetCheckSeverity.WARN


def test_an_unexecuted_rule_never_passes():
    result = checked(reports.report(checks=(reports.check("a", CheckStatus.UNEXECUTED),)))[0]
    assert (result.passed, result.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert result.metadata["dativo/status"].value == "unexecuted"


def test_samples_of_broken_rows_are_shown():
    check = reports.check("a", CheckStatus.FAILED, samples=("a.csv:3: id: value is required",))
    metadata = checked(reports.report(checks=(check,)))[0].metadata
    assert metadata["dativo/violations"].value == 1
    assert metadata["dativo/samples"].value == ["a.csv:3: id: value is required"]


def test_after_a_commit_every_declared_check_has_a_result():
    result = {
        each.check_name: each.passed for each in checked(reports.report(checks=(reports.check("a"),)), ("a", "b"))
    }
    assert result == {"a": True, "b": False}


def test_after_a_failure_only_evaluated_checks_have_a_result():
    report = reports.report(StreamOutcome.FAILED, checks=(reports.check("a"),))
    assert [each.check_name for each in checked(report, ("a", "b"))] == ["a"]


def failed(error):
    return reports.report(StreamOutcome.FAILED, error=error)


LOST = failed(CommitUnknown("the catalog did not answer"))
BROKEN = failed(SourceError("orders.csv is gone", hint="Put it back"))


def test_a_failure_says_which_table_why_and_what_to_do():
    assert failure(PLAN, [BROKEN]).description == "acme__sales.orders: orders.csv is gone. Put it back"


def test_a_failure_is_final_since_the_plan_decides_what_is_tried_again():
    assert not failure(PLAN, [LOST]).allow_retries


def test_a_failure_counts_rejected_rows_and_claims_no_written_ones():
    metadata = failure(PLAN, [BROKEN]).metadata
    assert metadata["dativo/rows_rejected"].value == 1
    assert "dativo/rows_written" not in metadata


def test_a_password_in_an_error_does_not_reach_dagster():
    text = failure(PLAN, [failed(SourceError("cannot reach http://me:canary-77@host/x"))]).description
    assert "canary-77" not in text


def test_constraints_are_one_check_that_sums_up_its_rules():
    rules = [replace(plans.rule(RuleKind.MINIMUM, name), is_constraint=True) for name in ("a", "b")]
    broken = reports.check("b__minimum", CheckStatus.FAILED, samples=("f.csv:2: b",), description="b is at least 0")
    report = reports.report(checks=(reports.check("a__minimum"), broken))
    (result,) = checked(report, ["contract__constraints"], rules)
    assert (result.check_name, result.passed) == ("contract__constraints", False)
    assert result.metadata["dativo/violations"].value == 1
    assert [record.data["violations"] for record in result.metadata["dativo/rules"].records] == [0, 1]


def test_constraints_that_hold_are_one_passed_check():
    rules = [replace(plans.rule(RuleKind.REQUIRED, name), is_constraint=True) for name in ("a", "b")]
    report = reports.report(checks=(reports.check("a__required"), reports.check("b__required")))
    assert [result.passed for result in checked(report, ["contract__required"], rules)] == [True]
