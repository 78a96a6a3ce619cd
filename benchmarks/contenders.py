"""One load by one contender, in a process of its own: `python -m benchmarks.contenders WHO DIRECTORY`, prints the rows."""

import sys
from importlib import import_module
from pathlib import Path

from benchmarks.lineitem import COLUMNS, PACKAGES


def dativo(directory: Path) -> int:
    """CSV, contract, Iceberg commit; returns the rows written."""
    from dativo_core.plan.build import check_workspace
    from dativo_core.run import Services, run
    from dativo_core.secrets.filesystem import FilesystemStore
    from dativo_core.workspace.load import load_workspace

    (check,) = check_workspace(load_workspace(directory)).jobs
    if check.plan is None:
        sys.exit("\n".join(map(str, check.findings)))
    (stream,) = run(check.plan, Services(secrets=FilesystemStore(directory / "secrets"))).streams
    if stream.error is not None:
        sys.exit(str(stream.error))
    return stream.counts.written


def duckdb(directory: Path) -> int:
    """Copy from CSV to one Parquet file: no contract, no table, no commit; returns the rows written."""
    import duckdb as engine

    types = ", ".join(f"'{name}': '{sql}'" for name, sql in COLUMNS.items())
    source = f"read_csv('{next(directory.glob('*.csv'))}', columns = {{{types}}}, header = true)"
    options = "format parquet, compression zstd, compression_level 3"
    with engine.connect() as connection:
        copied = connection.execute(f"copy (from {source}) to '{directory / 'out.parquet'}' ({options})").fetchone()
    return int(copied[0]) if copied else 0


def floe(directory: Path) -> int:
    """Cast, not-null checks and a local Iceberg table without a catalog; returns the rows accepted."""
    sys.path.insert(0, str(PACKAGES))
    outcome = import_module("floe").run(str(directory / "floe.yml")).to_dict()
    return int(outcome["entity_reports"][0]["results"]["accepted_total"])


CONTENDERS = {"dativo": dativo, "dativo, no rules": dativo, "duckdb": duckdb, "floe": floe}


def main() -> int:
    """Run one contender; returns the exit code."""
    print(CONTENDERS[sys.argv[1]](Path(sys.argv[2])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
