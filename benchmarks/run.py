"""Compare loading through Dativo with DuckDB's plain copy and with floe: `python -m benchmarks.run`.

All take turns in one run on one machine, each load in a process of its own, start-up and imports included, so that their
ratios mean something where seconds alone do not. DuckDB's copy is the bound to get near, not a rival: it checks no
contract, keeps no rejected row and commits no table.
"""

import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders import CONTENDERS
from benchmarks.lineitem import CACHE, ROWS, lineitem_csv
from benchmarks.process import run_process
from benchmarks.workspaces import write_dativo, write_floe

ROUNDS = 3
FEW_ROWS = 1_000_000
LINE = "{:<18} {:>9} {:>8} {:>8} {:>8} {:>9}"


@dataclass(frozen=True)
class Measured:
    """One load: rows that arrived, wall and CPU seconds and peak memory of its process."""

    rows: int
    wall_s: float
    cpu_s: float
    peak_mb: float


def main() -> int:
    """Measure each load `ROUNDS` times, alternating, and print the medians. Returns 0 when every row arrived, else 1."""
    few = [_measure("dativo", FEW_ROWS) for _ in range(ROUNDS)]
    measured: dict[str, list[Measured]] = {who: [] for who in CONTENDERS}
    for _ in range(ROUNDS):
        for who in CONTENDERS:
            measured[who].append(_measure(who, ROWS))
    print(f"TPC-H lineitem as CSV, {ROWS:,} rows; whole processes, median of {ROUNDS} rounds")
    print(LINE.format("", "wall s", "× duckdb", "CPU s", "peak MB", "rows/s"))
    for who, runs in measured.items():
        _show(who, runs, _median(measured["duckdb"], "wall_s"))
    _conclude(few, measured)
    return 0 if all(each.rows == ROWS for runs in measured.values() for each in runs) else 1


def _measure(who: str, rows: int) -> Measured:
    csv = lineitem_csv(rows)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        directory = Path(folder)
        _prepare(who, directory, csv)
        command = [sys.executable, "-m", "benchmarks.contenders", who, str(directory)]
        usage = run_process(command)
    if usage.exit_code:
        sys.exit(f"{who} failed")
    return Measured(int(usage.output.split()[-1]), usage.wall_s, usage.cpu_s, usage.peak_mb)


def _prepare(who: str, directory: Path, csv: Path) -> None:
    if who.startswith("dativo"):
        write_dativo(directory, csv, with_rules=who == "dativo")
    elif who == "floe":
        write_floe(directory, csv)
    else:
        (directory / csv.name).hardlink_to(csv)


def _median(runs: list[Measured], name: str) -> float:
    return statistics.median(float(getattr(each, name)) for each in runs)


def _show(who: str, runs: list[Measured], duckdb_s: float) -> None:
    wall_s, cpu_s, peak_mb = (_median(runs, name) for name in ("wall_s", "cpu_s", "peak_mb"))
    numbers = (f"{wall_s:.2f}", f"{wall_s / duckdb_s:.2f}", f"{cpu_s:.1f}", f"{peak_mb:.0f}", f"{ROWS / wall_s:,.0f}")
    print(LINE.format(who, *numbers))


def _conclude(few: list[Measured], measured: dict[str, list[Measured]]) -> None:
    checked, unchecked = _median(measured["dativo"], "cpu_s"), _median(measured["dativo, no rules"], "cpu_s")
    peak_few, peak_all = _median(few, "peak_mb"), _median(measured["dativo"], "peak_mb")
    print(f"fifteen rules add {100 * (checked / unchecked - 1):.0f} % CPU")
    print(f"peak memory at {FEW_ROWS:,} rows {peak_few:.0f} MB, at {ROWS:,} rows {peak_all:.0f} MB")


if __name__ == "__main__":
    sys.exit(main())
