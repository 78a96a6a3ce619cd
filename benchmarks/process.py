"""One process and what it needed."""

import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Usage:
    """What a process printed, its exit code, wall and CPU seconds and peak memory."""

    output: str
    exit_code: int
    wall_s: float
    cpu_s: float
    peak_mb: float


def run_process(command: list[str], changes: Mapping[str, str] | None = None, *, keeps_errors: bool = False) -> Usage:
    """Run a command line to its end; `changes` are added to the environment.

    `keeps_errors`: what it prints as errors is part of its output, instead of being shown.
    Modules stay compiled from one process to the next, as they usually do.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= changes or {}
    begin = time.perf_counter()
    # wait4 is the only call that tells what one child needed.
    errors = subprocess.STDOUT if keeps_errors else None
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment) as process:
        output = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
    return Usage(output, process.returncode, wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
