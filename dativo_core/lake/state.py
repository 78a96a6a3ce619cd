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

from dativo_core.errors import StateLost, Trouble
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


def read_state(table: Table, job_key: str, *, is_shared: bool = False) -> RunState | None:
    """Return what the table says one job has loaded, None before its first run; other jobs may load one that `is_shared`.

    Raises StateLost when property, snapshots and rows disagree: loading on could lose or double rows.
    """
    fp("state.read")
    lineage = Lineage(table.metadata, table.io, state_property(job_key))
    text = table.properties.get(state_property(job_key))
    if text is None:
        _require_first_run(table, lineage, job_key, is_shared=is_shared)
        return None
    state = decode(text, table.io)
    require_current(table, lineage, state, f"load {state.sequence}")
    return state


def require_current(table: Table, lineage: "Lineage", state: RunState, what: str, *, in_one_order: bool = True) -> None:
    """Raise StateLost unless a state that a property holds still describes the table; `what` names the load it is of.

    `in_one_order`: all loads of its kind are numbered one after the other; loads of partitions are not.
    """
    _require_own_table(table, state, what)
    _require_newest(table, lineage, state, what, in_one_order=in_one_order)
    match judge(lineage, state):
        case Verdict.OUT:
            message = f"table {_name(table)} was rolled back behind the snapshot of {what} ({state.snapshot_id})"
            raise StateLost(message, hint=_rollback_remedy(lineage), trouble=Trouble.ROLLED_BACK)
        case Verdict.UNKNOWN:
            logger.warning("the snapshots since %s are expired; trusting the table property", what)
        case Verdict.IN:
            pass


def _rollback_remedy(lineage: "Lineage") -> str:
    newest = next((ancestor for ancestor in lineage if ancestor.token is not None), None)
    again = "--start begin" if newest is None else f"--from-snapshot {newest.snapshot_id}"
    return (
        f"dativo state adopt {again} loads again what went with it, dativo state keep leaves it out; or roll the table"
        " forward to that snapshot"
    )


def _require_first_run(table: Table, lineage: "Lineage", job_key: str, *, is_shared: bool) -> None:
    name, others = _name(table), other_keys(table, job_key)
    if others and not is_shared:
        message = f"table {name} is loaded by another job: {', '.join(others)} (this one is {job_key})"
        hint = (
            f"Give the jobs different contracts or domains, or rename this job back; if this job takes the other's place,"
            f" dativo state adopt --from-key {others[0]}"
        )
        raise StateLost(message, hint=hint, trouble=Trouble.OTHER_JOB)
    if any(ancestor.token is not None for ancestor in lineage):
        message = f"table {name} was loaded by this job, but its load state property is gone"
        raise StateLost(message, hint=REMEDY, trouble=Trouble.GONE)
    if not others and _has_rows(table) and ranges_property(job_key) not in table.properties:
        message = (
            f"table {name} holds rows but no load state: another program wrote it, or its properties were replaced"
        )
        hint = (
            "Move the table away or drop it; or take it over: dativo state adopt --start now leaves out the files that"
            " are there by now, --start begin loads them"
        )
        raise StateLost(message, hint=hint, trouble=Trouble.NO_STATE)


def other_keys(table: Table, job_key: str) -> tuple[str, ...]:
    """Return the keys of other jobs that a table has a load state of."""
    keys = sorted(key.removeprefix(STATE_PREFIX) for key in table.properties if key.startswith(STATE_PREFIX))
    return tuple(key for key in keys if key != job_key)


def _require_own_table(table: Table, state: RunState, what: str) -> None:
    name = _name(table)
    if state.table_uuid != str(table.metadata.table_uuid):
        message = f"what table {name} remembers of {what} was copied from another table (uuid {state.table_uuid})"
        hint = (
            "Load into the table it belongs to; if the rows were copied with it, dativo state keep, and if not,"
            " dativo state reset"
        )
        raise StateLost(message, hint=hint, trouble=Trouble.COPIED)
    if table.metadata.current_snapshot() is None:
        message = f"table {name} remembers {what} but has no snapshot"
        raise StateLost(
            message, hint="dativo state reset lets the next run load everything", trouble=Trouble.NO_SNAPSHOT
        )


def _require_newest(table: Table, lineage: "Lineage", state: RunState, what: str, *, in_one_order: bool) -> None:
    newest = next((ancestor for ancestor in lineage if ancestor.token is not None), None)
    if newest is None or newest.sequence is None or newest.token == state.token:
        return
    is_later = newest.sequence >= state.sequence if in_one_order else newest.sequence_number > state.sequence_number
    if not is_later:
        return
    message = f"what table {_name(table)} remembers is {what}, but snapshot {newest.snapshot_id} holds a later one"
    hint = (
        f"Nothing was loaded. dativo state adopt --from-snapshot {newest.snapshot_id} takes the state of that load from an"
        " earlier metadata file; dativo state reset forgets it, and the next run loads everything again"
    )
    raise StateLost(message, hint=hint, trouble=Trouble.OLDER)


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


def _name(table: Table) -> str:
    return ".".join(table.name())


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
