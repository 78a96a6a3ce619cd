"""Rows set aside on disk, as runs in Arrow's own format, until there are enough of them for a data file."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

import pyarrow as pa

from dativo_core.lake.durable_io import FILE_MODE


class SpoolDirectory:
    """A private temporary directory (0700), made when it is first needed and gone once `remove` was called."""

    def __init__(self) -> None:
        self._directory: tempfile.TemporaryDirectory[str] | None = None
        self._count = 0

    def new_file(self) -> Path:
        """Return the path of a file that does not exist yet."""
        if self._directory is None:
            self._directory = tempfile.TemporaryDirectory(prefix="dativo-", ignore_cleanup_errors=True)
        self._count += 1
        return Path(self._directory.name) / f"{self._count}.arrows"

    def remove(self) -> None:
        """Remove the directory with all that is in it. Never raises OSError."""
        if self._directory is not None:
            self._directory.cleanup()
            self._directory = None


class Spool:
    """Runs of rows of one partition; its file is open only while a run is written."""

    def __init__(self, directory: SpoolDirectory) -> None:
        self._path = directory.new_file()
        self._offsets: list[int] = []
        self.size_bytes = 0
        self.rows = 0

    def append(self, run: pa.Table) -> None:
        """Add a run. Raises OSError when the disk is full."""
        descriptor = os.open(
            self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, FILE_MODE
        )
        with os.fdopen(descriptor, "ab") as file:
            self._offsets.append(file.seek(0, os.SEEK_END))
            with pa.ipc.new_stream(file, run.schema) as stream:
                stream.write_table(run)
        self.size_bytes += run.nbytes
        self.rows += run.num_rows

    def runs(self) -> list[pa.RecordBatch]:
        """Return all batches of all runs in the order they were added, mapped from the file rather than read."""
        if not self._offsets:
            return []
        content = pa.memory_map(str(self._path)).read_buffer()
        return [batch for offset in self._offsets for batch in pa.ipc.open_stream(content.slice(offset))]

    def remove(self) -> None:
        """Delete the file; rows that are still mapped stay readable. Never raises OSError."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
