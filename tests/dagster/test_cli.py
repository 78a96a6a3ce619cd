import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.dagster.workspaces import write_job

REPOSITORY = Path(__file__).parents[2]
MODULE = "dativo_dagster.definitions"


@pytest.fixture
def command(workspace, tmp_path):
    """Run a command line of Dagster in the workspace, with its own instance."""
    home = tmp_path / "dagster"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(home),
        "DATIVO_ROOT": str(workspace),
        "PYTHONPATH": str(REPOSITORY),
    }

    def run(*arguments, cwd=workspace, **changes):
        line = [shutil.which(arguments[0], path=str(Path(sys.executable).parent)), *arguments[1:]]
        return subprocess.run(
            line, cwd=cwd, env={**environment, **changes}, capture_output=True, text=True, timeout=120, check=False
        )

    return run


def output(done):
    return done.stdout + done.stderr


@pytest.mark.slow
def test_dagster_job_execute_loads_and_a_second_one_finds_nothing_new(command):
    first = command("dagster", "job", "execute", "-m", MODULE, "-j", "acme__orders")
    again = command("dagster", "job", "execute", "-m", MODULE, "-j", "acme__orders")
    assert (first.returncode, again.returncode) == (0, 0), output(first)
    assert "outcome=committed rows_read=2 rows_written=2" in output(first)
    assert "outcome=nothing_new" in output(again)


@pytest.mark.slow
def test_dg_launch_runs_the_same_job(command):
    done = command("dg", "launch", "--job", "acme__orders", cwd=REPOSITORY)
    assert done.returncode == 0, output(done)
    assert "outcome=committed rows_read=2 rows_written=2" in output(done)


@pytest.mark.slow
def test_definitions_validate_accepts_a_sound_workspace(command):
    done = command("dagster", "definitions", "validate", "-w", str(REPOSITORY / "workspace.yaml"))
    assert done.returncode == 0, output(done)


@pytest.mark.slow
def test_definitions_validate_refuses_a_workspace_with_a_broken_job(command, workspace):
    write_job(workspace, "broken", extra="surprise: 1\n")
    done = command("dagster", "definitions", "validate", "-w", str(REPOSITORY / "workspace.yaml"))
    assert done.returncode == 1
    assert "jobs/acme/broken.yaml:8: surprise" in output(done)


@pytest.mark.slow
def test_loading_the_code_location_imports_no_data_library(command):
    code = (
        f"import sys, {MODULE}; heavy = {{'pyarrow', 'pyiceberg', 'boto3', 'polars', 'duckdb'}} & set(sys.modules); "
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = command("python", "-c", code)
    assert done.returncode == 0, output(done)


@pytest.mark.slow
def test_without_a_named_root_the_workspace_around_the_current_directory_is_loaded(command, workspace):
    code = f"from {MODULE} import defs; print(*(spec.key for spec in defs.resolve_all_asset_specs()))"
    done = command("python", "-c", code, cwd=workspace / "jobs" / "acme", DATIVO_ROOT="")
    assert "orders__quarantine" in done.stdout, output(done)


DIALECT = """\
  engine: {options: {native: {encoding: cp1252, compression: zip, delimiter: "||", record_terminator: ";", comment: "#"}}}
target: {write_mode: delete_insert, partitioning: ["bucket(4,id)"], sort_order: [amount desc]}
max_rejects: 10
"""
ROWS = (
    'id||email||amount;# by hand;1||é@b.org||1,5;1||a@b.org||2;2||c@d.org||3;2||c@d.org||3;4||"d@e.org||4;5||f@g.org;'
)


def deliver_zip(workspace: Path, text: str) -> None:
    with zipfile.ZipFile(workspace / "seeds" / "orders.csv", "w") as archive:
        archive.writestr("orders.txt", text.encode("cp1252"))


@pytest.mark.slow
def test_dagster_job_execute_loads_a_hostile_file_of_an_odd_dialect_and_replaces_its_rows_when_it_changes(
    command, workspace
):
    write_job(workspace, mode="warn", extra=DIALECT)
    deliver_zip(workspace, ROWS)
    first = command("dagster", "job", "execute", "-m", MODULE, "-j", "acme__orders")
    assert "outcome=committed rows_read=6 rows_written=2 rows_quarantined=4" in output(first)
    deliver_zip(workspace, "id||email||amount;7||x@y.org||7;")
    again = command("dagster", "job", "execute", "-m", MODULE, "-j", "acme__orders")
    assert "outcome=committed rows_read=1 rows_written=1" in output(again)
    assert "rows_deleted=2" in output(again)
