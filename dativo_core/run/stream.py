"""One stream of a job: from the state in its table to the commit that moves both rows and state."""

import logging
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from pyiceberg.table import Table

from dativo_core.contract.checks import Tally, check_results
from dativo_core.errors import CommitUnknown, ContractError, DativoError, SourceChanged, SourceError, TargetError
from dativo_core.failpoints import fp
from dativo_core.flow import (
    Batch,
    CheckResult,
    Commit,
    CommitOutcome,
    Progress,
    RowCounts,
    RunState,
    StagedFile,
    StagedTable,
    StreamOutcome,
    StreamReport,
    Window,
)
from dativo_core.lake.catalog import Lake
from dativo_core.lake.commit import UNDECIDED, CommitAttempts, Publication
from dativo_core.lake.durable_io import DurableFileIO
from dativo_core.lake.parquet_writer import WriterSettings
from dativo_core.lake.quarantine import add_rejects, quarantine_table, sweep_rejects, token_partition
from dativo_core.lake.state import read_state
from dativo_core.lake.table import INGEST_DATE_COLUMN, TableDefinition, arrow_schema, ensure_table, stream_table
from dativo_core.model.names import slug
from dativo_core.plan.types import IngestPlan, SourcePlan, StreamPlan, WriteMode
from dativo_core.run.slices import SliceResult, SliceTask, Stopwatch, land_slice
from dativo_core.sources.base import WindowPolicy
from dativo_core.sources.load import open_source
from dativo_core.telemetry.events import Event
from dativo_core.telemetry.log import log_event

EPOCH = date(1970, 1, 1)
SUPERSEDED_ATTEMPTS = 2

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


def run_stream(context: StreamContext) -> StreamReport:
    """Load one window of a stream, or find that there is nothing to load; a failure is in the report.

    A run that finds its window taken by another one plans once more from there, so that what triggered it is not left
    waiting, and then ends as superseded.
    """
    report = _StreamRun(context).run()
    for _ in range(SUPERSEDED_ATTEMPTS - 1):
        if report.outcome is not StreamOutcome.SUPERSEDED:
            break
        again = _StreamRun(context).run()
        if again.outcome is not StreamOutcome.NOTHING_NEW:
            report = again
    return report


@dataclass
class _Landed:
    """Sums over the slices of a window."""

    files: list[StagedFile] = field(default_factory=list)
    reject_files: list[StagedFile] = field(default_factory=list)
    rows: Counter[str] = field(default_factory=Counter)
    size_bytes: int = 0
    tally: Tally = field(default_factory=Tally)
    dropped_columns: tuple[str, ...] = ()
    rejected_files: dict[str, DativoError] = field(default_factory=dict)
    seconds: Counter[str] = field(default_factory=Counter)

    def add(self, result: SliceResult) -> None:
        self.files += result.files
        self.reject_files += result.reject_files
        self.rows.update(read=result.rows_read, written=result.rows_written, quarantined=result.rows_rejected)
        self.size_bytes += result.size_bytes
        self.tally.merge(result.tally)
        self.seconds.update(result.seconds)
        self.dropped_columns = tuple(dict.fromkeys((*self.dropped_columns, *result.dropped_columns)))


class _StreamRun:
    """One pass over one window; `run` never raises for an expected failure."""

    def __init__(self, context: StreamContext) -> None:
        self._context = context
        self._stream = context.stream
        self._watch = Stopwatch()
        self._landed = _Landed()
        self._window: Window | None = None
        self._seen = Progress(context.stream.object, 0, 0, 0)

    def run(self) -> StreamReport:
        try:
            return self._run()
        except DativoError as error:
            return self._report(StreamOutcome.FAILED, error=error)
        except UNDECIDED as error:
            message = f"the catalog of {self._stream.table} did not answer as it should: {error}"
            unknown = CommitUnknown(message, hint="Run again; the next run reads the state and goes on from there")
            return self._report(StreamOutcome.FAILED, error=unknown)
        except OSError as error:
            message = f"table {self._stream.table} cannot be written: {error}"
            refused = TargetError(message, hint="Check space and permissions of the lake; nothing was published")
            return self._report(StreamOutcome.FAILED, error=refused)

    def _run(self) -> StreamReport:
        with self._watch.phase("plan"):
            state = self._read_state()
            window = self._plan_window(state)
        if window.is_empty:
            return self._report(StreamOutcome.NOTHING_NEW)
        token = f"{self._stream.job_key}:{window.sequence}:{uuid.uuid4()}"
        with self._watch.phase("plan"):
            definition = stream_table(self._stream)
            table = ensure_table(self._context.lake, definition)
        try:
            self._land(window, self._tasks(window, table, definition, token))
            self._require_within_budget()
        except (ContractError, SourceError):
            _remove(self._landed.files + self._landed.reject_files)
            raise
        with self._watch.phase("commit"):
            commit = self._publish(window, state, table, token)
        self._log_commit(commit)
        fenced = commit.outcome is CommitOutcome.FENCED
        return self._report(StreamOutcome.SUPERSEDED if fenced else StreamOutcome.COMMITTED, commit=commit)

    def _read_state(self) -> RunState | None:
        """Return the state, after sweeping what runs that can no longer commit left in quarantine."""
        table = self._context.lake.load(self._stream.table)
        state = read_state(table, self._stream.job_key) if table is not None else None
        if state is not None:
            sweep_rejects(self._context.lake, self._stream.table.quarantine, self._stream.job_key, state)
        return state

    def _plan_window(self, state: RunState | None) -> Window:
        source = open_source(self._context.source, self._stream, self._context.root)
        policy = WindowPolicy(replaces=self._stream.write_mode is WriteMode.OVERWRITE)
        self._window = source.window(state, policy)
        fp("window.planned")
        log_event(
            logger,
            Event.INCREMENTAL_CHECK,
            "window planned",
            table=str(self._stream.table),
            sequence=self._window.sequence,
            window=self._window.kind.value,
            files=len(self._window.files),
        )
        return self._window

    def _tasks(self, window: Window, table: Table, definition: TableDefinition, token: str) -> tuple[SliceTask, ...]:
        context, stream = self._context, self._stream
        day = context.started_at.date()
        dated = ((INGEST_DATE_COLUMN, day.isoformat(), (day - EPOCH).days),)
        prefix = f"{slug(context.plan.job)}-{window.sequence}-{token.rsplit(':', 1)[1]}"
        data = self._writer(table, definition, dated if INGEST_DATE_COLUMN in stream.partition_by else (), prefix)
        rejects = None
        if context.plan.max_rejects != 0:
            kept = quarantine_table(stream.table)
            rejects = self._writer(ensure_table(context.lake, kept), kept, token_partition(token), prefix)
        source = open_source(context.source, stream, context.root)
        return tuple(
            SliceTask(
                context.source, stream, context.root, part, data, rejects, window.sequence, token, context.started_at
            )
            for part in source.slices(window)
        )

    def _writer(
        self,
        table: Table,
        definition: TableDefinition,
        partition: tuple[tuple[str, str, str | int], ...],
        file_prefix: str,
    ) -> WriterSettings:
        target = self._context.plan.target
        return WriterSettings(
            location=table.location(),
            schema_json=table.schema().model_dump_json(),
            arrow_schema=arrow_schema(table.schema(), definition),
            partition=partition,
            compression=target.compression,
            target_file_size_bytes=target.target_file_size_bytes,
            file_prefix=file_prefix,
        )

    def _land(self, window: Window, tasks: tuple[SliceTask, ...]) -> None:
        """Land every slice; in warn mode a file that cannot be read is left for the next run and the others go on."""
        total = sum(file.size_bytes for file in window.files)
        for task in tasks:
            try:
                self._landed.add(land_slice(task, lambda batch: self._show_progress(batch, total)))
            except SourceChanged:
                raise
            except SourceError as error:
                if self._context.plan.max_rejects == 0 or task.part.file is None:
                    raise
                self._landed.rejected_files[task.part.file.path] = error
                log_event(logger, Event.FILE_REJECTED, str(error), level=logging.WARNING, path=task.part.file.path)
        rejected = self._landed.rejected_files
        if rejected and len(rejected) == len(tasks):
            raise next(iter(rejected.values()))

    def _show_progress(self, batch: Batch, bytes_total: int) -> None:
        rows, size = self._seen.rows_read + batch.rows_read, self._seen.bytes_read + batch.size_bytes
        self._seen = Progress(self._stream.object, rows, size, bytes_total)
        self._context.progress(self._seen)

    def _require_within_budget(self) -> None:
        rejected, budget = self._landed.rows["quarantined"], self._context.plan.max_rejects
        if budget is None or rejected <= budget:
            return
        samples = [sample for result in self._checks() for sample in result.samples][:5]
        allowed = "none is allowed (schema_validation_mode: strict)" if budget == 0 else f"max_rejects allows {budget}"
        message = (
            f"{rejected} of {self._landed.rows['read']} rows break the contract and {allowed}; nothing was published"
        )
        shown = "".join(f"\n    {sample}" for sample in samples)
        hint = f"Fix the rows or the contract {self._stream.contract.file}. First of them:{shown}"
        raise ContractError(message, hint=hint)

    def _publish(self, window: Window, state: RunState | None, table: Table, token: str) -> Commit:
        counts = self._counts()
        if not counts.is_conserved:
            message = f"rows of {self._stream.table} do not add up: {counts}"
            raise TargetError(message, hint="This is a bug in Dativo; nothing was published")
        if self._landed.reject_files:
            add_rejects(self._context.lake, self._stream.table.quarantine, tuple(self._landed.reject_files))
        staged = StagedTable(
            self._stream.table,
            str(table.metadata.table_uuid),
            table.metadata.current_schema_id,
            tuple(self._landed.files),
        )
        wanted = self._next_state(window, state, token, counts)
        publication = Publication(self._stream.job_key, staged, self._stream.write_mode, state, wanted)
        attempts = CommitAttempts(self._context.lake, publication)
        commit = attempts.run()
        if commit.outcome is CommitOutcome.FENCED and not attempts.request_sent:
            _remove(self._landed.files)
        return commit

    def _log_commit(self, commit: Commit) -> None:
        if commit.outcome is CommitOutcome.FENCED:
            return
        log_event(
            logger,
            Event.COMMIT_SUCCESS,
            "committed",
            table=str(self._stream.table),
            sequence=commit.state.sequence,
            snapshot_id=commit.snapshot_id,
            attempts=commit.attempts,
            rows_written=self._landed.rows["written"],
            rows_quarantined=self._landed.rows["quarantined"],
        )

    def _next_state(self, window: Window, state: RunState | None, token: str, counts: RowCounts) -> RunState:
        rejected = self._landed.rejected_files
        before = {file.path: file for file in state.files} if state else {}
        files = [before.get(file.path) if file.path in rejected else file for file in window.next_files]
        return RunState(
            sequence=window.sequence,
            token=token,
            tokens=(),
            run_id=self._context.run_id,
            config_digest=self._context.plan.digest,
            contract_version=self._stream.contract.version,
            table_uuid="",
            snapshot_id=0,
            sequence_number=0,
            rows_read=counts.read,
            rows_written=counts.written,
            rows_quarantined=counts.quarantined,
            rows_skipped=sum(counts.skipped.values()),
            committed_at=datetime.now(UTC),
            files=tuple(file for file in files if file is not None),
        )

    def _counts(self) -> RowCounts:
        rows = self._landed.rows
        return RowCounts(rows["read"], rows["written"], rows["quarantined"])

    def _checks(self) -> tuple[CheckResult, ...]:
        return check_results(self._landed.tally, self._stream.rules, self._stream.unexecuted_rules, self._counts())

    def _report(
        self, outcome: StreamOutcome, *, commit: Commit | None = None, error: DativoError | None = None
    ) -> StreamReport:
        landed = outcome is StreamOutcome.COMMITTED
        published = landed or outcome is StreamOutcome.FAILED
        return StreamReport(
            object=self._stream.object,
            table=self._stream.table,
            outcome=outcome,
            counts=self._counts() if published else RowCounts(),
            window=self._window,
            size_bytes=sum(file.size_bytes for file in self._landed.files) if landed else 0,
            files=len(self._landed.files) if landed else 0,
            seconds=self._seconds(),
            checks=self._checks() if landed or (error is not None and self._landed.rows["read"]) else (),
            commit=commit,
            rejected_files=tuple(f"{path}: {error}" for path, error in self._landed.rejected_files.items()),
            dropped_columns=self._landed.dropped_columns,
            error=error,
        )

    def _seconds(self) -> dict[str, float]:
        return {**self._watch.seconds, **self._landed.seconds}


def _remove(files: list[StagedFile]) -> None:
    """Delete staged files that no commit request has ever named."""
    io = DurableFileIO()
    for file in files:
        io.delete(file.path)
