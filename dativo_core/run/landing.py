"""A window on its way to durable files: writer settings, one task per slice, and the sums over all of them."""

import logging
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from pyiceberg.table import Table

from dativo_core.contract.checks import Tally
from dativo_core.errors import DativoError, SourceChanged, SourceError
from dativo_core.flow import Batch, Progress, RowCounts, StagedFile, Window
from dativo_core.lake.catalog import Lake
from dativo_core.lake.durable_io import DurableFileIO
from dativo_core.lake.parquet_writer import Partition, WriterSettings, remove_files
from dativo_core.lake.quarantine import RejectingRun, quarantine_table
from dativo_core.lake.table import INGEST_DATE_COLUMN, TableDefinition, arrow_schema, ensure_table, stream_table
from dativo_core.model.names import slug
from dativo_core.plan.types import IngestPlan, SourcePlan, StreamPlan, WriteMode
from dativo_core.run.slices import SliceResult, SliceTask, land_slice
from dativo_core.sources.file_window import replaced_without
from dativo_core.sources.load import open_source
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
    lake: Lake
    root: Path
    run_id: str
    started_at: datetime
    progress: Callable[[Progress], None]


@dataclass
class Landed:
    """Sums over the slices of a window that are on disk; nothing of it is visible yet."""

    files: list[StagedFile] = field(default_factory=list)
    reject_files: list[StagedFile] = field(default_factory=list)
    rows: Counter[str] = field(default_factory=Counter)
    size_bytes: int = 0
    tally: Tally = field(default_factory=Tally)
    dropped_columns: tuple[str, ...] = ()
    rejected_files: dict[str, DativoError] = field(default_factory=dict)
    seconds: Counter[str] = field(default_factory=Counter)

    def add(self, result: SliceResult) -> None:
        """Add one slice."""
        self.files += result.files
        self.reject_files += result.reject_files
        self.rows.update(read=result.rows_read, written=result.rows_written, quarantined=result.rows_rejected)
        self.size_bytes += result.size_bytes
        self.tally.merge(result.tally)
        self.seconds.update(result.seconds)
        self.dropped_columns = tuple(dict.fromkeys((*self.dropped_columns, *result.dropped_columns)))

    @property
    def counts(self) -> RowCounts:
        """The rows by what became of them."""
        return RowCounts(self.rows["read"], self.rows["written"], self.rows["quarantined"])

    @property
    def is_conserved(self) -> bool:
        """Whether every row read is accounted for, and the footers of the files hold as many rows as were counted."""
        in_files = sum(file.record_count for file in self.files)
        in_reject_files = sum(file.record_count for file in self.reject_files)
        counts = self.counts
        return counts.is_conserved and in_files == counts.written and in_reject_files in (0, counts.quarantined)

    def remove(self) -> None:
        """Delete all files; only while no commit request has ever named them."""
        remove_files(DurableFileIO(), [file.path for file in (*self.files, *self.reject_files)])


def new_run(stream: StreamPlan, window: Window, table: Table) -> RejectingRun:
    """Return the identity of one attempt at a window: which table, and a token of its own."""
    return RejectingRun(str(table.metadata.table_uuid), f"{stream.job_key}:{window.sequence}:{uuid.uuid4()}")


def land_window(context: StreamContext, window: Window, table: Table, run: RejectingRun, landed: Landed) -> None:
    """Land every slice of a window into `landed`.

    With a budget for rejects, a file that cannot be read as a whole is left for a later run and the others go on; not
    where the window replaces the table, whose rows of that file would be gone. Raises SourceError, ContractError or
    OSError, after which no file of this window is left.
    """
    total = sum(file.size_bytes for file in window.files)
    show = _progress(context, total)
    keeps_rejects = context.plan.max_rejects != 0
    tasks = _tasks(context, window, table, run)
    with ExitStack() as undo:
        undo.callback(landed.remove)
        for task in tasks:
            try:
                landed.add(land_slice(task, show))
            except SourceChanged:
                raise
            except SourceError as error:
                if not keeps_rejects or task.part.file is None or context.stream.write_mode is WriteMode.OVERWRITE:
                    raise
                landed.rejected_files[task.part.file.path] = error
                log_event(logger, Event.FILE_REJECTED, str(error), level=logging.WARNING, path=task.part.file.path)
        nothing_else = not replaced_without(window, landed.rejected_files)
        if landed.rejected_files and len(landed.rejected_files) == len(tasks) and nothing_else:
            raise next(iter(landed.rejected_files.values()))
        undo.pop_all()


def _tasks(context: StreamContext, window: Window, table: Table, run: RejectingRun) -> tuple[SliceTask, ...]:
    stream = context.stream
    data = data_writer(context, table, run)
    rejects = None
    if context.plan.max_rejects != 0:
        kept = quarantine_table(stream.table)
        rejects = _writer(context, ensure_table(context.lake, kept), kept, run.partition, _prefix(context, run))
    source = open_source(context.source, stream, context.root)
    return tuple(
        SliceTask(context.source, stream, context.root, part, data, rejects, run, context.started_at)
        for part in source.slices(window)
    )


def data_writer(context: StreamContext, table: Table, run: RejectingRun, suffix: str = "") -> WriterSettings:
    """Return the settings of the files a run writes for its table; `suffix` tells kinds of files of one run apart."""
    stream = context.stream
    day = context.started_at.date()
    dated: Partition = ((INGEST_DATE_COLUMN, day.isoformat(), (day - EPOCH).days),)
    partition = dated if INGEST_DATE_COLUMN in stream.partition_by else ()
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
    )


def _progress(context: StreamContext, bytes_total: int) -> Callable[[Batch], None]:
    rows, size_bytes = 0, 0

    def show(batch: Batch) -> None:
        nonlocal rows, size_bytes
        rows, size_bytes = rows + batch.rows_read, size_bytes + batch.size_bytes
        context.progress(Progress(context.stream.object, rows, size_bytes, bytes_total))

    return show
