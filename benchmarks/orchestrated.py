"""What Dativo adds to a run of Dagster: `python -m benchmarks.orchestrated`.

All runs are whole processes, `dagster job execute`, and take turns on one machine with one kind of instance: a directory
with SQLite files. The executor is in the process for all of them, which is the quickest that Dagster has.
"""

import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.lineitem import CACHE, ROOT
from benchmarks.process import Usage, run_process
from benchmarks.workspaces import write_tiny

ROUNDS = 7
ALLOWED_S = 1.0
LINE = "{:<32} {:>8} {:>8} {:>8} {:>8}"
EMPTY, IMPORT, NOTHING_NEW, ONE_ROW = "an empty asset", "… that imports PyIceberg", "nothing new", "one row"


@dataclass(frozen=True)
class Place:
    """Directories of a benchmark: Dagster's records, and a workspace."""

    home: Path
    workspace: Path


def main() -> int:
    """Measure each run `ROUNDS` times, alternating, and print the medians. Returns 0 when both limits are kept, else 1."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        place = Place(Path(folder) / "home", Path(folder) / "workspace")
        place.home.mkdir()
        (place.home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
        write_tiny(place.workspace)
        measured: dict[str, list[Usage]] = {name: [] for name in RUNS}
        for number in range(ROUNDS + 1):
            for name, run in RUNS.items():
                usage = run(place)
                if number:  # the first round compiles modules and makes the databases
                    measured[name].append(usage)
    return _tell(measured)


def _dagster(place: Place, module: str, job: str) -> Usage:
    program = str(Path(sys.executable).with_name("dagster"))
    places = {"DAGSTER_HOME": str(place.home), "DATIVO_ROOT": str(place.workspace), "PYTHONPATH": str(ROOT)}
    usage = run_process([program, "job", "execute", "-m", module, "-j", job], places, keeps_errors=True)
    if usage.exit_code:
        sys.exit(f"{job} failed: {usage.output}")
    return usage


def _first_load(place: Place) -> Usage:
    shutil.rmtree(place.workspace / ".dativo", ignore_errors=True)
    return _dagster(place, "dativo_dagster.definitions", "bench__tiny")


RUNS: dict[str, Callable[[Place], Usage]] = {
    EMPTY: lambda place: _dagster(place, "benchmarks.bare", "nothing_job"),
    IMPORT: lambda place: _dagster(place, "benchmarks.bare", "imports_job"),
    ONE_ROW: _first_load,
    NOTHING_NEW: lambda place: _dagster(place, "dativo_dagster.definitions", "bench__tiny"),
}
"""In this order: after a first load there is nothing new."""


def _tell(measured: dict[str, list[Usage]]) -> int:
    print(f"A run of Dagster, median of {ROUNDS} rounds")
    print(LINE.format("", "wall s", "× empty", "CPU s", "peak MB"))
    empty_s = _median(measured[EMPTY], "wall_s")
    for name, runs in measured.items():
        wall_s, cpu_s, peak_mb = (_median(runs, each) for each in ("wall_s", "cpu_s", "peak_mb"))
        print(LINE.format(name, f"{wall_s:.2f}", f"{wall_s / empty_s:.2f}", f"{cpu_s:.2f}", f"{peak_mb:.0f}"))
    kept = [_added(measured, NOTHING_NEW, EMPTY), _added(measured, ONE_ROW, IMPORT)]
    return 0 if all(kept) else 1


def _added(measured: dict[str, list[Usage]], name: str, base: str) -> bool:
    """Print what a run adds to another, and return whether it is within the limit.

    The quickest of each are compared: they are the ones that the rest of the machine disturbed least.
    """
    wall_s = min(run.wall_s for run in measured[name]) - min(run.wall_s for run in measured[base])
    cpu_s = min(run.cpu_s for run in measured[name]) - min(run.cpu_s for run in measured[base])
    print(f"{name} adds {wall_s:.2f} s (CPU {cpu_s:.2f} s) to {base}; allowed are {ALLOWED_S:.1f} s")
    return wall_s <= ALLOWED_S


def _median(runs: list[Usage], name: str) -> float:
    return statistics.median(float(getattr(each, name)) for each in runs)


if __name__ == "__main__":
    sys.exit(main())
