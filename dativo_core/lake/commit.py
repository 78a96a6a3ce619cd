"""The commit: the only place where a table changes, and the reason each window lands exactly once.

Before every attempt the state is read again from the table. Our token there means an earlier attempt landed though its
answer was lost; a state that moved on means another run took this window. Only then is a snapshot built on the current
head and offered to the catalog, whose compare-and-swap ties token check and write together. No answer of the catalog ever
causes a delete: files of a commit whose fate is unknown stay where they are.
"""

import logging
import time

from pyiceberg.table import Table

from dativo_core.errors import CommitConflict, CommitUnknown, TargetError
from dativo_core.failpoints import fp
from dativo_core.flow import Commit, CommitOutcome, RunState, StagedTable
from dativo_core.lake.attempts import CATALOG_ERRORS, back_off, cause_of, is_undecided
from dativo_core.lake.catalog import REF, Lake
from dativo_core.lake.moves import Publication, move_of
from dativo_core.lake.replacement import Removal, Replacement
from dativo_core.lake.snapshots import SnapshotDraft, draft_snapshot, live_data_files, set_properties
from dativo_core.model.names import TableName
from dativo_core.plan.types import WriteMode

DEADLINE_S = 600.0
SUMMARY_RUN = "dativo.run-id"

logger = logging.getLogger(__name__)


class CommitAttempts:
    """Publishes one staged table; remembers whether a request was ever sent.

    With a `replacement` the rows it finds on the head of each attempt leave the table in the same snapshot.
    """

    def __init__(
        self,
        lake: Lake,
        publication: Publication,
        replacement: Replacement | None = None,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._lake = lake
        self._publication = publication
        self._replacement = replacement
        self._rows_deleted: dict[int, int] = {}
        self._deadline = time.monotonic() + deadline_s
        self._move = move_of(publication)
        self.request_sent = False

    def look(self) -> Commit | None:
        """Return the outcome if the table already shows one; raises like `run`."""
        return self._decided(self._load(), 0)

    def run(self) -> Commit:
        """Commit, find that an earlier attempt landed, or find that another run took the window.

        Raises CommitConflict when the table was replaced, CommitUnknown at the deadline, StateLost when table and state
        disagree, TargetError when the catalog refuses for good.
        """
        attempt = 0
        with self._lake.lock(self._publication.staged.table):
            while True:
                attempt += 1
                try:
                    return self._attempt(attempt)
                except CATALOG_ERRORS as error:
                    if not is_undecided(error):
                        return self._landed_or_raise(error, attempt)
                    if time.monotonic() > self._deadline:
                        raise self._unknown(error) from None
                    logger.info("commit attempt %d undecided: %s", attempt, type(error).__name__)
                fp("commit.retry")
                back_off(attempt)

    def discard_rewritten(self) -> None:
        """Delete what was rewritten for the attempts; only while no request was sent."""
        if self._replacement is not None:
            self._replacement.discard()

    def _attempt(self, attempt: int) -> Commit:
        """Look, and unless the outcome is there already, offer one snapshot to the catalog."""
        table = self._load()
        decided = self._decided(table, attempt)
        if decided is not None:
            return decided
        _require_compatible(table, self._publication.staged)
        draft = self._draft(table)
        properties, state = self._move.properties(table, draft)
        fp("commit.before")
        self.request_sent = True
        self._lake.catalog.commit_table(table, draft.requirements, (set_properties(properties), *draft.updates))
        fp("commit.after")
        return self._commit(CommitOutcome.COMMITTED, attempt, state)

    def _load(self) -> Table:
        name = self._publication.staged.table
        table = self._lake.load(name)
        if table is None or str(table.metadata.table_uuid) != self._publication.staged.table_uuid:
            message = f"table {name} was dropped{' and created again' if table else ''} while it was being loaded"
            raise CommitConflict(message, hint="Run again to load into the table as it is now")
        return table

    def _decided(self, table: Table, attempt: int) -> Commit | None:
        """Return the outcome when the table already shows one: mine landed, or another run was there first."""
        decided = self._move.decided(table)
        return None if decided is None else self._commit(decided[0], attempt, decided[1])

    def _draft(self, table: Table) -> SnapshotDraft:
        publication = self._publication
        removal = self._removal(table)
        summary = {**self._move.summary, SUMMARY_RUN: publication.state.run_id}
        draft = draft_snapshot(table, (*publication.staged.files, *removal.remains), removal.files, summary)
        self._rows_deleted[draft.snapshot_id] = removal.rows
        return draft

    def _removal(self, table: Table) -> Removal:
        if self._publication.mode is WriteMode.OVERWRITE:
            files = tuple(live_data_files(table))
            return Removal(files, sum(int(file.record_count) for file in files))
        return self._replacement.removal(table) if self._replacement is not None else Removal()

    def _landed_or_raise(self, error: Exception, attempt: int) -> Commit:
        """After a final error: one more look, then the error, as unknown if a request may have landed unseen."""
        name = self._publication.staged.table
        try:
            decided = self._decided(self._load(), attempt)
        except CATALOG_ERRORS:
            raise (self._unknown(error) if self.request_sent else _refused(name, error)) from error
        if decided is not None:
            return decided
        raise _refused(name, error) from error

    def _unknown(self, error: Exception) -> CommitUnknown:
        table, directory = self._publication.staged.table, self._lake.directory
        message = f"the commit to {table} got no clear answer from the catalog in {directory}: {cause_of(error)}"
        return CommitUnknown(message, hint="Run again: the next run reads the state and knows. Nothing to do by hand")

    def _commit(self, outcome: CommitOutcome, attempts: int, state: RunState) -> Commit:
        """Return the outcome; the rows deleted are those of the attempt that landed, whichever it was."""
        tables, snapshot_id = (self._publication.staged.table,), state.snapshot_id
        rows_deleted = self._rows_deleted.get(snapshot_id, 0)
        return Commit(outcome, tables, REF, snapshot_id, attempts, state, rows_deleted)


def _refused(name: TableName, error: Exception) -> TargetError:
    message = f"the commit to {name} failed: {cause_of(error)}"
    return TargetError(message, hint="Fix the cause (space, permissions), then run again; nothing was published")


def _require_compatible(table: Table, staged: StagedTable) -> None:
    """Raise CommitConflict when the table's partitioning or schema moved on in a way the staged files do not fit.

    Added optional columns fit: the files lack them and readers see null.
    """
    if table.metadata.default_spec_id != staged.spec_id:
        message = f"the partitioning of {staged.table} changed while the table was being loaded"
        raise CommitConflict(message, hint="Run again to load into the table as it is now")
    if table.metadata.current_schema_id == staged.schema_id:
        return
    written = {field.field_id: field for field in table.schemas()[staged.schema_id].fields}
    for field in table.schema().fields:
        before = written.get(field.field_id)
        if before is None and not field.required:
            continue
        if before is None or before.field_type != field.field_type or (field.required and not before.required):
            message = f"column {field.name!r} of {staged.table} changed while the table was being loaded"
            raise CommitConflict(message, hint="Run again to load into the table as it is now")
