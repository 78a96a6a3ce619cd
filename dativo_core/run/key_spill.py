"""Keys of a slice on their way to disk, and the rows of a slice that are left out because they repeat one."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.duplicate_rejects import DuplicateRejects
from dativo_core.contract.key_cells import key_cells
from dativo_core.contract.uniqueness import Key, KeyOrder, run_keys
from dativo_core.flow import Batch, ConformedBatch
from dativo_core.plan.types import StreamPlan

ORDINAL = "ordinal"
LEFT_OUT_SCHEMA = pa.schema([pa.field(ORDINAL, pa.int64()), pa.field("broken", pa.int64())])
"""Rows to leave out, ascending: position among the slice's accepted rows, and a bit per key that the row repeats."""


@dataclass(frozen=True)
class SpilledKeys:
    """The keys of one slice: an Arrow IPC stream at `path`, None without rows, and how they were ordered. Picklable.

    The stream has a row per record of the slice. Of a key of which a record has any number of values it has a row per value
    that lacks nothing, with the ordinal of its record in the last column; `count` are all of its values.
    """

    path: Path | None
    order: KeyOrder
    count: int = 0


def stream_keys(stream: StreamPlan) -> tuple[Key, ...]:
    """Return the keys of a stream that must not repeat in a run."""
    return run_keys(stream.rules, stream.metrics_while_reading)


class KeySpill:
    """Appends each batch's keys to one file per key, in the order of the rows."""

    def __init__(self, keys: Sequence[Key], directory: Path, part: int) -> None:
        self._files = [_KeyFile(key, directory / f"{part:05d}-{index}.arrows") for index, key in enumerate(keys)]

    def add(self, conformed: ConformedBatch) -> None:
        """Add the keys of a batch: of its records, or of all its rows where a key does not filter."""
        for file in self._files:
            file.add(conformed.records if file.key.filters else conformed.delivered)

    def close(self) -> tuple[SpilledKeys, ...]:
        """Finish the files; they are read once and never outlive the run, so they are not synced."""
        return tuple(file.close() for file in self._files)

    def discard(self) -> None:
        """Close what is open and remove it."""
        for file in self._files:
            file.discard()


class _KeyFile:
    def __init__(self, key: Key, path: Path) -> None:
        self.key = key
        self._path = path
        self._order = KeyOrder()
        self._records, self._count = 0, 0
        self._sink: pa.NativeFile | None = None
        self._writer: pa.ipc.RecordBatchStreamWriter | None = None

    def add(self, records: pa.RecordBatch) -> None:
        if records.num_rows == 0:
            return
        values = self._values(records)
        if values.num_rows == 0:
            return
        if self._writer is None:
            self._sink = pa.OSFile(str(self._path), "wb")
            self._writer = pa.ipc.new_stream(self._sink, values.schema)
        self._writer.write_batch(values)

    def _values(self, records: pa.RecordBatch) -> pa.RecordBatch:
        """Return what is written of records, and follow the order of their keys."""
        cells = key_cells(records, self.key)
        self._order = self._order.then(cells.values)
        self._count += cells.values.num_rows
        first, self._records = self._records, self._records + records.num_rows
        if cells.rows is None:
            return cells.values
        whole = cells.complete()
        return whole.values.append_column(ORDINAL, pc.add(whole.rows, first))

    def close(self) -> SpilledKeys:
        if self._writer is None or self._sink is None:
            return SpilledKeys(None, self._order, self._count)
        self._writer.close()
        self._sink.close()
        return SpilledKeys(self._path, self._order, self._count)

    def discard(self) -> None:
        if self._sink is not None:
            with suppress(OSError):
                self._sink.close()
        self._path.unlink(missing_ok=True)


class DuplicateRows:
    """Takes the rows that repeat a key out of a slice's batches, which come in order; without `path` there are none."""

    def __init__(self, stream: StreamPlan, path: Path | None) -> None:
        self._rejects = DuplicateRejects(stream.columns, stream.rules, stream_keys(stream))
        self._rows = LeftOutRows(path) if path else None

    def leave_out(self, batch: Batch, conformed: ConformedBatch) -> ConformedBatch:
        """Return the next batch with those rows among its rejects."""
        if self._rows is None:
            return conformed
        return self._rejects.reject(batch, conformed, *self._rows.among(conformed.records.num_rows))


class LeftOutRows:
    """Reads which accepted rows of a slice are left out, as far as the slice has come; holds a few batches at most."""

    def __init__(self, path: Path) -> None:
        self._batches = self._read(path)
        self._pending = pa.Table.from_batches([], LEFT_OUT_SCHEMA)
        self._accepted = 0

    def among(self, count: int) -> tuple[pa.Int64Array, pa.Int64Array]:
        """Return, of the next `count` accepted rows, the positions to leave out and which keys each repeats."""
        start, stop = self._accepted, self._accepted + count
        self._accepted = stop
        while self._pending.num_rows == 0 or self._pending["ordinal"][-1].as_py() < stop:
            batch = next(self._batches, None)
            if batch is None:
                break
            self._pending = pa.concat_tables([self._pending, pa.Table.from_batches([batch])])
        here = pc.sum(pc.less(self._pending["ordinal"], stop)).as_py() or 0
        found, self._pending = self._pending.slice(0, here).combine_chunks(), self._pending.slice(here)
        positions = pc.subtract(found["ordinal"], start)
        return _whole(positions), _whole(found["broken"])

    def _read(self, path: Path) -> Iterator[pa.RecordBatch]:
        with pa.OSFile(str(path)) as file, pa.ipc.open_stream(file) as reader:
            yield from reader


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
