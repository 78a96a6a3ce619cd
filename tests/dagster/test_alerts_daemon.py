"""The whole way with Dagster's own daemon: a failed run is told once, and a changed configuration starts its job."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from tests.dagster.command import MODULE, REPOSITORY, dagster_command, job_execute, output
from tests.dagster.receivers import receiver
from tests.dagster.workspaces import BAD_ROW, GOOD_ROWS, write_job, write_rows

DEADLINE_S = 120
TRIGGER = "triggers: {config_change: true}\n"
RUNNER = """\
orchestrator:
  alerts:
    - {name: team, type: webhook, url: "${HOOK_URL}"}
    - {name: gone, type: slack, url: "http://127.0.0.1:9/services/a-secret-path"}
"""


@contextmanager
def daemon(workspace: Path, home: Path, hook: str) -> Iterator[None]:
    """Run Dagster's daemon on the workspace; what it prints is kept beside its records."""
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(home),
        "DATIVO_ROOT": str(workspace),
        "PYTHONPATH": str(REPOSITORY),
        "HOOK_URL": hook,
    }
    program = str(shutil.which("dagster-daemon", path=str(Path(sys.executable).parent)))
    with (home / "daemon.log").open("w") as log:
        line = [program, "run", "-m", MODULE]
        process = subprocess.Popen(line, cwd=workspace, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(30)


def wait_for(found: Callable[[], object], home: Path) -> None:
    end = time.monotonic() + DEADLINE_S
    while not found():
        assert time.monotonic() < end, (home / "daemon.log").read_text()[-4000:]
        time.sleep(0.5)


@pytest.mark.slow
def test_a_changed_configuration_starts_its_job_and_a_failure_of_it_is_told_once(workspace, tmp_path):
    home = tmp_path / "dagster"
    write_job(workspace, extra=TRIGGER)
    (workspace / "configs").mkdir()
    (workspace / "configs" / "runner.yaml").write_text(RUNNER)
    command = dagster_command(workspace, home)
    first = command(*job_execute("acme__orders"))
    assert first.returncode == 0, output(first)
    write_job(workspace, extra=f"{TRIGGER}environment: prod\n")
    write_rows(workspace, GOOD_ROWS + BAD_ROW)
    with receiver() as server, dg.DagsterInstance.from_config(str(home)) as instance:
        with daemon(workspace, home, server.url):
            wait_for(lambda: server.posted, home)
            wait_for(lambda: "1 of 2 alerts were not sent: 'gone'" in (home / "daemon.log").read_text(), home)
            time.sleep(10)
        failed = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE]))
    told = [each["run_id"] for each in server.posted]
    assert failed[-1].run_id == told[0]
    assert len(told) == len(set(told))
    assert (server.posted[0]["environment"], server.posted[0]["trigger"]) == ("prod", "sensor")
    assert "a-secret-path" not in (home / "daemon.log").read_text()
