"""`dagster-daemon run` as a process of its own, with the code server it starts; all of it is ended with the test."""

import gc
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget

from tests.dagster.command import MODULE, REPOSITORY


def environment(root: Path, home: Path) -> dict[str, str]:
    """Return the environment of a process that works for a workspace and keeps its records in `home`."""
    own = {"DAGSTER_HOME": str(home), "DATIVO_ROOT": str(root), "PYTHONPATH": str(REPOSITORY)}
    return {**os.environ, **own}


@contextmanager
def running_daemon(root: Path, home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start a daemon; when the test leaves, it and the processes of its group are gone."""
    program = str(shutil.which("dagster-daemon", path=str(Path(sys.executable).parent)))
    with (home / "daemon.txt").open("ab") as log:
        process = subprocess.Popen(
            [program, "run", "-m", MODULE], env=environment(root, home), stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield process
    finally:
        # The group is the daemon's own: it was started as the leader of a new session.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


@contextmanager
def loaded_location(instance: dg.DagsterInstance) -> Iterator[WorkspaceProcessContext]:
    """Load the code location of DATIVO_ROOT in a process of its own, which has ended when the block is left."""
    location = ModuleTarget("dativo_dagster.definitions", None, None, None)
    with WorkspaceProcessContext(instance, location) as workspace:
        yield workspace
    # Left to the garbage collector, the process would be warned of, and Dagster's notes of the instance be taken back, in
    # whichever test runs then.
    workspace._grpc_server_registry.wait_for_processes()
    del workspace
    gc.collect()
