"""A run that a check of severity error stops, on an instance that stays: nothing is published, and everybody sees why."""

from pathlib import Path

import dagster as dg
import pytest

from tests.dagster.command import dagster_command, job_execute, output
from tests.dagster.test_run import ORDERS, QUARANTINE, rows
from tests.dagster.workspaces import BAD_ROW, write_rows

CONSTRAINTS = dg.AssetCheckKey(ORDERS, "contract__constraints")


def files(workspace: Path) -> list[Path]:
    return sorted((workspace / ".dativo" / "warehouse").rglob("*.parquet"))


@pytest.mark.slow
def test_a_blocking_check_fails_the_run_and_leaves_table_files_and_history_as_they_were(workspace, tmp_path):
    command = dagster_command(workspace, tmp_path / "dagster")
    first = command(*job_execute("acme__orders"))
    assert first.returncode == 0, output(first)
    before = files(workspace)
    write_rows(workspace, BAD_ROW, "orders-2.csv")
    blocked = command(*job_execute("acme__orders"))
    assert blocked.returncode == 1, output(blocked)
    assert "1 of 1 rows break the contract" in output(blocked)
    assert (files(workspace), rows(workspace)) == (before, 2)
    with dg.DagsterInstance.from_config(str(tmp_path / "dagster")) as instance:
        newest, oldest = instance.get_runs()
        assert (newest.status, oldest.status) == (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.SUCCESS)
        assert [each.run_id for each in instance.fetch_materializations(ORDERS, limit=9).records] == [oldest.run_id]
        assert instance.fetch_materializations(QUARANTINE, limit=9).records == []
        check = instance.event_log_storage.get_latest_asset_check_execution_by_key([CONSTRAINTS])[CONSTRAINTS]
        assert (check.run_id, check.status.value) == (newest.run_id, "FAILED")
        assert check.evaluation.severity is dg.AssetCheckSeverity.ERROR
        assert check.evaluation.metadata["dativo/samples"].value == [
            "seeds/orders-2.csv:2: email: *** does not match @"
        ]
