"""Runs in Dagster after somebody has changed the state of a job by hand."""

import json

import pytest
from click.testing import CliRunner

from dativo_core.cli import main
from dativo_core.lake.catalog import open_lake
from dativo_core.model.names import TableName
from tests.dagster.command import dagster_command, job_execute, output
from tests.dagster.test_recovered import lose_the_report, recovered
from tests.dagster.test_run import ORDERS, execute, materialized, rows
from tests.dagster.workspaces import GOOD_ROWS, write_rows

JOB = "jobs/acme/orders.yaml"


def state(workspace, *arguments):
    path = str(workspace / JOB)
    root = ("--root", str(workspace))
    done = CliRunner().invoke(main, ["state", *arguments, "--config", path, *root])
    assert done.exit_code == 0, done.output
    return done.stdout


def reset(workspace):
    return state(workspace, "reset", "--actor", "ann", "--reason", "wrong rows")


def test_the_load_after_a_reset_tells_who_asked_for_it_and_why(workspace, instance):
    execute(workspace, instance)
    reset(workspace)
    assert materialized(execute(workspace, instance)) == [ORDERS]
    told = instance.get_latest_materialization_event(ORDERS).asset_materialization.metadata
    assert told["dativo/state_changed"].value == "reset"
    assert told["dativo/state_changed_by"].value == "ann"
    assert told["dativo/state_changed_because"].value == "wrong rows"
    assert told["dativo/source_files_before"].value == 0
    assert told["dativo/sequence_before"].value == 2
    assert rows(workspace) == 4


def test_a_load_after_that_one_tells_it_no_more(workspace, instance):
    execute(workspace, instance)
    reset(workspace)
    execute(workspace, instance)
    write_rows(workspace, GOOD_ROWS, "orders-2.csv")
    execute(workspace, instance)
    told = instance.get_latest_materialization_event(ORDERS).asset_materialization.metadata
    assert "dativo/state_changed" not in told


def test_a_change_by_hand_is_not_taken_for_a_load_that_was_never_recorded(workspace, instance):
    execute(workspace, instance)
    kept = workspace / "kept.json"
    state(workspace, "export", "--output", str(kept))
    reset(workspace)
    state(workspace, "import", str(kept), "--force", "--reason", "a mistake")
    result = execute(workspace, instance)
    assert result.success
    assert materialized(result) == []
    assert rows(workspace) == 2


def test_a_load_that_was_never_recorded_is_recorded_after_changes_by_hand(workspace, instance):
    lose_the_report(workspace, instance)
    kept = workspace / "kept.json"
    state(workspace, "export", "--output", str(kept))
    reset(workspace)
    state(workspace, "import", str(kept), "--force", "--reason", "a mistake")
    for _ in range(2):
        assert execute(workspace, instance).success
    (event,) = recovered(instance)
    told = {key: event.metadata[f"dativo/{key}"].value for key in ("sequence", "rows_written")}
    assert told == {"sequence": 1, "rows_written": 2}
    assert rows(workspace) == 2


def test_job_execute_loads_after_a_reset_and_leaves_out_what_was_imported(workspace, tmp_path):
    run = dagster_command(workspace, tmp_path / "home")
    hint = {
        f"file_{path.relative_to(workspace)}": {"last_modified": "2999-01-01"}
        for path in workspace.rglob("orders*.csv")
    }
    (workspace / "old.json").write_text(json.dumps(hint))
    told = state(workspace, "import", str(workspace / "old.json"), "--reason", "moving")
    assert "counts as loaded" in told
    done = run(*job_execute("acme__orders"))
    assert done.returncode == 0, output(done)
    assert rows(workspace) == 0
    reset(workspace)
    done = run(*job_execute("acme__orders"))
    assert done.returncode == 0, output(done)
    assert rows(workspace) == 2


@pytest.mark.parametrize(
    ("verb", "loaded"), [(("keep",), 2), (("adopt", "--from-snapshot", "newest"), 4)], ids=["keep", "adopt"]
)
def test_job_execute_refuses_a_table_that_was_rolled_back_until_a_verb_says_what_counts(
    workspace, tmp_path, verb, loaded
):
    run = dagster_command(workspace, tmp_path / "home")
    assert run(*job_execute("acme__orders")).returncode == 0
    write_rows(workspace, GOOD_ROWS, "orders-2.csv")
    assert run(*job_execute("acme__orders")).returncode == 0
    with open_lake(workspace / ".dativo") as lake:
        table = lake.load(TableName(("acme__sales",), "orders"))
        table.manage_snapshots().rollback_to_snapshot(table.metadata.snapshots[0].snapshot_id).commit()
    refused = run(*job_execute("acme__orders"))
    assert refused.returncode != 0
    assert "was rolled back behind the snapshot" in output(refused)
    state(workspace, *verb, "--reason", "a test")
    done = run(*job_execute("acme__orders"))
    assert done.returncode == 0, output(done)
    assert rows(workspace) == loaded
