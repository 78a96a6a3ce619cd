"""Reading a job's load state from its table, and refusing when table and state disagree.

The state is a table property written in the same commit as the data, with a small copy in the snapshot's summary. A
rollback moves the summary and not the property; expiry loses the summary and not the property. So both are read, and the
lineage of the current snapshot decides whether the property still describes the rows.
"""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from pyiceberg.io import FileIO
from pyiceberg.serializers import FromInputFile
from pyiceberg.table import Table
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.snapshots import Snapshot

from dativo_core.errors import StateLost
from dativo_core.failpoints import fp
from dativo_core.flow import RunState
from dativo_core.lake.state_document import REMEDY, STATE_PREFIX, decode, ranges_property, state_property

MAX_OLD_METADATA_FILES = 100

logger = logging.getLogger(__name__)


class Verdict(StrEnum):
    """Whether the snapshot a state was committed with is part of the current table."""

    IN = "in"
    OUT = "out"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Ancestor:
    """One snapshot of the current lineage, newest first; `parent_id` None where the catalog no longer names one."""

    snapshot_id: int
    parent_id: int | None
    sequence_number: int
    sequence: int | None
    token: str | None


def read_state(table: Table, job_key: str) -> RunState | None:
    """Return what the table says one job has loaded, None before its first run.

    Raises StateLost when property, snapshots and rows disagree: loading on could lose or double rows.
    """
    fp("state.read")
    lineage = Lineage(table.metadata, table.io, state_property(job_key))
    text = table.properties.get(state_property(job_key))
    if text is None:
        _require_first_run(table, lineage, job_key)
        return None
    state = decode(text, table.io)
    _require_own_table(table, state)
    _require_newest(lineage, state)
    match judge(lineage, state):
        case Verdict.OUT:
            message = (
                f"table {'.'.join(table.name())} was rolled back behind the snapshot of load {state.sequence} "
                f"({state.snapshot_id})"
            )
            raise StateLost(message, hint="Roll the table forward to that snapshot, or drop it to load it again")
        case Verdict.UNKNOWN:
            logger.warning("the snapshots since load %d are expired; trusting the table property", state.sequence)
        case Verdict.IN:
            pass
    return state


def _require_first_run(table: Table, lineage: "Lineage", job_key: str) -> None:
    name = ".".join(table.name())
    if any(ancestor.token is not None for ancestor in lineage):
        message = f"table {name} was loaded by this job, but its load state property is gone"
        raise StateLost(message, hint=REMEDY)
    others = sorted(key.removeprefix(STATE_PREFIX) for key in table.properties if key.startswith(STATE_PREFIX))
    if others:
        message = f"table {name} is loaded by another job: {', '.join(others)} (this one is {job_key})"
        raise StateLost(message, hint="Give the jobs different contracts or domains, or rename this job back")
    if _has_rows(table) and ranges_property(job_key) not in table.properties:
        message = (
            f"table {name} holds rows but no load state: another program wrote it, or its properties were replaced"
        )
        raise StateLost(message, hint="Move the table away or drop it; Dativo loads into tables it created")


def _require_own_table(table: Table, state: RunState) -> None:
    name = ".".join(table.name())
    if state.table_uuid != str(table.metadata.table_uuid):
        message = f"the load state in {name} was copied from another table (uuid {state.table_uuid})"
        raise StateLost(message, hint="Remove the property, or load into the table it belongs to")
    if table.metadata.current_snapshot() is None:
        message = f"table {name} has a load state (load {state.sequence}) but no snapshot"
        raise StateLost(message, hint=REMEDY)


def _require_newest(lineage: "Lineage", state: RunState) -> None:
    newest = next((ancestor for ancestor in lineage if ancestor.token is not None), None)
    if newest is None or newest.sequence is None:
        return
    if newest.sequence > state.sequence or (newest.sequence == state.sequence and newest.token != state.token):
        message = f"the load state names load {state.sequence}, but snapshot {newest.snapshot_id} holds load {newest.sequence}"
        raise StateLost(message, hint=REMEDY)


def judge(lineage: "Lineage", state: RunState) -> Verdict:
    """Say whether the state's snapshot is in the current lineage; sequence numbers only fall along a lineage."""
    for ancestor in lineage:
        if state.snapshot_id in (ancestor.snapshot_id, ancestor.parent_id) or ancestor.token == state.token:
            return Verdict.IN
        if ancestor.sequence_number <= state.sequence_number:
            return Verdict.OUT
    return Verdict.UNKNOWN


class Lineage:
    """The snapshots from the current one back; links lost to expiry are looked up in older metadata files, only then."""

    def __init__(self, metadata: TableMetadata, io: FileIO, key: str) -> None:
        self._metadata = metadata
        self._io = io
        self._key = key

    def __iter__(self) -> Iterator[Ancestor]:
        snapshot = self._metadata.current_snapshot()
        while snapshot is not None:
            parent_id = snapshot.parent_snapshot_id
            yield _ancestor(snapshot, parent_id, self._key)
            parent = self._metadata.snapshot_by_id(parent_id) if parent_id is not None else None
            if parent is None and (snapshot.sequence_number or 0) > 1:
                # Expiry removes the parent, and may have removed the pointer to it as well.
                as_written = self._expired.get(snapshot.snapshot_id, snapshot)
                if as_written.parent_snapshot_id != parent_id:
                    yield _ancestor(snapshot, as_written.parent_snapshot_id, self._key)
                parent = self._expired.get(as_written.parent_snapshot_id or 0)
            snapshot = parent

    @cached_property
    def _expired(self) -> dict[int, Snapshot]:
        """Every snapshot that the older metadata files still know, as it was first written."""
        known: dict[int, Snapshot] = {}
        for entry in list(reversed(self._metadata.metadata_log))[:MAX_OLD_METADATA_FILES]:
            try:
                metadata = FromInputFile.table_metadata(self._io.new_input(entry.metadata_file))
            except FileNotFoundError:
                continue
            known |= {snapshot.snapshot_id: snapshot for snapshot in metadata.snapshots}
        return known


def _ancestor(snapshot: Snapshot, parent_id: int | None, key: str) -> Ancestor:
    sequence, token = None, None
    summary = snapshot.summary.additional_properties if snapshot.summary else {}
    if key in summary:
        try:
            copy = json.loads(summary[key])
            sequence, token = int(copy["seq"]), str(copy["token"])
        except (ValueError, TypeError, KeyError):
            message = f"the summary of snapshot {snapshot.snapshot_id} holds a load state that cannot be parsed"
            raise StateLost(message, hint=REMEDY) from None
    return Ancestor(snapshot.snapshot_id, parent_id, snapshot.sequence_number or 0, sequence, token)


def _has_rows(table: Table) -> bool:
    snapshot = table.metadata.current_snapshot()
    if snapshot is None:
        return False
    total = snapshot.summary.additional_properties.get("total-records") if snapshot.summary else None
    return total != "0"
