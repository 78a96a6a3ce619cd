import os
import shutil
import subprocess
import sys
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
