"""One slice from its source to durable data files: read, conform, write. Runs in this process or in another one."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

import pyarrow as pa

from dativo_core.contract.checks import Tally
from dativo_core.contract.conform import Conformer
from dativo_core.errors import SourceError
from dativo_core.failpoints import fp
from dativo_core.flow import Batch, Slice, StagedFile
from dativo_core.lake.data_files import MAX_ROW_GROUP_BYTES
from dativo_core.lake.parquet_writer import ParquetWriter, WriterSettings
from dativo_core.lake.quarantine import RejectingRun, quarantine_rows
from dativo_core.lake.table import FILE_COLUMN, INGEST_DATE_COLUMN, with_constants
from dativo_core.plan.types import SourcePlan, StreamPlan, UnknownColumns
from dativo_core.run.key_spill import DuplicateRows, KeySpill, SpilledKeys, stream_keys
from dativo_core.sources.base import ReadLimits, WantedColumn
from dativo_core.sources.boundary import Boundary
from dativo_core.sources.column_names import listed
from dativo_core.sources.load import open_source
from dativo_core.sources.storage import References
from dativo_core.stages import Behind, drawn_ahead

WAITING_BYTES = MAX_ROW_GROUP_BYTES
"""Arrow bytes that wait to be written, so that checking goes on while a row group is."""


@dataclass(frozen=True)
class SliceTask:
    """Everything needed to land one slice; picklable, holds no secret and no connection.

    `references` finds the secrets the source needs in the process that lands it. `rejects` are the writer settings of the
    quarantine table; None means that rejected rows are only counted. `spill` is the directory for the keys that must not
    repeat; `left_out` names the accepted rows that repeat one.
    """

    source: SourcePlan
    references: References
    stream: StreamPlan
    boundary: Boundary
    part: Slice
    data: WriterSettings
    rejects: WriterSettings | None
    run: RejectingRun
    started_at: datetime
    limits: ReadLimits = field(default_factory=ReadLimits)
    spill: Path | None = None
    left_out: Path | None = None


@dataclass(frozen=True)
class SliceResult:
    """What landing a slice produced; files are durable and not yet part of any table."""

    files: tuple[StagedFile, ...]
    reject_files: tuple[StagedFile, ...]
    rows_read: int
    rows_written: int
    rows_rejected: int
    size_bytes: int
    dropped_columns: tuple[str, ...]
    tally: Tally
    seconds: dict[str, float]
    keys: tuple[SpilledKeys, ...] = ()


class Stopwatch:
    """Adds up the seconds of named phases; phases that run side by side add up to more than the time that passes."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count the time inside the block to `name`."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begin


def land_slice(task: SliceTask, on_batch: Callable[[Batch], None] | None = None) -> SliceResult:
    """Read a slice, hold it against the contract, and write what passes, side by side; bounded memory.

    Raises SourceError for a file that cannot be read as a whole, OSError when the lake cannot be written; everything
    written for the slice is removed first.
    """
    landing = _Landing(task)
    with ExitStack() as undo:
        undo.callback(landing.discard)
        with drawn_ahead(landing.batches()) as batches:
            for batch in batches:
                landing.take(batch)
                if on_batch is not None:
                    on_batch(batch)
        result = landing.finish()
        undo.pop_all()
        return result


class _Landing:
    def __init__(self, task: SliceTask) -> None:
        self._task = task
        stream = task.stream
        self._conformer = Conformer(stream.columns, stream.rules, stream.metrics_while_reading)
        self._duplicates = DuplicateRows(stream, task.left_out)
        self._keys = KeySpill(stream_keys(stream), task.spill, task.part.index) if task.spill else None
        self._data = ParquetWriter(task.data, task.part.index)
        self._rejects = ParquetWriter(task.rejects, task.part.index) if task.rejects else None
        self._writes = Behind(WAITING_BYTES)
        self._watch = Stopwatch()
        self._tally = Tally()
        self._rows = {"read": 0, "written": 0, "rejected": 0}
        self._size_bytes = 0
        self._dropped: tuple[str, ...] = ()

    def batches(self) -> Iterator[Batch]:
        """Yield the slice's batches, timing the source alone."""
        task = self._task
        columns = tuple(WantedColumn(column.source_name, column.type) for column in task.stream.columns)
        source = open_source(task.source, task.stream, task.boundary, task.references)
        stream = source.read(task.part, columns, task.limits)
        while True:
            with self._watch.phase("read"):
                batch = next(stream, None)
            if batch is None:
                return
            yield batch

    def take(self, batch: Batch) -> None:
        """Conform one batch and write it."""
        self._require_known_columns(batch)
        with self._watch.phase("contract"):
            conformed = self._duplicates.leave_out(batch, self._conformer.conform(batch))
            self._tally.add(batch, conformed)
            if self._keys:
                self._keys.add(conformed)
        fp("batch.validated")
        # What waits to be written holds on to no text of its batch.
        rows = self._table_rows(conformed.records, batch.places.file)
        rejects = (batch.rejects, conformed.rejects)
        size_bytes = sum(each.nbytes for each in (rows, *rejects))
        self._writes.call(partial(self._write, rows, rejects), size_bytes)
        self._rows["read"] += batch.rows_read
        self._rows["written"] += conformed.records.num_rows
        self._rows["rejected"] += batch.rejects.num_rows + conformed.rejects.num_rows
        self._size_bytes += batch.size_bytes
        self._dropped = tuple(dict.fromkeys((*self._dropped, *batch.dropped_columns)))

    def _write(self, rows: pa.RecordBatch, rejected: Sequence[pa.RecordBatch]) -> None:
        with self._watch.phase("write"):
            self._data.write(rows)
            for rejects in rejected:
                self._quarantine(rejects)

    def finish(self) -> SliceResult:
        """Make the files durable and report."""
        self._writes.settle()
        self._writes.close()
        with self._watch.phase("write"):
            files = self._data.close()
            reject_files = self._rejects.close() if self._rejects else ()
        return SliceResult(
            files,
            reject_files,
            self._rows["read"],
            self._rows["written"],
            self._rows["rejected"],
            self._size_bytes,
            self._dropped,
            self._tally,
            self._watch.seconds,
            self._keys.close() if self._keys else (),
        )

    def discard(self) -> None:
        """Remove what was written."""
        self._writes.close()
        self._data.discard()
        if self._rejects:
            self._rejects.discard()
        if self._keys:
            self._keys.discard()

    def _require_known_columns(self, batch: Batch) -> None:
        if batch.dropped_columns and self._task.stream.unknown_columns is UnknownColumns.FAIL:
            names = listed([repr(name) for name in batch.dropped_columns])
            line = "" if batch.names_line is None else f":{batch.names_line}"
            message = f"{batch.places.file}{line}: columns not in the contract: {names}"
            hint = f"Add them to {self._task.stream.contract.file}, or set target.mode: relaxed to leave them out"
            raise SourceError(message, hint=hint)

    def _quarantine(self, rejects: pa.RecordBatch) -> None:
        task = self._task
        if self._rejects is None or task.rejects is None or rejects.num_rows == 0:
            return
        self._rejects.write(quarantine_rows(rejects, task.rejects.arrow_schema, task.run, task.started_at))

    def _table_rows(self, records: pa.RecordBatch, file: str) -> pa.RecordBatch:
        constants = {FILE_COLUMN: file, INGEST_DATE_COLUMN: self._task.started_at.date()}
        return with_constants(records, self._task.data.arrow_schema, constants)
