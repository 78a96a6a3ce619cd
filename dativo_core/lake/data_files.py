"""The data files of one partition: rows become row groups, row groups become files of about the target size."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from dativo_core.lake.parquet_file import MAX_ROW_GROUP_ROWS, ParquetFile, parquet_writer
from dativo_core.lake.partition import PartitionValues
from dativo_core.lake.sorted_rows import WriterOrder, merged, sorted_table
from dativo_core.lake.spool import Spool, SpoolDirectory

MAX_ROW_GROUP_BYTES = 64 * 1024 * 1024
"""Arrow bytes that are collected before a row group is written; the writer's memory is a small multiple of this."""
MAX_RUN_BYTES = 16 * 1024 * 1024
"""Arrow bytes that are sorted at a time; sorting needs about three times as much for a moment."""
MAX_SORTED_ROWS = 1 << 24
"""Rows of one sorted file at most: their keys and places are in memory at once, 8 bytes each and more."""
FULL = 0.9
"""A file this close to its target is finished rather than given one more, small, row group."""
SURPLUS = 1.15
"""How much more than a file's worth is collected before it is sorted and written; what is left over starts the next."""


class CompressionRatio:
    """Arrow bytes per byte in Parquet, learnt from the row groups written so far; None before the first."""

    def __init__(self) -> None:
        self._arrow_bytes = 0
        self._parquet_bytes = 0

    def learn(self, arrow_bytes: int, parquet_bytes: int) -> None:
        """Add what a row group turned into."""
        self._arrow_bytes += arrow_bytes
        self._parquet_bytes += parquet_bytes

    @property
    def value(self) -> float | None:
        """The mean over all rows."""
        return self._arrow_bytes / self._parquet_bytes if self._parquet_bytes else None


@dataclass(frozen=True)
class FileSettings:
    """What the files of all partitions of a writer have in common.

    `open_file` creates the next file of a partition, in the encodings that suit the given rows; `keep` takes a finished one.
    """

    target_bytes: int
    compression: str
    order: WriterOrder | None
    ratio: CompressionRatio
    spools: SpoolDirectory
    open_file: Callable[[PartitionValues, pa.Table], ParquetFile]
    keep: Callable[[PartitionValues, ParquetFile], None]


class StreamedFiles:
    """Files that are written as rows come; at most a row group is held."""

    def __init__(self, settings: FileSettings, values: PartitionValues) -> None:
        self._settings = settings
        self._values = values
        self._file: ParquetFile | None = None
        self._ratio = CompressionRatio()
        self._pending: list[pa.RecordBatch] = []
        self._rows = 0
        self.pending_bytes = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Add rows; row groups and files are written as they become full."""
        used = 0
        while used < batch.num_rows:
            used += self.fill(batch.slice(used))

    def fill(self, batch: pa.RecordBatch) -> int:
        """Add rows until the batch is used up or a file is finished; returns how many were added."""
        row_bytes, used = max(1.0, batch.nbytes / batch.num_rows), 0
        while used < batch.num_rows:
            due = math.ceil(self._due_bytes() / row_bytes)
            part = batch.slice(used, max(1, min(due, MAX_ROW_GROUP_ROWS - self._rows)))
            self._append(part, part.num_rows * row_bytes)
            used += part.num_rows
            if self._due_bytes() > 0 and self._rows < MAX_ROW_GROUP_ROWS:
                continue
            self.relieve()
            if self._written_bytes() >= FULL * self._settings.target_bytes:
                self.finish()
                break
        return used

    @property
    def is_empty(self) -> bool:
        """Whether every row that was added is in a finished file."""
        return self._file is None and not self._pending

    def settle(self) -> None:
        """Copy rows that are parts of larger batches, so that these can go."""
        self._pending = _copied(self._pending)

    def relieve(self) -> None:
        """Write the rows that are held as a row group."""
        if not self._pending:
            return
        rows = pa.Table.from_batches(self._pending)
        if self._file is None:
            self._file = self._settings.open_file(self._values, rows)
        before = self._file.size_bytes
        self._file.write(rows)
        for ratio in (self._ratio, self._settings.ratio):
            ratio.learn(self.pending_bytes, self._file.size_bytes - before)
        self._pending, self._rows, self.pending_bytes = [], 0, 0

    def finish(self) -> None:
        """Write what is left and make the last file durable."""
        self.relieve()
        if self._file is not None:
            file, self._file, self._ratio = self._file, None, CompressionRatio()
            self._settings.keep(self._values, file)

    def _append(self, part: pa.RecordBatch, size_bytes: float) -> None:
        self._pending.append(part)
        self._rows += part.num_rows
        self.pending_bytes += math.ceil(size_bytes)

    def _written_bytes(self) -> int:
        return self._file.size_bytes if self._file is not None else 0

    def _due_bytes(self) -> float:
        """Return how many Arrow bytes more make a row group: what the file still lacks, as far as that can be told."""
        ratio = self._ratio.value or self._settings.ratio.value or 1.0
        lacking = (self._settings.target_bytes - self._written_bytes()) * ratio
        return min(MAX_ROW_GROUP_BYTES, lacking) - self.pending_bytes


class CollectedFiles:
    """Files whose rows are collected first, on disk if need be: to sort them, or because too many files are open.

    Rows are set aside as runs, each sorted, and merged when there are enough for a file.
    """

    def __init__(self, settings: FileSettings, values: PartitionValues) -> None:
        self._settings = settings
        self._values = values
        self._fields = settings.order.fields if settings.order else ()
        self._spool = Spool(settings.spools)
        self._pending: list[pa.RecordBatch] = []
        self.pending_bytes = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Add rows; runs and files are written as they become full."""
        row_bytes, used = max(1.0, batch.nbytes / batch.num_rows), 0
        while used < batch.num_rows:
            part = batch.slice(used, max(1, math.ceil(self._due_bytes() / row_bytes)))
            self._pending.append(part)
            self.pending_bytes += math.ceil(part.num_rows * row_bytes)
            used += part.num_rows
            if self._due_bytes() <= 0:
                self.relieve()

    def settle(self) -> None:
        """Copy rows that are parts of larger batches, so that these can go."""
        self._pending = _copied(self._pending)

    def relieve(self) -> None:
        """Set the rows that are held aside as a run; write a file once there is enough for one."""
        if not self._pending:
            return
        run = self._take_run()
        if self._settings.ratio.value is None:
            self._settings.ratio.learn(run.nbytes, _encoded_bytes(run, self._settings.compression))
        self._spool.append(run)
        while self._spool.size_bytes >= self._wanted_bytes() or self._spool.rows >= MAX_SORTED_ROWS:
            self._write_file()

    def finish(self) -> None:
        """Write all that is left and make the last file durable."""
        last = self._take_run().to_batches() if self._pending else []
        files = StreamedFiles(self._settings, self._values)
        for chunk in merged([*self._spool.runs(), *last], self._fields):
            files.add(chunk)
        files.finish()
        self._spool.remove()

    def _take_run(self) -> pa.Table:
        rows = pa.Table.from_batches(self._pending)
        self._pending, self.pending_bytes = [], 0
        return sorted_table(rows, self._fields) if self._fields else rows

    def _write_file(self) -> None:
        """Write the first rows in order, as many as make a file; the others are set aside again."""
        files, rest = StreamedFiles(self._settings, self._values), Spool(self._settings.spools)
        chunks = merged(self._spool.runs(), self._fields)
        for chunk in chunks:
            used = files.fill(chunk)
            if files.is_empty:
                rest.append(pa.Table.from_batches([chunk.slice(used)]))
                break
        files.finish()
        for chunk in chunks:
            rest.append(pa.Table.from_batches([chunk]))
        self._spool.remove()
        self._spool = rest

    def _wanted_bytes(self) -> float:
        """Return how many Arrow bytes make a file, with the surplus; before anything is known, as many as are sampled."""
        ratio = self._settings.ratio.value
        return SURPLUS * self._settings.target_bytes * ratio if ratio else self._settings.target_bytes

    def _due_bytes(self) -> float:
        """Return how many Arrow bytes more make a run."""
        run_bytes = MAX_RUN_BYTES if self._fields else MAX_ROW_GROUP_BYTES
        return min(run_bytes, self._wanted_bytes() - self._spool.size_bytes) - self.pending_bytes


PartitionFiles = StreamedFiles | CollectedFiles


def _copied(batches: Sequence[pa.RecordBatch]) -> list[pa.RecordBatch]:
    """Return the rows in memory of their own; joining with nothing is what makes Arrow copy a single batch."""
    return [pa.concat_batches([batches[0].slice(0, 0), *batches])] if batches else []


def _encoded_bytes(rows: pa.Table, compression: str) -> int:
    """Return how large a sample is in Parquet, without keeping it."""
    sink = pa.BufferOutputStream()
    with parquet_writer(sink, compression, rows) as writer:
        writer.write_table(rows)
    return len(sink.getvalue())
