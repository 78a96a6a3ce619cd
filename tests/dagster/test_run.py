import dagster as dg
import pytest
from pyiceberg.catalog.sql import SqlCatalog

from dativo_core import failpoints
from dativo_dagster.compile import build_definitions
from tests.dagster.workspaces import BAD_ROW, GOOD_ROWS, write_job, write_rows

ORDERS = dg.AssetKey(["acme", "orders"])
QUARANTINE = dg.AssetKey(["acme", "orders__quarantine"])


def execute(root, instance, **arguments):
    job = build_definitions(root).resolve_job_def("acme__orders")
    return job.execute_in_process(instance=instance, raise_on_error=False, **arguments)


def rows(root, table="orders"):
    database = root / ".dativo" / "catalog.db"
    catalog = SqlCatalog("dativo", uri=f"sqlite:///{database}", warehouse=f"file://{root}/.dativo/warehouse")
    try:
        return catalog.load_table(("acme__sales", table)).scan().to_arrow().num_rows
    finally:
        catalog.engine.dispose()


def events(result, kind):
    return [event for event in result.all_events if event.event_type_value == kind]


def materialized(result):
    return [event.asset_key for event in events(result, "ASSET_MATERIALIZATION")]


def evaluations(result):
    found = [event.asset_check_evaluation_data for event in events(result, "ASSET_CHECK_EVALUATION")]
    return {each.check_name: (each.passed, each.severity) for each in found}


def failure(result):
    return events(result, "STEP_FAILURE")[0].step_failure_data.user_failure_data


def test_a_run_loads_the_rows_and_materializes_the_table(workspace, instance):
    result = execute(workspace, instance)
    assert result.success
    assert rows(workspace) == 2
    assert materialized(result) == [ORDERS]


def test_a_materialization_tells_rows_snapshot_and_phases(workspace, instance):
    execute(workspace, instance)
    event = instance.get_latest_materialization_event(ORDERS).asset_materialization
    assert event.metadata["dativo/rows_written"].value == 2
    assert event.metadata["dativo/sequence"].value == 1
    assert event.metadata["dativo/snapshot_id"].value == event.tags["dagster/data_version"]
    assert event.metadata["dativo/seconds_read"].value >= 0


def test_every_check_is_recorded_and_the_unexecuted_ones_do_not_pass(workspace, instance):
    found = evaluations(execute(workspace, instance))
    passed = {name for name, (good, _) in found.items() if good}
    assert {"contract__types", "contract__row_accounting", "contract__required", "contract__constraints"} <= passed
    assert {severity for good, severity in found.values() if not good} <= {dg.AssetCheckSeverity.WARN}


def test_a_second_run_finds_nothing_new_and_materializes_nothing(workspace, instance):
    execute(workspace, instance)
    again = execute(workspace, instance)
    assert again.success
    assert (materialized(again), evaluations(again)) == ([], {})
    assert rows(workspace) == 2


def test_in_strict_mode_a_bad_row_is_recorded_and_nothing_is_published(workspace, instance):
    write_rows(workspace, GOOD_ROWS + BAD_ROW)
    result = execute(workspace, instance)
    assert not result.success
    assert materialized(result) == []
    assert evaluations(result)["contract__constraints"] == (False, dg.AssetCheckSeverity.ERROR)


def test_a_failure_says_what_is_wrong_and_is_not_retried(workspace, instance):
    write_rows(workspace, GOOD_ROWS + BAD_ROW)
    result = execute(workspace, instance)
    assert "1 of 3 rows break the contract" in failure(result).description
    assert failure(result).metadata["dativo/rows_read"].value == 3
    assert failure(result).metadata["dativo/rows_rejected"].value == 1
    assert events(result, "STEP_UP_FOR_RETRY") == []


def test_in_warn_mode_a_bad_row_is_quarantined_and_its_check_warns(workspace, instance):
    write_job(workspace, mode="warn")
    write_rows(workspace, GOOD_ROWS + BAD_ROW)
    result = execute(workspace, instance)
    assert result.success
    assert materialized(result) == [ORDERS, QUARANTINE]
    assert evaluations(result)["contract__constraints"] == (False, dg.AssetCheckSeverity.WARN)
    assert (rows(workspace), rows(workspace, "orders__quarantine")) == (2, 1)


def test_a_missing_file_fails_the_run_with_its_remedy(workspace, instance):
    (workspace / "seeds" / "orders.csv").unlink()
    result = execute(workspace, instance)
    assert not result.success
    assert "seeds/orders" in failure(result).description


def test_a_bad_row_is_never_shown_with_a_classified_value(workspace, instance):
    write_rows(workspace, GOOD_ROWS + BAD_ROW)
    result = execute(workspace, instance)
    assert "nobody" not in str(result.all_events)


def test_selecting_only_the_quarantine_loads_and_records_both_tables(workspace, instance):
    write_job(workspace, mode="warn")
    write_rows(workspace, GOOD_ROWS + BAD_ROW)
    result = execute(workspace, instance, asset_selection=[QUARANTINE])
    assert result.success
    assert set(materialized(result)) == {ORDERS, QUARANTINE}


def test_a_check_cannot_be_evaluated_without_a_load(workspace, instance):
    definitions = build_definitions(workspace)
    check = dg.AssetCheckKey(ORDERS, "contract__required")
    job = definitions.resolve_implicit_global_asset_job_def().get_subset(
        asset_selection=set(), asset_check_selection={check}
    )
    result = job.execute_in_process(instance=instance, raise_on_error=False)
    assert "Materialize the asset" in failure(result).description


def test_a_run_without_the_tags_of_its_job_gets_them(workspace, instance):
    definitions = build_definitions(workspace)
    result = definitions.resolve_implicit_global_asset_job_def().execute_in_process(instance=instance)
    tags = instance.get_run_by_id(result.run_id).tags
    assert (tags["tenant"], tags["dativo/job"]) == ("acme", "orders")
    assert tags["dativo/config_sha"]


@pytest.mark.parametrize("selection", [None, [ORDERS]])
def test_a_run_is_a_handful_of_log_lines(workspace, instance, selection):
    result = execute(workspace, instance, asset_selection=selection)
    lines = [entry.user_message for entry in instance.all_logs(result.run_id) if not entry.is_dagster_event]
    assert [line.split()[0] for line in lines] == ["job_started", "job_finished"]


def latest_checks(instance):
    """Return what the UI shows of each check of the table: the result of its newest execution."""
    names = ("contract__types", "contract__required", "contract__constraints", "contract__row_accounting")
    keys = [dg.AssetCheckKey(ORDERS, name) for name in names]
    found = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    return {key.name: record.status.value for key, record in found.items()}


def test_a_run_with_nothing_new_leaves_the_results_of_the_checks_as_they_are(workspace, instance):
    execute(workspace, instance)
    before = latest_checks(instance)
    assert set(before.values()) == {"SUCCEEDED"}
    again = execute(workspace, instance)
    assert events(again, "ASSET_CHECK_EVALUATION_PLANNED") == []
    assert latest_checks(instance) == before


def test_a_load_through_the_asset_instead_of_its_job_has_the_same_results(workspace, instance):
    write_job(workspace, mode="warn")
    write_rows(workspace, GOOD_ROWS + BAD_ROW)
    whole = build_definitions(workspace).resolve_implicit_global_asset_job_def().get_subset(asset_selection={ORDERS})
    of_asset = whole.execute_in_process(instance=instance)
    (workspace / ".dativo").rename(workspace / "before")
    of_job = execute(workspace, instance)
    assert evaluations(of_asset) == evaluations(of_job) != {}
    assert latest_checks(instance)["contract__constraints"] == "FAILED"


def test_what_is_recorded_before_a_failure_is_kept(workspace, instance):
    failpoints.arm("report.before=raise:EIO")
    assert not execute(workspace, instance).success
    failpoints.arm("")
    write_rows(workspace, BAD_ROW, "orders-2.csv")
    result = execute(workspace, instance)
    assert not result.success
    assert [event.asset_key for event in events(result, "ASSET_MATERIALIZATION")] == [ORDERS]
    assert evaluations(result)["contract__constraints"] == (False, dg.AssetCheckSeverity.ERROR)
    assert rows(workspace) == 2


def test_quarantined_rows_are_a_table_that_hides_rows_with_a_classified_column(workspace, instance):
    write_job(workspace, mode="warn")
    write_rows(workspace, GOOD_ROWS + BAD_ROW)
    execute(workspace, instance)
    metadata = instance.get_latest_materialization_event(QUARANTINE).asset_materialization.metadata
    (record,) = metadata["dativo/first_rejected_rows"].records
    assert record.data == {
        "file": "seeds/orders.csv",
        "line": 4,
        "column": "email",
        "rule": "email__pattern",
        "reason": "email: *** does not match @",
        "raw": "***",
    }


def test_numbers_of_a_run_are_of_its_source_and_its_files(workspace, instance):
    execute(workspace, instance)
    metadata = instance.get_latest_materialization_event(ORDERS).asset_materialization.metadata
    numbers = {key.removeprefix("dativo/"): each.value for key, each in metadata.items()}
    assert 0 < numbers["bytes_read"] <= (workspace / "seeds" / "orders.csv").stat().st_size
    assert numbers["bytes_written"] > 0
    assert numbers["cpu_seconds"] > 0
    assert (numbers["source_files_before"], numbers["source_files_after"]) == (0, 1)


def test_a_row_whose_file_has_a_hostile_name_is_shown_on_one_line(workspace, instance):
    write_job(workspace, mode="warn")
    write_rows(workspace, BAD_ROW + GOOD_ROWS, "orders\n\x1b[2J.csv")
    result = execute(workspace, instance)
    assert result.success
    found = [event.asset_check_evaluation_data for event in events(result, "ASSET_CHECK_EVALUATION")]
    samples = {each.check_name: each.metadata["dativo/samples"].value for each in found if not each.passed}
    assert samples["contract__constraints"][0].startswith(r"seeds/orders\n\x1b[2J.csv:2: ")


def test_a_dry_run_shows_the_rows_it_would_reject(workspace, instance):
    write_job(workspace, mode="warn")
    write_rows(workspace, GOOD_ROWS + BAD_ROW)
    config = {"ops": {"ingest__acme__orders": {"config": {"dry_run": True}}}}
    result = execute(workspace, instance, run_config=config)
    (event,) = events(result, "ASSET_OBSERVATION")
    (row,) = event.event_specific_data.asset_observation.metadata["dativo/first_rejected_rows"].records
    assert (row.data["line"], row.data["rule"]) == (4, "email__pattern")
