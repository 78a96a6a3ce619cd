"""The smoke test: the fixture tenant's jobs, through the installed command, into a temporary lake, twice.

Run by `make test-smoke`. The first run must land every row, the second must find nothing new and change nothing.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import click
from pyiceberg.catalog.sql import SqlCatalog

ROOT = Path(__file__).parent.parent
COMMAND = Path(sys.executable).parent / "dativo_ingest"
ARGUMENTS = ("--job-dir", "tests/fixtures/jobs", "--secrets-dir", "tests/fixtures/secrets", "--mode", "self_hosted")
NAMESPACE = "acme__shop"
ROWS = {"customers": 6, "orders": 9, "page_views": 5}


def main() -> int:
    """Run the jobs twice and compare what landed with `ROWS`. Returns 0 when all is as expected, else 1."""
    with tempfile.TemporaryDirectory() as folder:
        lake = Path(folder)
        first, second = _run(lake), _run(lake)
        tables = {name: _rows_and_snapshots(lake, name) for name in ROWS} if first == 0 else {}
    expected = {name: (rows, 1) for name, rows in ROWS.items()}
    if (first, second) != (0, 0) or tables != expected:
        click.echo(f"smoke test failed: exit codes {first} and {second}, expected 0 and 0", err=True)
        click.echo(f"(rows, snapshots) are {tables}, expected {expected}", err=True)
        return 1
    click.echo(f"smoke test passed: {sum(ROWS.values())} rows in {len(ROWS)} tables, nothing new the second time")
    return 0


def _run(lake: Path) -> int:
    """Run the command; its log is shown only when it fails."""
    environment = {**os.environ, "DATIVO_LAKE": str(lake)}
    result = subprocess.run(
        [COMMAND, "run", *ARGUMENTS], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True, check=False
    )
    if result.returncode:
        click.echo(result.stderr, err=True)
    return result.returncode


def _rows_and_snapshots(lake: Path, name: str) -> tuple[int, int]:
    catalog = SqlCatalog("dativo", uri=f"sqlite:///{lake / 'catalog.db'}", warehouse=f"file://{lake / 'warehouse'}")
    table = catalog.load_table((NAMESPACE, name))
    rows = table.scan().to_arrow().num_rows
    catalog.engine.dispose()
    return rows, len(table.snapshots())


if __name__ == "__main__":
    sys.exit(main())
