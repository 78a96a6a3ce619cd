"""DuckDB in this process, locked: it reads and writes nothing but what it is handed and its own files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

THREADS = 2


@contextmanager
def open_session(
    directory: Path, memory_limit_mb: int, spill_limit_mb: int | None = None
) -> Iterator["DuckDBPyConnection"]:
    """Open DuckDB with its files in `directory`; neither files, extensions, variables nor settings can be reached from it.

    Times are in UTC. `spill_limit_mb` None lets it fill the disk, but for a tenth of what is free.
    """
    # Most runs need no database, and importing DuckDB takes time.
    import duckdb

    # What reading and writing have let go of is kept by Arrow for later; DuckDB's memory comes on top of it.
    pa.default_memory_pool().release_unused()
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{memory_limit_mb}MB",
        "temp_directory": str(directory / "sort"),
        "threads": THREADS,
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if spill_limit_mb is not None:
        settings["max_temp_directory_size"] = f"{spill_limit_mb}MB"
    with duckdb.connect(":memory:", config=settings) as session:
        # DuckDB draws a bar on standard output where it takes the process for interactive, such as `python -c`.
        session.execute("SET enable_progress_bar = false")
        session.execute("SET TimeZone = 'UTC'")
        session.execute("SET python_enable_replacements = false")
        session.execute("SET enable_external_access = false")
        session.execute("SET lock_configuration = true")
        yield session


@contextmanager
def limited(session: "DuckDBPyConnection", time_limit_s: float) -> Iterator[None]:
    """Interrupt what the session does after some seconds, which raises duckdb.InterruptException there."""
    alarm = Timer(time_limit_s, session.interrupt)
    alarm.daemon = True
    alarm.start()
    try:
        yield
    finally:
        alarm.cancel()
