"""One stream of a job: from the state in its table to the commit that moves both rows and state."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from pyiceberg.table import Table

from dativo_core.contract.checks import shown_rejects
from dativo_core.errors import CommitUnknown, ContractError, DativoError, Overtaken, SourceChanged, TargetError
from dativo_core.failpoints import fp
from dativo_core.flow import (
    CheckResult,
    Commit,
    CommitOutcome,
    RowCounts,
    RunState,
    StagedTable,
    StreamOutcome,
    StreamReport,
    Window,
)
from dativo_core.lake.attempts import CATALOG_ERRORS, cause_of, is_undecided
from dativo_core.lake.catalog import open_lake
from dativo_core.lake.commit import CommitAttempts
from dativo_core.lake.moves import Publication
from dativo_core.lake.quarantine import RejectingRun, add_rejects, remove_rejects, sweep_rejects
from dativo_core.lake.ranges import AT, Ranges, read_ranges
from dativo_core.lake.rehearsal import rehearse
from dativo_core.lake.replacement import Replaced, Replacement
from dativo_core.lake.state import read_state
from dativo_core.lake.table import ensure_table, stream_table
from dativo_core.plan.types import RemovedFiles, ReplaceScope, WriteMode
from dativo_core.run.gate import require_publishable, run_checks
from dativo_core.run.landing import Landed, StreamContext, data_writer, land_window, new_run
from dativo_core.run.scope import Published, Tables
from dativo_core.run.scoped_metrics import ScopedRules, compile_scoped, measure
from dativo_core.run.slices import Stopwatch
from dativo_core.run.sql_rules import CompiledQuery, ask, compile_queries
from dativo_core.sources.base import WindowPolicy
from dativo_core.sources.file_window import files_beyond, without_files
from dativo_core.sources.load import open_source
from dativo_core.telemetry.events import Event
from dativo_core.telemetry.log import is_heard, log_event

logger = logging.getLogger(__name__)


def run_stream(context: StreamContext) -> StreamReport:
    """Load one window of a stream, or find that there is nothing to load; a failure is in the report.

    A run whose window was taken by another one, or whose file changed while it was read, plans once more from there: what
    triggered it must not be left waiting. Only then it ends as superseded, or fails.
    """
    begin, cpu_begin = time.perf_counter(), time.process_time()
    report = _run_to_an_end(context)
    return replace(report, elapsed_seconds=time.perf_counter() - begin, cpu_seconds=time.process_time() - cpu_begin)


def _run_to_an_end(context: StreamContext) -> StreamReport:
    report = _StreamRun(context).run()
    if report.outcome is StreamOutcome.SUPERSEDED:
        report = replace(report, state_before=None)
        again = _StreamRun(context).run()
        if again.outcome is StreamOutcome.SUPERSEDED and context.options.full_refresh:
            # The runs that were first loaded something else, so what this one was asked for is not done.
            message = f"other runs loaded into {context.stream.table} twice while all of it was read again"
            error = Overtaken(message, hint="Run the full refresh again when no backfill is running")
            return replace(again, outcome=StreamOutcome.FAILED, error=error)
        # What the second pass found was loaded by the winner, which is about to tell it.
        return report if again.outcome is StreamOutcome.NOTHING_NEW else replace(again, state_before=None)
    if isinstance(report.error, SourceChanged):
        return _StreamRun(context).run()
    return report


class _StreamRun:
    """One pass over one window; `run` never raises for an expected failure."""

    def __init__(self, context: StreamContext) -> None:
        self._context = context
        self._stream = context.stream
        self._watch = Stopwatch()
        self._landed = Landed()
        self._window: Window | None = None
        self._known: RunState | None = None
        self._ranges = Ranges()
        self._state: RunState | None = None

    def run(self) -> StreamReport:
        try:
            return self._run()
        except ContractError as error:
            rejected = self._landed.counts.quarantined
            self._log(Event.VALIDATION_FAILED, error.message, logging.ERROR, rows_rejected=rejected)
            return self._report(StreamOutcome.FAILED, error=error)
        except DativoError as error:
            return self._report(StreamOutcome.FAILED, error=error)
        except CATALOG_ERRORS as error:
            return self._report(StreamOutcome.FAILED, error=self._before_commit(error))

    def _run(self) -> StreamReport:
        with self._watch.phase("plan"):
            state = self._state = self._read_state()
            window = self._plan_window()
        if window.is_empty:
            self._log(Event.NO_FILES, "nothing to load", files_known=len(window.unchanged))
            return self._report(StreamOutcome.NOTHING_NEW)
        for path, error in window.unreadable:
            self._landed.reject_file(path, error)
        if self._context.options.is_dry:
            self._check_only(window)
            return self._report(StreamOutcome.CHECKED)
        with self._watch.phase("plan"):
            table = ensure_table(self._context.lake, stream_table(self._stream))
            self._log(Event.TABLE_ENSURED, "the table is there", columns=len(self._stream.columns))
            run = new_run(self._context, window, table)
        settled, replacement = self._land(self._context, window, self._context.lake, table, run)
        with self._watch.phase("commit"), self._told_when_it_fails():
            commit = self._publish(self._publication(settled, state, table, run), replacement, run)
        if commit.outcome is CommitOutcome.FENCED:
            return self._report(StreamOutcome.SUPERSEDED, commit=commit)
        self._log_commit(commit)
        return self._report(StreamOutcome.COMMITTED, commit=commit)

    def _extract(self, context: StreamContext, window: Window, table: Table, run: RejectingRun) -> None:
        """Read what the window holds and write it to files that nobody sees yet."""
        self._log(Event.EXTRACTION_STARTED, "reading", files=len(window.files), sequence=window.sequence)
        try:
            land_window(context, window, table, run, self._landed)
        except CATALOG_ERRORS as error:
            self._log(Event.UPLOAD_FAILED, cause_of(error), logging.ERROR, error_type=type(error).__name__)
            raise
        counts = self._landed.counts
        self._log(Event.EXTRACTION_COMPLETE, "read", rows_read=counts.read, files_written=len(self._landed.files))
        if counts.quarantined:
            text = "rows broke rules of the contract"
            self._log(Event.VALIDATION_ERRORS, text, logging.WARNING, rows_rejected=counts.quarantined)

    @contextmanager
    def _told_when_it_fails(self) -> Iterator[None]:
        try:
            yield
        except (DativoError, *CATALOG_ERRORS) as error:
            self._log(Event.COMMIT_FAILED, str(error), logging.ERROR, error_type=type(error).__name__)
            raise

    def _log(self, event: Event, message: str, level: int = logging.INFO, **fields: int | str) -> None:
        log_event(logger, event, message, level=level, exc_info=None, table=str(self._stream.table), **fields)

    def _read_state(self) -> RunState | None:
        """Return the incremental state, after sweeping what runs that can no longer commit left in quarantine."""
        context, job_key = self._context, self._stream.job_key
        table = context.lake.load(self._stream.table)
        if table is None:
            return None
        state = read_state(table, job_key, is_shared=self._stream.is_shared)
        self._ranges = read_ranges(table, job_key)
        self._known = self._ranges.over(state)
        if not context.options.is_dry:
            sweep_rejects(context.lake, self._stream.table.quarantine, self._last_of(state))
        return state

    def _last_of(self, state: RunState | None) -> Callable[[str], RunState | None]:
        """Return what says the last load under a job key of this stream: the incremental one, or that of a partition."""
        own = self._stream.job_key

        def last_of(job_key: str) -> RunState | None:
            if job_key == own:
                return state
            return self._ranges.last_of(job_key) if job_key.partition(AT)[0] == own else None

        return last_of

    def _plan_window(self) -> Window:
        source = open_source(self._context.source, self._stream, self._context.boundary, self._context.references)
        self._log(Event.EXTRACTOR_INITIALIZED, "the source is set up", object=self._stream.object)
        options, known = self._context.options, self._known
        if options.partitions:
            sequence = self._ranges.next_sequence(options.partitions)
            window = source.partition_window(options.partitions, known, sequence, self._policy())
        else:
            window = source.window(known, self._policy())
        if options.limit is not None:
            window = without_files(window, known, files_beyond(window, options.limit))
        self._window = window
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
        self._log_skipped(window)
        return self._window

    def _log_skipped(self, window: Window) -> None:
        if self._context.source.type == "csv" and is_heard(logging.DEBUG):
            for path in window.unchanged:
                self._log(Event.CSV_FILE_SKIPPED, "the file is loaded already", logging.DEBUG, path=path)

    def _policy(self) -> WindowPolicy:
        mode, removed_files = self._stream.write_mode, self._context.source.removed_files
        replaces_files = mode is WriteMode.DELETE_INSERT
        return WindowPolicy(
            replaces=mode is WriteMode.OVERWRITE,
            replaces_files=replaces_files,
            deletes_removed=replaces_files and removed_files is RemovedFiles.DELETE,
            leaves_unreadable=self._context.leaves_bad_files,
            refreshes=self._context.options.full_refresh,
        )

    def _check_only(self, window: Window) -> None:
        """Do what a load does before it publishes, with files of its own that are gone afterwards. Raises as a load does."""
        context = self._context
        with (
            TemporaryDirectory(prefix="dativo-dry-", ignore_cleanup_errors=True) as directory,
            open_lake(Path(directory)) as aside,
        ):
            with self._watch.phase("plan"):
                tables = rehearse(context.lake, aside, stream_table(self._stream))
                run = new_run(context, window, tables.table)
            self._land(replace(context, lake=aside), window, tables, tables.table, run)

    def _land(
        self, context: StreamContext, window: Window, tables: Tables, table: Table, run: RejectingRun
    ) -> tuple[Window, Replacement | None]:
        """Land a window and ask all rules; return what of it is settled, and what it replaces.

        `context` says where files go, `tables` what rules are about. Raises as `land_window` does, and ContractError.
        """
        with self._watch.phase("plan"):
            queries = compile_queries(self._stream, tables, context.siblings)
            scoped = compile_scoped(self._stream)
        self._extract(context, window, table, run)
        settled = without_files(window, self._known, self._landed.rejected_files)
        replacement = self._replacement(settled, table, run)
        self._require_publishable(queries, scoped, replacement, tables)
        return settled, replacement

    def _require_publishable(
        self,
        queries: Sequence[CompiledQuery],
        scoped: Sequence[ScopedRules],
        replacement: Replacement | None,
        tables: Tables,
    ) -> None:
        """Ask what the table will hold, then raise ContractError unless every rule that must hold does; no file is left then."""
        with ExitStack() as undo:
            undo.callback(self._landed.remove)
            if replacement is not None:
                undo.callback(replacement.discard)
            context = self._context
            published = Published(self._stream, tables, self._landed.files, replacement, context.siblings)
            watch = Stopwatch()
            with watch.phase("contract"):
                self._landed.answers = ask(queries, published)
                self._landed.measured = measure(scoped, published, self._context.started_at)
            self._landed.seconds.update(watch.seconds)
            counts, budget = self._landed.counts, self._context.plan.max_rejects
            require_publishable(self._stream, self._checks(), counts, budget)
            undo.pop_all()

    def _publish(self, publication: Publication, replacement: Replacement | None, run: RejectingRun) -> Commit:
        """Commit what landed; rejected rows first, unless another run has taken the window by then."""
        if not self._landed.is_conserved:
            message = f"rows of {self._stream.table} do not add up: {self._landed.counts}"
            raise TargetError(message, hint="This is a bug in Dativo; nothing was published")
        attempts = CommitAttempts(self._context.lake, publication, replacement)
        quarantine, rejects = self._stream.table.quarantine, self._landed.reject_files
        with self._taken_back_when_stopped(attempts, run):
            commit = attempts.look() if rejects else None
            if commit is None:
                if rejects:
                    add_rejects(self._context.lake, quarantine, run, rejects)
                commit = attempts.run()
        if commit.outcome is CommitOutcome.FENCED:
            self._take_back(attempts, run)
        return commit

    @contextmanager
    def _taken_back_when_stopped(self, attempts: CommitAttempts, run: RejectingRun) -> Iterator[None]:
        """Leave nothing behind when the process is told to stop; errors have their own rules."""
        try:
            yield
        except Exception:
            raise
        except BaseException:
            self._take_back(attempts, run)
            raise

    def _take_back(self, attempts: CommitAttempts, run: RejectingRun) -> None:
        """Remove what landed, unless a request that named it may have been granted."""
        if attempts.request_sent:
            return
        if self._landed.reject_files:
            remove_rejects(self._context.lake, self._stream.table.quarantine, run)
        self._landed.remove()
        attempts.discard_rewritten()

    def _replacement(self, window: Window, table: Table, run: RejectingRun) -> Replacement | None:
        if self._stream.write_mode is not WriteMode.DELETE_INSERT and not window.partitions:
            return None
        # What a load of partitions replaces is said by its files: late rows of other files may be in the same partition field.
        replaces_partitions = self._stream.replace is ReplaceScope.PARTITION and not window.partitions
        partitions = {file.partition for file in self._landed.files} if replaces_partitions else set()
        replaced = Replaced(frozenset(window.replaced), frozenset(partitions))
        return Replacement(replaced, data_writer(self._context, table, run, "-kept"))

    def _publication(self, window: Window, state: RunState | None, table: Table, run: RejectingRun) -> Publication:
        metadata = table.metadata
        staged = StagedTable(
            self._stream.table,
            str(metadata.table_uuid),
            metadata.current_schema_id,
            metadata.default_spec_id,
            self._landed.files,
        )
        wanted = self._next_state(window, run.token)
        held = {file.path for file in window.next_files}
        gone = tuple(path for path in window.replaced if path not in held)
        mode, partitions = self._stream.write_mode, window.partitions
        return Publication(
            self._stream.job_key,
            staged,
            mode,
            state,
            wanted,
            self._ranges,
            partitions,
            gone,
            is_shared=self._stream.is_shared,
        )

    def _next_state(self, window: Window, token: str) -> RunState:
        counts = self._landed.counts
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
            # A load of partitions only speaks of the files it has read.
            files=window.files if window.partitions else window.next_files,
        )

    def _log_commit(self, commit: Commit) -> None:
        log_event(
            logger,
            Event.COMMIT_SUCCESS,
            "committed",
            table=str(self._stream.table),
            sequence=commit.state.sequence,
            snapshot_id=commit.snapshot_id,
            attempts=commit.attempts,
            rows_written=self._landed.counts.written,
            rows_quarantined=self._landed.counts.quarantined,
            rows_deleted=commit.rows_deleted,
        )
        for warning in self._twice_loaded():
            log_event(logger, Event.FILE_DUPLICATE, warning, level=logging.WARNING)
        for warning in self._not_told():
            self._log(Event.CATALOG_PUSH_FAILED, warning, logging.WARNING)

    def _warnings(self) -> tuple[str, ...]:
        return (*self._twice_loaded(), *self._not_told())

    def _not_told(self) -> tuple[str, ...]:
        """Return a sentence about the data catalog that is not told what landed."""
        push = self._context.plan.catalog_push
        return (push.not_pushed,) if push is not None and push.not_pushed is not None else ()

    def _twice_loaded(self) -> tuple[str, ...]:
        """Return a sentence per loaded file whose content is loaded under another path as well."""
        pairs = self._window.duplicates if self._window is not None else ()
        return tuple(
            f"file {path} has the same content as {other}; the rows of both are in the table"
            for path, other in pairs
            if self._landed.rejected_files.keys().isdisjoint((path, other))
        )

    def _before_commit(self, error: Exception) -> DativoError:
        """Return what a catalog or storage error means before the commit, which handles its own."""
        message = f"table {self._stream.table} in {self._context.lake.directory}: {cause_of(error)}"
        if is_undecided(error):
            return CommitUnknown(message, hint="Run again; nothing of this window was published")
        return TargetError(message, hint="Check space and permissions of the lake; nothing was published")

    def _checks(self) -> tuple[CheckResult, ...]:
        return run_checks(self._stream, self._landed, self._context.started_at)

    def _report(
        self, outcome: StreamOutcome, *, commit: Commit | None = None, error: DativoError | None = None
    ) -> StreamReport:
        landed = outcome is StreamOutcome.COMMITTED
        tells = landed or outcome is StreamOutcome.CHECKED or (error is not None and self._landed.counts.read > 0)
        return StreamReport(
            object=self._stream.object,
            table=self._stream.table,
            outcome=outcome,
            counts=self._landed.counts if tells else RowCounts(),
            window=self._window,
            size_bytes=sum(file.size_bytes for file in self._landed.files) if landed else 0,
            files=len(self._landed.files) if landed else 0,
            seconds={**self._watch.seconds, **self._landed.seconds},
            checks=self._checks() if tells else (),
            commit=commit,
            rejected_files=tuple(map(str, self._landed.rejected_files.values())),
            dropped_columns=self._landed.dropped_columns,
            error=error,
            rows_deleted=commit.rows_deleted if landed and commit is not None else 0,
            warnings=self._warnings() if landed else (),
            state_before=self._state,
            bytes_read=self._landed.size_bytes if tells else 0,
            first_rejects=shown_rejects(self._landed.tally.first_rejects, self._stream.columns) if tells else (),
            rules_not_asked=sum(not answer.is_asked for answer in self._landed.answers.values()),
        )
