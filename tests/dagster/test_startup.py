"""Start-up of a run in Dagster: the steps of its one job, in the log of the run, and warnings in its event log."""

import json
import logging
from datetime import UTC, datetime

import dagster as dg
import pytest

from dativo_dagster.compile import build_definitions
from tests.dagster.command import dagster_command, job_execute, output
from tests.dagster.workspaces import TARGET_RECIPE

STARTUP = [
    "job_running",
    "tenant_inferred",
    "startup_begin",
    "env_validated",
    "infra_validated",
    "state_initialized",
    "asset_loaded",
    "startup_complete",
]


def place_lake(workspace, directory):
    recipe = TARGET_RECIPE.replace("directory: .dativo", f"directory: '{directory}'")
    (workspace / "connectors" / "targets" / "iceberg.yaml").write_text(recipe)


def execute(workspace, instance):
    job = build_definitions(workspace).resolve_job_def("acme__orders")
    return job.execute_in_process(instance=instance, raise_on_error=False)


def warnings(instance, result):
    entries = [each for each in instance.all_logs(result.run_id) if not each.is_dagster_event]
    return [each.user_message for each in entries if each.level == logging.WARNING]


@pytest.mark.slow
def test_dagster_job_execute_takes_the_steps_of_start_up_and_loads(workspace, tmp_path):
    command = dagster_command(workspace, tmp_path / "dagster")
    done = command(*job_execute("acme__orders"))
    assert done.returncode == 0, output(done)
    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith('{"timestamp"')]
    assert [line["event_type"] for line in lines[: len(STARTUP)]] == STARTUP
    assert {(line["tenant_id"], line["job_name"]) for line in lines} == {("acme", "orders")}
    assert len({line["run_id"] for line in lines}) == 1
    (commit,) = [line for line in lines if line["event_type"] == "commit_success"]
    assert commit["snapshot_id"] > 0
    assert "outcome=committed rows_read=2 rows_written=2" in output(done)
    place_lake(workspace, "${LAKE_NOWHERE}")
    lacking = command(*job_execute("acme__orders"))
    assert lacking.returncode != 0
    assert "no value for ${LAKE_NOWHERE} (connectors/targets/iceberg.yaml:5: target.catalog" in output(lacking)


def test_a_run_with_nothing_to_warn_of_has_no_warning(workspace, instance):
    assert warnings(instance, execute(workspace, instance)) == []


def test_what_start_up_warns_of_is_in_the_event_log_of_the_run_that_fails_of_it(workspace, instance):
    (workspace / "taken").write_text("a file, not a directory")
    place_lake(workspace, "taken")
    result = execute(workspace, instance)
    assert not result.success
    told = warnings(instance, result)
    assert any("taken" in text for text in told), told


def test_a_tick_that_starts_nothing_says_so_as_an_event(workspace, tmp_path, capfd):
    job = workspace / "jobs" / "acme" / "orders.yaml"
    job.write_text(job.read_text() + 'schedule: {cron: "0 5 * * *"}\n')
    schedule = build_definitions(workspace).get_repository_def().get_schedule_def("acme__orders__schedule")
    due = datetime(2026, 5, 4, 5, tzinfo=UTC)
    unfinished = dg.DagsterRun("acme__orders", tags={"dativo/schedule": schedule.name})
    with (
        dg.instance_for_test(temp_dir=str(tmp_path)) as on_disk,
        dg.build_schedule_context(instance=on_disk, scheduled_execution_time=due) as context,
    ):
        on_disk.run_storage.add_run(unfinished)
        assert not schedule.evaluate_tick(context).run_requests
    assert f"schedule_skipped schedule={schedule.name} Left out: " in capfd.readouterr().err
