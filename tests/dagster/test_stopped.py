"""A run that is told to stop leaves nothing behind, and the next one loads as if it had never been."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import pytest

from tests.dagster.command import REPOSITORY, dagster_command, job_execute, output
from tests.dagster.workspaces import BAD_ROW, GOOD_ROWS, write_job, write_rows

DEADLINE_S = 60
POINTS = ("page.after", "batch.validated", "quarantine.before", "quarantine.written", "commit.before")


@pytest.fixture
def home(tmp_path):
    return tmp_path / "dagster"


@pytest.fixture
def command(workspace, home):
    return dagster_command(workspace, home)


def data_files(workspace: Path) -> list[Path]:
    return sorted((workspace / ".dativo" / "warehouse").rglob("*.parquet"))


def terminate_at(point: str, workspace: Path, home: Path) -> int:
    """Run the job until it holds still at a failpoint, tell it to end, let it go on, and return its exit code."""
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(home),
        "DATIVO_ROOT": str(workspace),
        "PYTHONPATH": str(REPOSITORY),
        "DATIVO_FAILPOINTS": f"{point}=stop",
    }
    program = str(shutil.which("dagster", path=str(Path(sys.executable).parent)))
    line = [program, *job_execute("acme__orders")[1:]]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(line, cwd=workspace, env=environment, **quiet) as run:
        try:
            wait_until_stopped(run)
            mark_as_canceling(home)
            run.send_signal(signal.SIGTERM)
            run.send_signal(signal.SIGCONT)
            return run.wait(DEADLINE_S)
        finally:
            run.kill()


def wait_until_stopped(run: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + DEADLINE_S
    look = os.WSTOPPED | os.WEXITED | os.WNOHANG | os.WNOWAIT
    while (found := os.waitid(os.P_PID, run.pid, look)) is None:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert found.si_code == os.CLD_STOPPED


def mark_as_canceling(home: Path) -> None:
    """Do what Dagster does before it ends the process of a run that a person terminates."""
    with dg.DagsterInstance.from_config(str(home)) as instance:
        (run,) = instance.get_runs()
        instance.report_run_canceling(run)


def statuses(home: Path) -> list[dg.DagsterRunStatus]:
    with dg.DagsterInstance.from_config(str(home)) as instance:
        return [run.status for run in instance.get_runs()]


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_a_run_that_is_stopped_leaves_no_file_and_no_state(workspace, home, command, point):
    write_job(workspace, mode="warn")
    write_rows(workspace, GOOD_ROWS + BAD_ROW)
    assert terminate_at(point, workspace, home) != 0
    assert data_files(workspace) == []
    assert statuses(home) == [dg.DagsterRunStatus.CANCELED]
    again = command(*job_execute("acme__orders"))
    assert again.returncode == 0, output(again)
    assert "outcome=committed rows_read=3 rows_written=2 rows_quarantined=1" in output(again)
    assert len(data_files(workspace)) == 2
