"""`dativo start orchestrated` as a process of its own, which is ended with all it started whatever a test does."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAM = (
    "from dativo_core.cli import main; from dativo_dagster.commands.start import start; main.add_command(start); main()"
)
COMMAND = (sys.executable, "-c", PROGRAM, "start", "orchestrated")
REPOSITORY = Path(__file__).parents[2]


class Orchestrator:
    """A started orchestrator, what it wrote so far, and the processes that are its own."""

    def __init__(self, process: subprocess.Popen[bytes], output: Path, home: Path) -> None:
        self.process, self.output, self.home = process, output, home

    @property
    def text(self) -> str:
        return self.output.read_text()

    def wait_for(self, told: str, within_s: float = 120.0) -> None:
        until(lambda: told in self.text or self.process.poll() is not None, within_s, lambda: self.text)
        assert told in self.text, self.text

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def end(self, within_s: float = 90.0) -> int:
        return self.process.wait(within_s)

    def processes(self, named: str = "") -> list[int]:
        """Return the processes that keep their records in this home and whose command line holds a text."""
        return [pid for pid, command in _processes(f"DAGSTER_HOME={self.home}") if named in command]


@contextmanager
def orchestrator(workspace: Path, home: Path, *arguments: str) -> Iterator[Orchestrator]:
    """Start an orchestrator on a workspace; when the test leaves, nothing of it is left."""
    environment = {**os.environ, "DAGSTER_HOME": str(home), "PYTHONPATH": str(REPOSITORY)}
    output = home.with_name(f"{home.name}-{time.monotonic_ns()}.txt")
    with output.open("wb") as file:
        process = subprocess.Popen(
            [*COMMAND, "--root", str(workspace), *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    started = Orchestrator(process, output, home)
    try:
        yield started
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(10)
            for pid in started.processes():
                os.kill(pid, signal.SIGKILL)


def until(is_true: Callable[[], bool], within_s: float, told: Callable[[], str] = str) -> None:
    """Wait until something is true; the test fails when that takes too long."""
    deadline = time.monotonic() + within_s
    while not is_true():
        assert time.monotonic() < deadline, told()
        time.sleep(0.2)


def free_port() -> str:
    """Return a port of the loopback interface that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def _processes(variable: str) -> Iterator[tuple[int, str]]:
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if variable in (place / "environ").read_text(errors="replace").split("\0"):
                yield int(place.name), (place / "cmdline").read_text(errors="replace").replace("\0", " ")
        except OSError:
            continue
