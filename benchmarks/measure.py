"""One measured load, in a process of its own so that its peak memory is its own: `python -m benchmarks.measure WHO DIRECTORY`."""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.dataset import COLUMNS, CSV


def through_dativo(directory: Path) -> Callable[[], int]:
    """Return the load of the workspace's job: CSV, contract, Iceberg commit. The call returns the rows written."""
    from dativo_core.plan.build import check_workspace
    from dativo_core.run import Services, run
    from dativo_core.secrets.filesystem import FilesystemStore
    from dativo_core.workspace.load import load_workspace

    def load() -> int:
        (check,) = check_workspace(load_workspace(directory)).jobs
        if check.plan is None:
            sys.exit("\n".join(map(str, check.findings)))
        report = run(check.plan, Services(secrets=FilesystemStore(directory / "secrets")))
        (stream,) = report.streams
        if stream.error is not None:
            sys.exit(str(stream.error))
        return stream.counts.written

    return load


def through_duckdb(directory: Path) -> Callable[[], int]:
    """Return a copy from CSV to one Parquet file: no contract, no table, no commit. The call returns the rows written."""
    import duckdb

    types = ", ".join(f"'{name}': '{sql}'" for name, (sql, _) in COLUMNS.items())
    source = f"read_csv('{directory / CSV}', columns = {{{types}}}, header = true)"

    def load() -> int:
        target = directory / "duckdb.parquet"
        with duckdb.connect() as connection:
            connection.execute("set timezone = 'UTC'")
            (rows,) = connection.execute(f"copy (from {source}) to '{target}' (compression zstd)").fetchone() or (0,)
        return int(rows)

    return load


LOADS = {"dativo": through_dativo, "duckdb": through_duckdb}


def main() -> int:
    """Print rows, seconds of the load alone and peak memory in MB of this process as JSON. Returns the exit code."""
    load = LOADS[sys.argv[1]](Path(sys.argv[2]))
    begin = time.perf_counter()
    rows = load()
    seconds = time.perf_counter() - begin
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": rows, "seconds": seconds, "peak_mb": peak_mb}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
