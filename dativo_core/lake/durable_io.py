"""Local files that are on disk before anything points at them.

SQLite syncs its own database but nothing syncs the files its rows name, so after a power loss a durable pointer could
lead to bytes that were never written. Here a file is synced when it is closed, and so is its directory; the catalog's
pointer swap comes later by construction.
"""

import io
import os
from pathlib import Path
from typing import Any

from pyiceberg.io import OutputStream
from pyiceberg.io.pyarrow import PyArrowFile, PyArrowFileIO

from dativo_core.failpoints import fp

SYNCED_LEVELS = 4
"""Directories synced with a file besides those of its partition, whoever created them: data, table, namespace, warehouse."""

FILE_MODE = 0o600
DIRECTORY_MODE = 0o700


def make_directories(path: Path) -> None:
    """Create `path` and its missing parents for the owner alone."""
    missing = [directory for directory in (path, *path.parents) if not directory.exists()]
    for directory in reversed(missing):
        directory.mkdir(mode=DIRECTORY_MODE, exist_ok=True)


def sync_directory(path: Path) -> None:
    """Make the entries of a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _DurableStream(io.BufferedWriter):
    """A new local file that is synced, with its directories, when it is closed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        super().__init__(io.FileIO(os.open(path, flags, FILE_MODE), "wb"), 1 << 20)
        try:
            self._fire("file.opened")
        except BaseException:
            super().close()
            raise

    def write(self, data: Any) -> int:
        count = super().write(data)
        self._fire("file.partial")
        if self._path.suffix == ".zst":
            fp("blob.partial")
        return count

    def close(self) -> None:
        if self.closed:
            return
        try:
            self.flush()
            self._fire("file.closed")
            os.fsync(self.fileno())
        finally:
            super().close()
        parents = list(self._path.parents)
        partition_levels = sum("=" in directory.name for directory in parents)
        for directory in parents[: SYNCED_LEVELS + partition_levels]:
            sync_directory(directory)
        self._fire("file.synced")
        if self._path.name.endswith(".metadata.json"):
            fp("meta.after")
        elif self._path.suffix == ".avro":
            fp("manifest.written")

    def _fire(self, name: str) -> None:
        if self._path.suffix == ".parquet":
            fp(name)


class _DurableFile(PyArrowFile):
    """A local path whose output is durable once closed."""

    def create(self, overwrite: bool = False) -> OutputStream:
        path = Path(self._path)
        if path.name.endswith(".metadata.json"):
            fp("meta.before")
        make_directories(path.parent)
        if overwrite:
            path.unlink(missing_ok=True)
        return _DurableStream(path)


class DurableFileIO(PyArrowFileIO):
    """PyIceberg's Arrow FileIO, with durable writes for local files."""

    def new_output(self, location: str) -> PyArrowFile:
        scheme, netloc, path = self.parse_location(location, self.properties)
        if scheme != "file":
            return super().new_output(location)
        return _DurableFile(location=location, path=path, fs=self.fs_by_scheme(scheme, netloc))
