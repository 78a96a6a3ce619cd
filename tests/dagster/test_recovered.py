"""A load whose run died before it was recorded is recorded by the next run."""

import dagster as dg
import pytest

from dativo_core import failpoints
from tests.dagster.command import dagster_command, job_execute, output
from tests.dagster.test_run import BAD_ROW, GOOD_ROWS, ORDERS, QUARANTINE, execute, materialized, rows
from tests.dagster.workspaces import write_job, write_rows


@pytest.fixture(autouse=True)
def disarmed():
    yield
    failpoints.arm("")


def recovered(instance, key=ORDERS):
    found = instance.fetch_materializations(key, limit=10).records
    return [each.asset_materialization for each in found if "dativo/recovered" in each.asset_materialization.metadata]


def lose_the_report(workspace, instance):
    """Run a job that dies, as far as Dagster can tell, between its commit and its report."""
    failpoints.arm("report.before=raise:EIO")
    assert not execute(workspace, instance).success
    failpoints.arm("")


def test_a_run_with_nothing_new_records_the_load_before_it_once(workspace, instance):
    lose_the_report(workspace, instance)
    assert execute(workspace, instance).success
    assert execute(workspace, instance).success
    (event,) = recovered(instance)
    assert event.metadata["dativo/recovered"].value is True
    assert event.metadata["dativo/rows_written"].value == 2
    assert event.metadata["dativo/snapshot_id"].value == event.tags["dagster/data_version"]
    assert rows(workspace) == 2


def test_a_run_with_new_rows_records_the_load_before_it_and_its_own(workspace, instance):
    lose_the_report(workspace, instance)
    write_rows(workspace, GOOD_ROWS, "orders-2.csv")
    result = execute(workspace, instance)
    assert materialized(result) == [ORDERS, ORDERS]
    assert len(recovered(instance)) == 1
    latest = instance.get_latest_materialization_event(ORDERS).asset_materialization
    assert (latest.metadata["dativo/sequence"].value, "dativo/recovered" in latest.metadata) == (2, False)


def test_quarantined_rows_of_the_lost_load_are_recorded_too(workspace, instance):
    write_job(workspace, mode="warn")
    write_rows(workspace, GOOD_ROWS + BAD_ROW)
    lose_the_report(workspace, instance)
    execute(workspace, instance)
    (event,) = recovered(instance, QUARANTINE)
    assert event.metadata["dativo/rows_quarantined"].value == 1


def test_a_load_that_was_recorded_is_not_recorded_again(workspace, instance):
    execute(workspace, instance)
    write_rows(workspace, GOOD_ROWS, "orders-2.csv")
    execute(workspace, instance)
    execute(workspace, instance)
    assert recovered(instance) == []


@pytest.mark.slow
@pytest.mark.parametrize("place", ["commit.after", "report.before"])
def test_a_killed_run_is_shown_by_the_next(workspace, tmp_path, place):
    command = dagster_command(workspace, tmp_path / "dagster")
    killed = command(*job_execute("acme__orders"), DATIVO_FAILPOINTS=f"{place}=kill")
    assert killed.returncode == -9, output(killed)
    again = command(*job_execute("acme__orders"))
    assert again.returncode == 0, output(again)
    with dg.DagsterInstance.from_config(str(tmp_path / "dagster")) as records:
        assert len(recovered(records)) == 1
    third = command(*job_execute("acme__orders"))
    assert third.returncode == 0, output(third)
    with dg.DagsterInstance.from_config(str(tmp_path / "dagster")) as records:
        assert len(records.fetch_materializations(ORDERS, limit=10).records) == 1
