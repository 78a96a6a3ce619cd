"""The commit: the only place where a table changes, and the reason each window lands exactly once.

Before every attempt the state is read again from the table. Our token there means an earlier attempt landed though its
answer was lost; a state that moved on means another run took this window. Only then is a snapshot built on the current
head and offered to the catalog, whose compare-and-swap ties token check and write together. No answer of the catalog ever
causes a delete: files of a commit whose fate is unknown stay where they are.
"""

import logging
import random
import time
from dataclasses import dataclass, replace

from pyiceberg.exceptions import CommitFailedException, CommitStateUnknownException, ServiceUnavailableError
from pyiceberg.table import Table
from sqlalchemy.exc import OperationalError

from dativo_core.errors import CommitConflict, CommitUnknown, TargetError
from dativo_core.failpoints import HttpStatus, fp
from dativo_core.flow import Commit, CommitOutcome, RunState, StagedTable
from dativo_core.lake.catalog import REF, Lake
from dativo_core.lake.snapshots import SnapshotDraft, draft_snapshot, live_data_files, set_properties
from dativo_core.lake.state import read_state
from dativo_core.lake.state_document import encode, state_property, summary_of, write_blob
from dativo_core.plan.types import WriteMode

DEADLINE_S = 600.0
BACKOFF_BASE_S = 0.05
BACKOFF_CAP_S = 5.0
KEPT_TOKENS = 16

# Each of these may mean "landed" or "not landed"; 409 too, since a proxy may replay a request that succeeded.
UNDECIDED = (
    CommitFailedException,
    CommitStateUnknownException,
    ServiceUnavailableError,
    OperationalError,
    HttpStatus,
    TimeoutError,
    ConnectionError,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Publication:
    """What one run wants to make visible.

    `expected` is the state the window was planned from. `state` is the one to write with the data; its table uuid,
    snapshot id, sequence number and token history are filled in per attempt.
    """

    job_key: str
    staged: StagedTable
    mode: WriteMode
    expected: RunState | None
    state: RunState


def back_off(attempt: int) -> None:
    """Wait a random while that grows with the number of attempts, so that rivals fall out of step."""
    time.sleep(random.uniform(0, min(BACKOFF_CAP_S, BACKOFF_BASE_S * 2**attempt)))


class CommitAttempts:
    """Publishes one staged table; remembers whether a request was ever sent."""

    def __init__(self, lake: Lake, publication: Publication, deadline_s: float = DEADLINE_S) -> None:
        self._lake = lake
        self._publication = publication
        self._deadline = time.monotonic() + deadline_s
        self.request_sent = False

    def run(self) -> Commit:
        """Commit, find that an earlier attempt landed, or find that another run took the window.

        Raises CommitConflict when the table was replaced, CommitUnknown at the deadline, StateLost when table and state
        disagree, TargetError when the catalog refuses for good.
        """
        publication, attempt = self._publication, 0
        with self._lake.lock(publication.staged.table):
            while True:
                attempt += 1
                table = self._load()
                decided = self._decided(table, attempt)
                if decided is not None:
                    return decided
                if time.monotonic() > self._deadline:
                    message = f"the commit to {publication.staged.table} got no clear answer in time"
                    raise CommitUnknown(
                        message, hint="Run again: the next run reads the state and knows. Nothing to do by hand"
                    )
                committed = self._attempt(table, attempt)
                if committed is not None:
                    return committed
                fp("commit.retry")
                back_off(attempt)

    def _load(self) -> Table:
        name = self._publication.staged.table
        table = self._lake.load(name)
        if table is None or str(table.metadata.table_uuid) != self._publication.staged.table_uuid:
            message = f"table {name} was dropped{' and created again' if table else ''} while it was being loaded"
            raise CommitConflict(message, hint="Run again to load into the table as it is now")
        return table

    def _decided(self, table: Table, attempt: int) -> Commit | None:
        """Return the outcome when the table already shows one: mine landed, or another run took this sequence."""
        current = read_state(table, self._publication.job_key)
        mine, expected = self._publication.state.token, self._publication.expected
        if current is not None and mine in current.tokens:
            return self._commit(CommitOutcome.ALREADY, attempt, current)
        if (current and (current.sequence, current.token)) != (expected and (expected.sequence, expected.token)):
            if current is None:
                message = f"the load state of {self._publication.staged.table} vanished while it was being loaded"
                raise CommitConflict(message, hint="Run again to load into the table as it is now")
            return self._commit(CommitOutcome.FENCED, attempt, current)
        return None

    def _attempt(self, table: Table, attempt: int) -> Commit | None:
        """Offer one snapshot to the catalog; None when the answer leaves open whether it landed."""
        _require_compatible(table, self._publication.staged)
        try:
            draft, state, properties = self._draft(table)
            fp("commit.before")
            self.request_sent = True
            self._lake.catalog.commit_table(table, draft.requirements, (set_properties(properties), *draft.updates))
            fp("commit.after")
        except UNDECIDED as error:
            logger.info("commit attempt %d undecided: %s", attempt, type(error).__name__)
            return None
        except OSError as error:
            return self._landed_or_raise(error, attempt)
        return self._commit(CommitOutcome.COMMITTED, attempt, state)

    def _draft(self, table: Table) -> tuple[SnapshotDraft, RunState, dict[str, str]]:
        publication = self._publication
        removed = live_data_files(table) if publication.mode is WriteMode.OVERWRITE else []
        summary = {
            state_property(publication.job_key): summary_of(publication.state),
            "dativo.run-id": publication.state.run_id,
        }
        draft = draft_snapshot(table, publication.staged.files, removed, summary)
        tokens = publication.expected.tokens if publication.expected else ()
        state = replace(
            publication.state,
            tokens=(*tokens, publication.state.token)[-KEPT_TOKENS:],
            table_uuid=str(table.metadata.table_uuid),
            snapshot_id=draft.snapshot_id,
            sequence_number=draft.sequence_number,
        )
        blob = write_blob(state, f"{table.location()}/metadata", table.io)
        return draft, state, {state_property(publication.job_key): encode(state, blob)}

    def _landed_or_raise(self, error: OSError, attempt: int) -> Commit:
        decided = self._decided(self._load(), attempt)
        if decided is not None:
            return decided
        message = f"the commit to {self._publication.staged.table} failed: {error}"
        raise TargetError(
            message, hint="Fix the cause (space, permissions), then run again; nothing was published"
        ) from error

    def _commit(self, outcome: CommitOutcome, attempts: int, state: RunState) -> Commit:
        return Commit(outcome, (self._publication.staged.table,), REF, state.snapshot_id, attempts, state)


def _require_compatible(table: Table, staged: StagedTable) -> None:
    """Raise CommitConflict when the table's schema moved on in a way the staged files do not fit.

    Added optional columns fit: the files lack them and readers see null.
    """
    metadata = table.metadata
    if metadata.current_schema_id == staged.schema_id:
        return
    written = {field.field_id: field for field in table.schemas()[staged.schema_id].fields}
    for field in table.schema().fields:
        before = written.get(field.field_id)
        if before is None and not field.required:
            continue
        if before is None or before.field_type != field.field_type or (field.required and not before.required):
            message = f"column {field.name!r} of {staged.table} changed while the table was being loaded"
            raise CommitConflict(message, hint="Run again to load into the table as it is now")
