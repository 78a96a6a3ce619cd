"""Ticks of all sensors by Dagster's own iteration, in a process that may kill itself in the middle of one.

A place that every tick comes by kills in the last tick, one that needs a request in the first with a request.

`python -m tests.dagster.tick_process TICKS SENSOR [PLACE]`, with DAGSTER_HOME and DATIVO_ROOT set.
"""

import logging
import signal
import sys
import time

import dagster as dg
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget
from dagster._daemon.sensor import execute_sensor_iteration

LONGER_THAN_THE_INTERVAL_S = 1.1


def main(ticks: int, sensor: str, place: str | None) -> None:
    target = ModuleTarget("dativo_dagster.definitions", None, None, None)
    with dg.DagsterInstance.get() as instance, WorkspaceProcessContext(instance, target) as workspace:
        for number in range(ticks):
            is_due = place and (number == ticks - 1 or not place.startswith("TICK"))
            flags = {sensor: {place: signal.SIGKILL}} if is_due else None
            list(execute_sensor_iteration(workspace, logging.getLogger("ticks"), None, None, debug_crash_flags=flags))
            time.sleep(LONGER_THAN_THE_INTERVAL_S)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None)
