"""A window on its way to durable files: writer settings, one task per slice, and the sums over all of them."""

import logging
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from pyiceberg.table import Table

from dativo_core.contract.checks import Tally
from dativo_core.contract.metrics import Measured
from dativo_core.contract.sql_result import Answer
from dativo_core.errors import DativoError, SourceChanged, SourceError, SourceUnavailable
from dativo_core.flow import Batch, Progress, RowCounts, StagedFile, Window
from dativo_core.lake.catalog import Lake
from dativo_core.lake.durable_io import DurableFileIO
from dativo_core.lake.parquet_writer import WriterSettings, remove_files
from dativo_core.lake.partition import Partition, partition_of
from dativo_core.lake.quarantine import RejectingRun, quarantine_table
from dativo_core.lake.ranges import partitions_key
from dativo_core.lake.sorted_rows import WriterOrder
from dativo_core.lake.table import INGEST_DATE_COLUMN, TableDefinition, arrow_schema, ensure_table, stream_table
from dativo_core.model.names import slug
from dativo_core.plan.run_options import RunOptions
from dativo_core.plan.types import IngestPlan, SourcePlan, StreamPlan, WriteMode
from dativo_core.run.duplicates import find_duplicates
from dativo_core.run.key_spill import stream_keys
from dativo_core.run.siblings import ALONE, Siblings
from dativo_core.run.slices import SliceResult, SliceTask, Stopwatch, land_slice
from dativo_core.sources.boundary import Boundary
from dativo_core.sources.file_window import replaced_without
from dativo_core.sources.load import open_source
from dativo_core.sources.storage import References
from dativo_core.telemetry.events import Event
from dativo_core.telemetry.log import log_event

EPOCH = date(1970, 1, 1)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class StreamContext:
    """What one stream's run works with."""

    plan: IngestPlan
    stream: StreamPlan
    source: SourcePlan
    references: References
    lake: Lake
    boundary: Boundary
    run_id: str
    started_at: datetime
    progress: Callable[[Progress], None]
    options: RunOptions = field(default_factory=RunOptions)
    siblings: Siblings = ALONE

    @property
    def leaves_bad_files(self) -> bool:
        """Whether a file that is bad as a whole is left for a later run; rows of a table that is replaced would be gone."""
        return self.plan.max_rejects != 0 and self.stream.write_mode is not WriteMode.OVERWRITE

    @property
    def rejects_key(self) -> str:
        """The key under which rejected rows are kept; loads of partitions have keys of their own."""
        return partitions_key(self.stream.job_key, self.options.partitions)


@dataclass
class Landed:
    """The slices of a window that are on disk, by index, and their sums; nothing of it is visible yet.

    `is_compared` is whether the keys of all slices were compared, so that rules about the whole run can be told.
    `surplus` are the rows per rule id that repeat a key which is only counted; where it is values that do, `values` are all of
    them. `answers` are those of queries per rule id, `measured` what was measured of the table for each other rule about it.
    """

    results: dict[int, SliceResult] = field(default_factory=dict)
    rejected_files: dict[str, DativoError] = field(default_factory=dict)
    surplus: dict[str, int] = field(default_factory=dict)
    values: dict[str, int] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    measured: dict[str, Measured] = field(default_factory=dict)
    is_compared: bool = False
    seconds: Counter[str] = field(default_factory=Counter)

    def add(self, index: int, result: SliceResult) -> None:
        """Add one slice."""
        self.results[index] = result
        self.seconds.update(result.seconds)

    def reject_file(self, path: str, error: DativoError) -> None:
        """Leave a file for a later run."""
        self.rejected_files[path] = error
        log_event(logger, Event.FILE_REJECTED, str(error), level=logging.WARNING, path=path)

    def take_out(self, index: int) -> None:
        """Delete the files of a slice that is landed again; only while no commit request has ever named them."""
        _remove_files(self.results.pop(index))

    @property
    def slices(self) -> tuple[SliceResult, ...]:
        """The slices in the order of the source."""
        return tuple(self.results[index] for index in sorted(self.results))

    @property
    def files(self) -> tuple[StagedFile, ...]:
        """Files of accepted rows."""
        return tuple(file for result in self.slices for file in result.files)

    @property
    def reject_files(self) -> tuple[StagedFile, ...]:
        """Files of rejected rows."""
        return tuple(file for result in self.slices for file in result.reject_files)

    @property
    def size_bytes(self) -> int:
        """Bytes of the source that were read."""
        return sum(result.size_bytes for result in self.slices)

    @property
    def tally(self) -> Tally:
        """What the rules of single rows found."""
        total = Tally()
        for result in self.slices:
            total.merge(result.tally)
        return total

    @property
    def dropped_columns(self) -> tuple[str, ...]:
        """Source columns the contract does not name."""
        return tuple(dict.fromkeys(name for result in self.slices for name in result.dropped_columns))

    @property
    def counts(self) -> RowCounts:
        """The rows by what became of them."""
        return RowCounts(
            sum(result.rows_read for result in self.slices),
            sum(result.rows_written for result in self.slices),
            sum(result.rows_rejected for result in self.slices),
        )

    @property
    def is_conserved(self) -> bool:
        """Whether every row read is accounted for, and the footers of the files hold as many rows as were counted."""
        in_files = sum(file.record_count for file in self.files)
        in_reject_files = sum(file.record_count for file in self.reject_files)
        counts = self.counts
        return counts.is_conserved and in_files == counts.written and in_reject_files in (0, counts.quarantined)

    def remove(self) -> None:
        """Delete all files; only while no commit request has ever named them."""
        for result in self.slices:
            _remove_files(result)


def _remove_files(result: SliceResult) -> None:
    remove_files(DurableFileIO(), [file.path for file in (*result.files, *result.reject_files)])


def new_run(context: StreamContext, window: Window, table: Table) -> RejectingRun:
    """Return the identity of one attempt at a window: which table, and a token of its own."""
    return RejectingRun(str(table.metadata.table_uuid), f"{context.rejects_key}:{window.sequence}:{uuid.uuid4()}")


def land_window(context: StreamContext, window: Window, table: Table, run: RejectingRun, landed: Landed) -> None:
    """Land every slice of a window into `landed`, then once more those in which rows repeat a key.

    With a budget for rejects, a file that cannot be read as a whole, in whichever of its slices, is left for a later run
    and the others go on; not where the window replaces the table, whose rows of that file would be gone. Raises
    SourceError, ContractError or OSError, after which no file of this window is left.
    """
    show = _progress(context, sum(file.size_bytes for file in window.files))
    tasks = _tasks(context, window, table, run)
    with ExitStack() as undo, _spill_directory(context.stream) as spill:
        undo.callback(landed.remove)
        for index, task in enumerate(tasks):
            if _path(task) not in landed.rejected_files:
                _land(context, index, replace(task, spill=spill), landed, show)
        for index in [index for index in landed.results if _path(tasks[index]) in landed.rejected_files]:
            landed.take_out(index)
        nothing_else = not replaced_without(window, landed.rejected_files)
        if landed.rejected_files and not landed.results and nothing_else:
            raise next(iter(landed.rejected_files.values()))
        if spill is not None:
            _leave_out_duplicates(context.stream, tasks, landed, spill)
        landed.is_compared = True
        undo.pop_all()


@contextmanager
def _spill_directory(stream: StreamPlan) -> Iterator[Path | None]:
    """Make a directory for this run's keys, readable by nobody else and removed at the end; None without a key."""
    if not stream_keys(stream):
        yield None
        return
    with TemporaryDirectory(prefix="dativo-keys-", ignore_cleanup_errors=True) as directory:
        yield Path(directory)


def _land(context: StreamContext, index: int, task: SliceTask, landed: Landed, show: Callable[[Batch], None]) -> None:
    if task.source.type == "csv" and task.part.start == 0:
        log_event(logger, Event.CSV_FILE_PROCESSING, "reading a file", level=logging.DEBUG, path=_path(task))
    try:
        landed.add(index, land_slice(task, show))
        _log_written(task, landed.results[index])
    except (SourceChanged, SourceUnavailable):
        raise
    except SourceError as error:
        if task.part.file is None or not context.leaves_bad_files:
            raise
        landed.reject_file(task.part.file.path, error)


def _log_written(task: SliceTask, result: SliceResult) -> None:
    log_event(
        logger,
        Event.BATCH_WRITTEN,
        "files written",
        level=logging.DEBUG,
        object=task.stream.object,
        rows_written=result.rows_written,
        rows_rejected=result.rows_rejected,
        files=len(result.files),
        size_bytes=sum(file.size_bytes for file in result.files),
    )


def _path(task: SliceTask) -> str | None:
    return task.part.file.path if task.part.file else None


def _leave_out_duplicates(stream: StreamPlan, tasks: Sequence[SliceTask], landed: Landed, spill: Path) -> None:
    """Land the slices again in which rows repeat a key, with those rows among the rejects."""
    landed_indexes = sorted(landed.results)
    watch = Stopwatch()
    with watch.phase("contract"):
        found = find_duplicates(stream_keys(stream), [result.keys for result in landed.slices], spill)
    landed.seconds.update(watch.seconds)
    landed.surplus, landed.values = found.surplus, found.values
    for rank, rows in sorted(found.left_out.items()):
        index = landed_indexes[rank]
        landed.take_out(index)
        landed.add(index, land_slice(replace(tasks[index], left_out=rows)))


def _tasks(context: StreamContext, window: Window, table: Table, run: RejectingRun) -> tuple[SliceTask, ...]:
    stream = context.stream
    data = data_writer(context, table, run)
    rejects = None
    if context.plan.max_rejects != 0:
        kept = quarantine_table(stream.table)
        rejects = _writer(context, ensure_table(context.lake, kept), kept, run.partition, _prefix(context, run))
    source = open_source(context.source, stream, context.boundary, context.references)
    return tuple(
        SliceTask(
            context.source, context.references, stream, context.boundary, part, data, rejects, run, context.started_at
        )
        for part in source.slices(window)
    )


def data_writer(context: StreamContext, table: Table, run: RejectingRun, suffix: str = "") -> WriterSettings:
    """Return the settings of the files a run writes for its table; `suffix` tells kinds of files of one run apart."""
    stream = context.stream
    day = context.started_at.date()
    partition = partition_of(stream.partition_by, {INGEST_DATE_COLUMN: (day - EPOCH).days})
    return _writer(context, table, stream_table(stream), partition, f"{_prefix(context, run)}{suffix}")


def _prefix(context: StreamContext, run: RejectingRun) -> str:
    return f"{slug(context.plan.job)}-{run.sequence}-{run.attempt}"


def _writer(
    context: StreamContext, table: Table, definition: TableDefinition, partition: Partition, file_prefix: str
) -> WriterSettings:
    target = context.plan.target
    return WriterSettings(
        location=table.location(),
        schema_json=table.schema().model_dump_json(),
        arrow_schema=arrow_schema(table.schema(), definition),
        partition=partition,
        compression=target.compression,
        target_file_size_bytes=target.target_file_size_bytes,
        file_prefix=file_prefix,
        order=WriterOrder(table.sort_order().order_id, definition.sort_order) if definition.sort_order else None,
        max_open_files=target.max_open_files,
        batch_size_rows=target.batch_size_rows,
    )


def _progress(context: StreamContext, bytes_total: int) -> Callable[[Batch], None]:
    rows, size_bytes = 0, 0

    def show(batch: Batch) -> None:
        nonlocal rows, size_bytes
        rows, size_bytes = rows + batch.rows_read, size_bytes + batch.size_bytes
        context.progress(Progress(context.stream.object, rows, size_bytes, bytes_total))
        log_event(
            logger,
            Event.BATCH_EXTRACTED,
            "batch read",
            level=logging.DEBUG,
            object=context.stream.object,
            rows=batch.rows_read,
            rows_read=rows,
            bytes_read=size_bytes,
            bytes_total=bytes_total,
        )

    return show
