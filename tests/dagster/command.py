"""Command lines of Dagster, run in a workspace with an instance of their own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
MODULE = "dativo_dagster.definitions"


def dagster_command(workspace: Path, home: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs a command line in `workspace`, with Dagster's records in `home`."""
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(home),
        "DATIVO_ROOT": str(workspace),
        "PYTHONPATH": str(REPOSITORY),
    }

    def run(*arguments: str, cwd: Path = workspace, **changes: str) -> subprocess.CompletedProcess[str]:
        line = [str(shutil.which(arguments[0], path=str(Path(sys.executable).parent))), *arguments[1:]]
        return subprocess.run(
            line, cwd=cwd, env={**environment, **changes}, capture_output=True, text=True, timeout=120, check=False
        )

    return run


def job_execute(job: str) -> tuple[str, ...]:
    """Return the command line that runs a job."""
    return ("dagster", "job", "execute", "-m", MODULE, "-j", job)


def output(done: subprocess.CompletedProcess[str]) -> str:
    """Return all that a command printed."""
    return done.stdout + done.stderr
