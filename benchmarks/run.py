"""Compare Dativo with a plain DuckDB copy of the same CSV file: `python -m benchmarks.run [ROWS]`, a million by default.

Both take turns in one run on one machine, so that their ratio means something where seconds alone do not. DuckDB's copy
is the bound to get near, not a rival: it checks no contract, keeps no rejected row and commits no table.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.dataset import CSV, write_workspace
from benchmarks.measure import LOADS

ROUNDS = 3
DEFAULT_ROWS = 1_000_000
LINE = "{:<8} {:>9} {:>12} {:>8} {:>9}"


@dataclass(frozen=True)
class Measured:
    """One load: rows written, seconds, peak memory of its process in MB."""

    rows: int
    seconds: float
    peak_mb: float


def main() -> int:
    """Measure each load `ROUNDS` times, alternating, and print the medians. Returns 0 when every row arrived, else 1."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_ROWS
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        write_workspace(directory, rows)
        size_mb = (directory / CSV).stat().st_size / 1e6
        print(f"{rows:,} rows, {size_mb:.0f} MB of CSV, median of {ROUNDS} rounds")
        measured: dict[str, list[Measured]] = {who: [] for who in LOADS}
        for _ in range(ROUNDS):
            for who in LOADS:
                measured[who].append(_measure(who, directory))
    _show(measured, size_mb)
    return 0 if all(each.rows == rows for runs in measured.values() for each in runs) else 1


def _measure(who: str, directory: Path) -> Measured:
    """Load once into a lake of its own, which is removed again."""
    command = [sys.executable, "-m", "benchmarks.measure", who, str(directory)]
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    shutil.rmtree(directory / ".dativo", ignore_errors=True)
    return Measured(**json.loads(result.stdout.splitlines()[-1]))


def _show(measured: dict[str, list[Measured]], size_mb: float) -> None:
    seconds = {who: statistics.median(each.seconds for each in runs) for who, runs in measured.items()}
    print(LINE.format("", "seconds", "MB of CSV/s", "× duckdb", "peak MB"))
    for who, runs in measured.items():
        ratio = seconds[who] / seconds["duckdb"]
        peak_mb = max(each.peak_mb for each in runs)
        print(
            LINE.format(who, f"{seconds[who]:.2f}", f"{size_mb / seconds[who]:.0f}", f"{ratio:.2f}", f"{peak_mb:.0f}")
        )


if __name__ == "__main__":
    sys.exit(main())
