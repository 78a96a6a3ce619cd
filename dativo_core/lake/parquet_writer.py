"""Arrow batches to the Parquet data files of one table, by partition, in bounded memory.

PyIceberg's own append needs as much memory as the rows. Here at most a row group is held, over all partitions together,
and at most so many files are open; rows of the partitions beyond that are set aside on disk until the others are done, so
that a partition's files are of the wanted size however many partitions there are.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import pyarrow as pa
from pyiceberg.io import FileIO
from pyiceberg.schema import Schema

from dativo_core.flow import StagedFile
from dativo_core.lake.data_files import CollectedFiles, CompressionRatio, FileSettings, PartitionFiles, StreamedFiles
from dativo_core.lake.durable_io import DurableFileIO
from dativo_core.lake.parquet_file import ParquetFile, metrics_of
from dativo_core.lake.partition import Partition, PartitionSplitter, PartitionValues
from dativo_core.lake.sorted_rows import WriterOrder
from dativo_core.lake.spool import SpoolDirectory
from dativo_core.plan.types import DEFAULT_BATCH_ROWS, DEFAULT_OPEN_FILES

MAX_PENDING_BYTES = 64 * 1024 * 1024
"""Arrow bytes held over all partitions together."""
SPLIT_SHARE = 4
"""Rows are split by partition once they are this part of the limit: a batch of thousands of partitions has few rows of each."""


@dataclass(frozen=True)
class WriterSettings:
    """Everything a process needs to write data files of one table; picklable.

    `schema_json` is the Iceberg schema, `arrow_schema` its Arrow form with field ids. `file_prefix` makes names unique per
    run. With an `order` every file is sorted. At most `max_open_files` data files are open at a time.
    A row group has at most `batch_size_rows` rows.
    """

    location: str
    schema_json: str
    arrow_schema: pa.Schema
    partition: Partition
    compression: str
    target_file_size_bytes: int
    file_prefix: str
    order: WriterOrder | None = None
    max_open_files: int = DEFAULT_OPEN_FILES
    batch_size_rows: int = DEFAULT_BATCH_ROWS


class ParquetWriter:
    """Writes batches into files of about the target size, none of which has rows of two partitions.

    May be used from any thread, by one at a time.
    """

    def __init__(self, settings: WriterSettings, part: int) -> None:
        self._settings = settings
        self._part = part
        self._io = DurableFileIO()
        self._schema = Schema.model_validate_json(settings.schema_json)
        self._splitter = PartitionSplitter(settings.partition, self._schema)
        self._constant = self._splitter.constant
        self._spools = SpoolDirectory()
        self._files = FileSettings(
            settings.target_file_size_bytes,
            settings.compression,
            settings.order,
            CompressionRatio(),
            self._spools,
            self._open,
            self._keep,
        )
        self._partitions: dict[PartitionValues, PartitionFiles] = {}
        self._open_files: dict[str, ParquetFile] = {}
        self._staged: list[StagedFile] = []
        self._paths: list[str] = []
        self._unsplit: list[pa.RecordBatch] = []
        self._unsplit_bytes = 0
        self._unsettled_bytes = 0
        self._pending_bytes = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows in the settings' Arrow schema."""
        if batch.num_rows == 0:
            return
        if self._constant is not None:
            self._partition(self._constant).add(batch)
            return
        self._unsplit.append(batch)
        self._unsplit_bytes += batch.nbytes
        if self._unsplit_bytes >= MAX_PENDING_BYTES // SPLIT_SHARE:
            self._split()

    def close(self) -> tuple[StagedFile, ...]:
        """Make the last files durable and return all files in the order they were finished."""
        self._split()
        # Files that are open come first: those whose rows were set aside need one each, one after the other.
        for values in sorted(self._partitions, key=lambda values: isinstance(self._partitions[values], CollectedFiles)):
            self._partitions[values].finish()
        self._partitions = {}
        self._spools.remove()
        return tuple(self._staged)

    def discard(self) -> None:
        """Remove everything written; only for files that were never named in a commit request. Never raises OSError."""
        for file in self._open_files.values():
            with suppress(OSError):
                file.close()
        self._open_files, self._partitions, self._unsplit = {}, {}, []
        self._spools.remove()
        remove_files(self._io, self._paths)

    def _split(self) -> None:
        """Give every partition its rows of the batches that are not split yet."""
        if not self._unsplit:
            return
        batch = self._unsplit[0] if len(self._unsplit) == 1 else pa.concat_batches(self._unsplit)
        self._unsettled_bytes += self._unsplit_bytes
        self._unsplit, self._unsplit_bytes = [], 0
        for values, rows in self._splitter.split(batch):
            files = self._partition(values)
            before = files.pending_bytes
            files.add(rows)
            self._pending_bytes += files.pending_bytes - before
        if self._unsettled_bytes >= MAX_PENDING_BYTES // 2:
            self._settle()

    def _partition(self, values: PartitionValues) -> PartitionFiles:
        files = self._partitions.get(values)
        if files is None:
            streams = self._settings.order is None and len(self._partitions) < self._streamed_partitions
            files = StreamedFiles(self._files, values) if streams else CollectedFiles(self._files, values)
            self._partitions[values] = files
        return files

    @property
    def _streamed_partitions(self) -> int:
        """How many partitions may keep a file open; one more is left for those that are collected."""
        return 1 if self._constant is not None else self._settings.max_open_files - 1

    def _settle(self) -> None:
        """Bring what is held down to half the limit, largest partitions first, and let go of the batches it was part of."""
        held = sorted(self._partitions.values(), key=lambda files: files.pending_bytes, reverse=True)
        for files in held:
            if self._pending_bytes <= MAX_PENDING_BYTES // 2:
                files.settle()
                continue
            self._pending_bytes -= files.pending_bytes
            files.relieve()
        self._unsettled_bytes = 0

    def _open(self, values: PartitionValues, first: pa.Table) -> ParquetFile:
        name = f"{self._settings.file_prefix}-{self._part:05d}-{len(self._paths):05d}.parquet"
        parts = (self._settings.location.rstrip("/"), "data", self._splitter.folder(values), name)
        path = "/".join(filter(None, parts))
        self._paths.append(path)
        sink = self._io.new_output(path).create()
        file = ParquetFile(path, sink, self._settings.compression, first, self._settings.batch_size_rows)
        self._open_files[path] = file
        return file

    def _keep(self, values: PartitionValues, file: ParquetFile) -> None:
        del self._open_files[file.path]
        metadata, size_bytes = file.close()
        order_id = self._settings.order.order_id if self._settings.order else None
        metrics = metrics_of(metadata, self._schema)
        self._staged.append(StagedFile(file.path, size_bytes, metadata.num_rows, values, metrics, order_id))


def remove_files(io: FileIO, paths: Iterable[str]) -> None:
    """Delete files as far as that is possible; what stays is an orphan that nothing refers to."""
    for path in paths:
        with suppress(OSError):
            io.delete(path)
