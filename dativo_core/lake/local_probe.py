"""Whether the embedded catalog and its warehouse could be written to; nothing but a file that is gone again is created."""

import errno
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Protocol

from dativo_core.errors import ConfigError, DativoError
from dativo_core.lake.places import DATABASE, UNREADABLE, WAREHOUSE
from dativo_core.plan.types import CatalogPlan
from dativo_core.probe import Answer, Part, Probe, failed, ok, skipped, warned

WARN_BELOW_BYTES = 1024**3
NEEDED_BYTES = 16 * 1024**2
"""What one small load takes with its metadata; below it none can succeed."""

_GIB = 1024**3
_RIGHTS = "Give the user of this process the right to write there, or choose another directory"
_KEY_PATH = "target.catalog.directory"


class Directories(Protocol):
    """Replaces `${…}` in the name of a directory."""

    def resolve(self, text: str, key_path: str) -> str:
        """Return `text` with its references replaced; raises SecretError or ConfigError."""


Place = Callable[[str], Path]
"""Returns where a directory of this name is, or raises ConfigError for one that the job may not choose."""


def local_probes(catalog: CatalogPlan, place: Place, references: Directories) -> Iterator[Probe]:
    """Yield a probe of the warehouse and one of the catalog of a directory, which lies at its `place`."""
    subject = f"{catalog.type} in {catalog.directory}"
    find = partial(_directory, catalog.directory, place, references)
    yield Probe(Part.TARGET, subject, partial(_ask_warehouse, find))
    yield Probe(Part.CATALOG, subject, partial(_ask_catalog, find))


def _directory(written: str, place: Place, references: Directories) -> Path:
    directory = place(references.resolve(written, _KEY_PATH))
    if found := UNREADABLE & set(str(directory)):
        message = f"{directory} has {' '.join(sorted(found))} in its path, which Iceberg readers misread"
        raise ConfigError(message, hint="Choose a directory without these characters")
    return directory


def _ask_warehouse(find: Callable[[], Path], limit_s: float) -> Answer:
    return _look(warehouse_answer, find(), limit_s)


def _ask_catalog(find: Callable[[], Path], limit_s: float) -> Answer:
    try:
        directory = find()
    except DativoError:
        return skipped("where it is is not known, as told of the target")
    return _look(catalog_answer, directory, limit_s)


def _look(look: Callable[[Path, float], Answer], directory: Path, limit_s: float) -> Answer:
    try:
        return look(directory, limit_s)
    except OSError as error:
        return failed(f"{directory} cannot be used: {error.strerror or type(error).__name__}", remedy(error))


def remedy(error: OSError) -> str:
    """Return what to do about a place that cannot be written to."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "Free space or files (inodes), raise the quota, or choose another directory"
    return _RIGHTS


def warehouse_answer(directory: Path, _limit_s: float) -> Answer:
    """Return whether files could be written below `directory`, and whether there is room for them. Raises OSError."""
    return writable_answer(directory / WAREHOUSE)


def writable_answer(directory: Path) -> Answer:
    """Return whether files can be written in `directory`, which may be missing, and how much room there is.

    Raises OSError.
    """
    nearest = next(place for place in (directory, *directory.parents) if place.exists() or place.is_symlink())
    if not nearest.exists():
        return failed(f"{nearest} is a link to what is not there", "Create what it leads to, or mount it")
    if not nearest.is_dir():
        return failed(f"{nearest} is a file, not a directory", "Move it away, or choose another directory")
    if not os.access(nearest, os.W_OK | os.X_OK):
        return failed(f"{nearest} cannot be written to by the user of this process", _RIGHTS)
    if nearest == directory:
        tempfile.TemporaryFile(prefix=".dativo-check-", dir=directory).close()
    return _room_answer(nearest, "can be written to" if nearest == directory else "can be created")


def _room_answer(place: Path, what: str) -> Answer:
    free = shutil.disk_usage(place).free
    told = f"{what}, {free / _GIB:.1f} GiB free"
    if free < NEEDED_BYTES:
        return failed(f"{place} has no room left ({free // 1024**2} MiB)", "Free space, or choose another directory")
    if free < WARN_BELOW_BYTES:
        return warned(told, f"Free space: less than {WARN_BELOW_BYTES // _GIB} GiB is left for {place}")
    return ok(told)


def catalog_answer(directory: Path, limit_s: float) -> Answer:
    """Return whether the SQLite file of a catalog can be read, and written to now; a missing one is none's fault."""
    database = directory / DATABASE
    if not database.exists():
        return ok("there is no catalog yet, the first run creates it")
    if not os.access(database, os.R_OK | os.W_OK):
        return failed(f"{database} cannot be read and written by the user of this process", _RIGHTS)
    try:
        return ok(f"it can be read and written, {_tables(database, limit_s)} table(s)")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            hint = "See which process holds it; a load waits 30 s for it"
            return warned(f"{database} has been locked by another process for {limit_s:g} s", hint)
        return _unusable(database, error)
    except sqlite3.DatabaseError as error:
        return _unusable(database, error)


def _tables(database: Path, limit_s: float) -> int:
    """Return how many tables a catalog has, once it is clear that it could be written to; changes nothing."""
    with closing(sqlite3.connect(database, timeout=limit_s, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
        known = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'iceberg_tables'").fetchone()
        return connection.execute("SELECT count(*) FROM iceberg_tables").fetchone()[0] if known else 0


def _unusable(database: Path, error: sqlite3.Error) -> Answer:
    hint = "Restore it, or move it away to begin with an empty catalog"
    return failed(f"{database} is not a catalog that can be used: {error}", hint)
