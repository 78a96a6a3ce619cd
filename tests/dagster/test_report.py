from dataclasses import replace

import dagster as dg
import pytest

from dativo_core.errors import CommitUnknown, SourceError
from dativo_core.flow import CheckStatus, FileIdentity, RejectedRow, RowCounts, StreamOutcome, Window, WindowKind
from dativo_core.odcs.contract import CheckSeverity, RuleKind
from dativo_core.plan.types import CatalogPlan, WriteMode
from dativo_dagster.check_report import check_results
from dativo_dagster.keys import stream_keys
from dativo_dagster.report import failure, materialize_results, table_metadata
from dativo_dagster.watermark import watermark
from tests.dagster import plans, reports

PLAN = plans.plan()
KEYS = stream_keys(PLAN, PLAN.streams[0])


def materialized(report):
    return list(materialize_results(PLAN, PLAN.streams[0], report, KEYS))


def checked(report, declared=("a",), rules=()):
    return list(check_results(report, plans.stream(rules=tuple(rules)), KEYS.table, frozenset(declared)))


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
    assert metadata.pop("dativo/query")
    assert metadata == {
        "dativo/outcome": "committed",
        "dativo/plan_digest": PLAN.digest,
        "dativo/rows_read": 10,
        "dativo/rows_written": 7,
        "dativo/rows_quarantined": 1,
        "dativo/rows_skipped": 2,
        "dativo/rows_skipped_unchanged": 2,
        "dativo/rows_deleted": 0,
        "dativo/bytes_read": 4096,
        "dativo/seconds_read": 0.123,
        "dativo/seconds_commit": 1.0,
        "dativo/seconds": 2.0,
        "dativo/cpu_seconds": 1.25,
        "dativo/rows_per_second": 5.0,
        "dativo/files": 1,
        "dativo/bytes_written": 2048,
        "dativo/snapshot_id": str(reports.SNAPSHOT_ID),
        "dativo/ref": "main",
        "dativo/sequence": 3,
        "dativo/sequence_after": 3,
        "dativo/source_files_after": 0,
        "dativo/source_bytes_after": 0,
    }


def test_a_snapshot_comes_with_a_query_that_reads_it():
    query = table_metadata(PLAN, PLAN.streams[0], reports.report())["dativo/query"].value
    assert f"snapshot_id={reports.SNAPSHOT_ID}" in query
    assert "load_table(('acme__sales', 'orders'))" in query


def test_where_the_catalog_is_known_by_reference_only_there_is_no_query():
    target = replace(PLAN.target, catalog=CatalogPlan("local", "${LAKE}"))
    assert "dativo/query" not in table_metadata(replace(PLAN, target=target), PLAN.streams[0], reports.report())


def state(sequence, *sizes, cursor=None):
    files = tuple(FileIdentity(f"{number}.csv", size, "0" * 64) for number, size in enumerate(sizes))
    return replace(reports.commit().state, sequence=sequence, files=files, cursor=cursor)


def marks(before, after, **changes):
    commit = replace(reports.commit(), state=after)
    report = reports.report(commit=commit, state_before=before, **changes)
    return {key.removeprefix("dativo/"): value for key, value in watermark(report).items()}


def test_the_watermark_of_files_is_shown_before_and_after():
    assert marks(state(3, 10), state(4, 10, 30)) == {
        "sequence_before": 3,
        "source_files_before": 1,
        "source_bytes_before": 10,
        "sequence_after": 4,
        "source_files_after": 2,
        "source_bytes_after": 40,
    }


def test_before_the_first_load_nothing_was_there():
    found = marks(None, state(1, 10))
    assert (found["sequence_before"], found["source_files_before"], found["source_files_after"]) == (0, 0, 1)


def test_what_another_run_just_moved_is_not_guessed():
    assert list(marks(None, state(4, 10))) == ["sequence_after", "source_files_after", "source_bytes_after"]


def test_the_watermark_of_a_cursor_is_the_cursor():
    found = marks(state(1, cursor="2026-01-01"), state(2, cursor=20260102))
    assert (found["cursor_before"], found["cursor_after"]) == ("2026-01-01", "20260102")


def test_a_load_of_partitions_moves_no_watermark():
    window = Window(WindowKind.PARTITION, 1, partitions=("2026-01-01",))
    assert marks(state(3, 10), state(1), window=window) == {}


def rejected(**changes):
    return RejectedRow(
        **{"file": "a.csv", "line": 3, "column": "id", "rule": "r", "reason": "why", "raw": "x", **changes}
    )


def quarantine(*rows):
    (_, result) = materialized(reports.report(first_rejects=rows))
    return result.metadata


def test_quarantined_rows_are_a_table_of_five():
    table = quarantine(*(rejected(line=line) for line in range(8)))["dativo/first_rejected_rows"]
    assert [column.name for column in table.schema.columns] == ["file", "line", "column", "rule", "reason", "raw"]
    assert [record.data["line"] for record in table.records] == [0, 1, 2, 3, 4]
    assert table.records[0].data == {
        "file": "a.csv",
        "line": 0,
        "column": "id",
        "rule": "r",
        "reason": "why",
        "raw": "x",
    }


def test_text_of_strangers_is_one_short_line_of_a_table():
    row = rejected(file="a\n\x1b[2Jb.csv", raw="y" * 5000, column=None, line=None, reason="password=canary-77")
    data = quarantine(row)["dativo/first_rejected_rows"].records[0].data
    assert data["file"] == r"a\n\x1b[2Jb.csv"
    assert data["raw"] == "y" * 300 + "…"
    assert (data["column"], data["line"], data["reason"]) == (None, None, "password=[REDACTED]")


def test_without_a_rejected_row_there_is_no_table():
    assert list(quarantine()) == ["dativo/rows_quarantined"]


def test_a_failure_shows_the_rows_it_rejected():
    report = reports.report(StreamOutcome.FAILED, error=SourceError("no"), first_rejects=(rejected(),))
    assert len(failure(PLAN, [report]).metadata["dativo/first_rejected_rows"].records) == 1


def test_the_row_count_of_a_table_is_known_when_it_was_overwritten():
    stream = plans.stream(write_mode=WriteMode.OVERWRITE)
    assert table_metadata(PLAN, stream, reports.report())["dagster/row_count"] == 9


def test_rejected_files_and_dropped_columns_are_named():
    report = reports.report(rejected_files=("a.csv: broken",), dropped_columns=("x",))
    metadata = table_metadata(PLAN, PLAN.streams[0], report)
    assert metadata["dativo/rejected_files"] == ["a.csv: broken"]
    assert metadata["dativo/rejected_files_count"] == 1
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
    assert result.description.startswith("Not executed: ")


@pytest.mark.parametrize("outcome", [StreamOutcome.COMMITTED, StreamOutcome.FAILED])
def test_a_rule_that_could_not_be_evaluated_never_passes(outcome):
    result = checked(reports.report(outcome, checks=(reports.check("a", CheckStatus.ERROR),)))[0]
    assert not result.passed
    assert result.description.startswith("Could not be evaluated: ")


def test_a_result_says_what_its_rule_asks_for():
    rule = plans.rule(RuleKind.MINIMUM, "amount", 0, severity=CheckSeverity.WARNING)
    metadata = checked(reports.report(checks=(reports.check(rule.id),)), [rule.id], [rule])[0].metadata
    assert {key: metadata[key].value for key in metadata if key.startswith("contract/")} == {
        "contract/column": "amount",
        "contract/rule": "minimum",
        "contract/threshold": "0",
        "contract/severity": "warning",
        "contract/path": "assets/csv/v1.0/orders.yaml:7",
    }


def test_samples_are_at_most_five_short_lines_without_control_characters():
    samples = tuple(f"a\n{number}.csv:3: " + "x" * 1000 for number in range(9))
    check = reports.check("a", CheckStatus.FAILED, samples=samples)
    found = checked(reports.report(checks=(check,)))[0].metadata["dativo/samples"].value
    assert [each[:8] for each in found] == [rf"a\n{number}.csv" for number in range(5)]
    assert {len(each) for each in found} == {301}


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
