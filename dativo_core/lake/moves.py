"""How a commit moves what a table remembers: the incremental state, or the load of some partitions.

Each move looks at the table as it is now before every attempt: it landed already, another run was there first, or it can go
ahead; and it writes what is to be remembered as properties of the same commit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from pyiceberg.table import Table

from dativo_core.errors import CommitConflict
from dativo_core.flow import CommitOutcome, FileIdentity, RunState, StagedTable
from dativo_core.lake.ranges import Ranges, read_ranges
from dativo_core.lake.snapshots import SnapshotDraft
from dativo_core.lake.state import read_state
from dativo_core.lake.state_document import (
    encode,
    encode_ranges,
    ranges_property,
    state_property,
    summary_of,
    write_blob,
)
from dativo_core.plan.types import WriteMode

KEPT_TOKENS = 16

Decided = tuple[CommitOutcome, RunState]


@dataclass(frozen=True)
class Publication:
    """What one run wants to make visible.

    `expected` is the incremental state the window was planned from. `state` is the one to write with the data; its table
    uuid, snapshot id, sequence number and token history are filled in per attempt. `ranges` are the loads of partitions as
    they were at planning. With `partitions` the run loads those, and leaves the incremental state as it is; `gone` are
    the paths whose rows leave the table with it for good. `is_shared`: other jobs load the table, too.
    """

    job_key: str
    staged: StagedTable
    mode: WriteMode
    expected: RunState | None
    state: RunState
    ranges: Ranges = field(default_factory=Ranges)
    partitions: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    is_shared: bool = False


class Move(Protocol):
    """What a commit does to what the table remembers."""

    @property
    def summary(self) -> dict[str, str]:
        """The small copy for the snapshot's summary."""

    def decided(self, table: Table) -> Decided | None:
        """Return how the run ended when the table shows it: it landed, or another run was there first.

        What it saw of the table is what `properties` goes by. Raises StateLost, CommitConflict when table and state do not fit.
        """

    def properties(self, table: Table, draft: SnapshotDraft) -> tuple[dict[str, str], RunState]:
        """Return the table properties to write with a snapshot on `table`, and the state they hold."""


def move_of(publication: Publication) -> Move:
    """Return the move of a publication."""
    return _PartitionMove(publication) if publication.partitions else _IncrementalMove(publication)


def is_unmoved(current: RunState | None, expected: RunState | None) -> bool:
    """Whether a state is still the one a window was planned from."""
    if current is None or expected is None:
        return current is expected
    return (current.sequence, current.token) == (expected.sequence, expected.token)


class _IncrementalMove:
    def __init__(self, publication: Publication) -> None:
        self._publication = publication
        self._blob: Mapping[str, str] | None = None
        self._now = Ranges()

    @property
    def summary(self) -> dict[str, str]:
        publication = self._publication
        return {state_property(publication.job_key): summary_of(publication.state)}

    def decided(self, table: Table) -> Decided | None:
        publication = self._publication
        current = read_state(table, publication.job_key, is_shared=publication.is_shared)
        if current is not None and publication.state.token in current.tokens:
            return CommitOutcome.ALREADY, current
        if is_unmoved(current, publication.expected):
            self._now = read_ranges(table, publication.job_key)
            return self._overtaken()
        if current is None:
            message = f"the load state of {publication.staged.table} vanished while it was being loaded"
            raise CommitConflict(message, hint="Run again to load into the table as it is now")
        return CommitOutcome.FENCED, current

    def _overtaken(self) -> Decided | None:
        """Return the load of a partition that has changed, since planning, files this run is about as well."""
        publication, now = self._publication, self._now
        moved = now.differing(publication.ranges)
        if publication.mode is not WriteMode.OVERWRITE:
            moved &= self._touched()
        return (CommitOutcome.FENCED, now.newest) if moved and now.newest is not None else None

    def _touched(self) -> set[str]:
        """Return the paths whose rows this run changes."""
        publication = self._publication
        known = publication.ranges.over(publication.expected)
        before = {file.path: file for file in known.files} if known is not None else {}
        after = {file.path: file for file in publication.state.files}
        return {path for path in {**before, **after} if before.get(path) != after.get(path)}

    def properties(self, table: Table, draft: SnapshotDraft) -> tuple[dict[str, str], RunState]:
        publication, location = self._publication, f"{table.location()}/metadata"
        if self._blob is None:
            self._blob = write_blob(publication.state, location, table.io)
        expected = publication.expected
        state = placed(publication.state, table, draft, expected.tokens if expected else ())
        properties = {state_property(publication.job_key): encode(state, self._blob)}
        return properties | self._ranges(table, location), state

    def _ranges(self, table: Table, location: str) -> dict[str, str]:
        """Return the loads of partitions without the files that the state remembers from now on."""
        now, planned = self._now, self._publication.ranges
        rest = now.without_files(planned.files.keys() - now.differing(planned))
        if now.newest is None or rest == now:
            return {}
        text = encode_ranges(rest.loads, rest.files, now.newest, location, table.io)
        return {ranges_property(self._publication.job_key): text}


class _PartitionMove:
    def __init__(self, publication: Publication) -> None:
        self._publication = publication
        self._now = Ranges()

    @property
    def summary(self) -> dict[str, str]:
        publication = self._publication
        return {ranges_property(publication.job_key): summary_of(publication.state)}

    def decided(self, table: Table) -> Decided | None:
        publication = self._publication
        read_state(table, publication.job_key, is_shared=publication.is_shared)
        self._now = read_ranges(table, publication.job_key)
        planned = publication.ranges.expected(publication.partitions)
        for load, before in zip(self._now.expected(publication.partitions), planned, strict=True):
            if load is not None and publication.state.token in load.tokens:
                return CommitOutcome.ALREADY, load
            if not is_unmoved(load, before) and load is not None:
                return CommitOutcome.FENCED, load
        return None

    def properties(self, table: Table, draft: SnapshotDraft) -> tuple[dict[str, str], RunState]:
        publication = self._publication
        load = placed(publication.state, table, draft)
        ranges = self._now.with_load(publication.partitions, load, self._files())
        text = encode_ranges(ranges.loads, ranges.files, load, f"{table.location()}/metadata", table.io)
        return {ranges_property(publication.job_key): text}, load

    def _files(self) -> dict[str, FileIdentity | None]:
        """Return what the partitions hold after the load; None for what left the table."""
        publication = self._publication
        held: dict[str, FileIdentity | None] = dict.fromkeys(publication.gone)
        return held | {file.path: file for file in publication.state.files}


def placed(state: RunState, table: Table, draft: SnapshotDraft, tokens: tuple[str, ...] = ()) -> RunState:
    """Return a state as it is once a snapshot is committed, known by the last `tokens` and its own."""
    return replace(
        state,
        tokens=(*tokens, state.token)[-KEPT_TOKENS:],
        table_uuid=str(table.metadata.table_uuid),
        snapshot_id=draft.snapshot_id,
        sequence_number=draft.sequence_number,
    )
