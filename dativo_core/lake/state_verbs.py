"""What a person can do to a load state: forget it, accept it as it is, or take another one over. Never touches a row.

Each verb looks at what a table remembers and returns the edit that is to be made, or raises StateRefused with the verb that
fits.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from dativo_core.errors import StateRefused, Trouble
from dativo_core.flow import FileIdentity, RunState, StateChange, forgotten
from dativo_core.lake.ranges import Ranges, partitions_key
from dativo_core.lake.state_edit import Edit
from dativo_core.lake.state_sight import Sight, fitting_past, last_remembered, last_sequence, look, paths_of_rows

MAX_SHOWN = 5


@dataclass(frozen=True)
class Signature:
    """Who changes a state and why, and the plan it is changed for."""

    actor: str
    reason: str
    config_digest: str
    contract_version: str
    run_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True)
class Memory:
    """What a table remembers: the files, the cursor, and the loads of partitions."""

    files: tuple[FileIdentity, ...] = ()
    cursor: str | int | None = None
    ranges: Ranges = field(default_factory=Ranges)

    @classmethod
    def of(cls, state: RunState | None, ranges: Ranges | None) -> "Memory":
        """Return what a state and loads of partitions say."""
        ranges = ranges or Ranges()
        return cls(state.files, state.cursor, ranges) if state else cls(ranges=ranges)


def reset(sight: Sight, signed: Signature) -> Edit:
    """Forget what was loaded: the next run loads everything again, in place of its rows where rows can be replaced."""
    _require_known_form(sight)
    if sight.is_blank:
        message = f"{sight.name}: nothing was loaded, so there is nothing to forget"
        raise StateRefused(message, hint="Run the job: it loads everything")
    if sight.has(Trouble.OTHER_JOB, Trouble.NO_STATE):
        raise _as_told(sight)
    past = last_remembered(sight)
    files, ranges = forgotten_files(sight), _again(past.ranges or Ranges(), sight, signed)
    told = [f"forgets {named_files(files)}: the next run loads what there is"]
    if past.state is not None and past.state.cursor is not None:
        told.append(f"forgets the cursor {past.state.cursor}")
    if ranges.loads:
        told.append(f"forgets the loads of {len(ranges.loads)} partition(s)")
    return _edit(sight, signed, "reset", Memory(tuple(files.values()), None, ranges), past.state, told)


def keep(sight: Sight, signed: Signature) -> Edit:
    """Accept the state although the table was rolled back or copied: what it names is not loaded again."""
    _require_known_form(sight)
    if not sight.troubles:
        message = f"{sight.name}: table and state agree, so there is nothing to accept"
        raise StateRefused(message, hint="Run the job")
    if any(error.trouble not in {Trouble.ROLLED_BACK, Trouble.COPIED} for error in sight.troubles):
        raise _as_told(sight)
    if sight.table.metadata.current_snapshot() is None:
        message = f"{sight.name}: the state was copied without rows: the table has none"
        raise StateRefused(message, hint="dativo state reset lets the next run load everything")
    told = ["keeps what it remembers: rows that left the table with a rollback are not loaded again"]
    return _edit(sight, signed, "keep", Memory.of(sight.state, sight.ranges), sight.state, told)


def adopt_key(sight: Sight, key: str, signed: Signature) -> Edit:
    """Take the table over from another job of the tenant, with everything that job has loaded."""
    _require_known_form(sight)
    if not sight.has(Trouble.OTHER_JOB):
        message = f"{sight.name}: no other job loads this table"
        raise StateRefused(message, hint=_hint(sight))
    if key.partition("/")[0] != sight.job_key.partition("/")[0]:
        message = f"{sight.name}: {key} is no job of this tenant"
        raise StateRefused(message, hint="Name a key of the table: dativo run tells it")
    other = look(sight.table, key)
    if other.is_blank or other.troubles:
        why = other.troubles[0].message if other.troubles else f"there is no load state of {key}"
        message = f"{sight.name}: {why}"
        raise StateRefused(message, hint="Name a key of the table whose state is in order")
    memory = Memory.of(other.state, other.ranges)
    files = named_files(file.path for file in memory.files)
    told = [f"takes the state of {key} over: {files}; that job can no longer load here"]
    return replace(_edit(sight, signed, "adopt", memory, other.state, told), dropped=(key,))


def adopt_snapshot(sight: Sight, snapshot_id: int | None, signed: Signature) -> Edit:
    """Take back the state that fits the rows the table has now, from an earlier metadata file.

    It is that of one snapshot; with None of whichever it is.
    """
    _require_disagreement(sight)
    past = fitting_past(sight)
    if not past.snapshot_ids:
        message = f"{sight.name}: no metadata file of the table remembers a state that fits its rows"
        raise StateRefused(message, hint="dativo state adopt --start begin loads everything again, --start now nothing")
    if snapshot_id is not None and snapshot_id not in past.snapshot_ids:
        message = f"{sight.name}: the state that fits its rows is not that of snapshot {snapshot_id}"
        hint = f"Give --from-snapshot {past.snapshot_ids[0]}"
        raise StateRefused(message, hint=hint)
    memory = Memory.of(past.state, past.ranges)
    number = f"load {past.state.sequence}" if past.state else "the loads of partitions"
    files = named_files(file.path for file in memory.files)
    told = [f"takes the state of {number} back: {files}; what came later is loaded again"]
    return _edit(sight, signed, "adopt", memory, past.state, told)


def adopt_start(sight: Sight, found: tuple[FileIdentity, ...] | None, signed: Signature) -> Edit:
    """Take a table over as it is: the files `found` are not loaded; with None all there are will be."""
    _require_disagreement(sight)
    past = last_remembered(sight)
    files = forgotten_files(sight) | {file.path: file for file in found or ()}
    told = ["takes the table over: the next run loads every file there is"]
    if found is not None:
        told = [f"takes the table over: {named_files(file.path for file in found)} count as loaded"]
    ranges = _again(past.ranges or Ranges(), sight, signed)
    return _edit(sight, signed, "adopt", Memory(tuple(files.values()), None, ranges), past.state, told)


def remember(
    job_key: str, sight: Sight | None, memory: Memory, verb: str, told: Iterable[str], signed: Signature
) -> Edit:
    """Return the edit after which a table remembers some files and a cursor, whatever it remembered before.

    `sight` is None for a table that is not there yet.
    """
    before = last_remembered(sight).state if sight else None
    sequence = _next_sequence(sight, before) if sight else 1
    return _made(job_key, sequence, before, memory, verb, told, signed)


def forgotten_files(sight: Sight) -> dict[str, FileIdentity]:
    """Return all files whose rows may be in the table by their paths, each as one that is to be loaded again."""
    past = last_remembered(sight)
    known = (past.ranges or Ranges()).over(past.state)
    rows = paths_of_rows(sight.table) if sight.troubles else frozenset()
    again = {file.path: replace(file, is_forgotten=True) for file in known.files} if known else {}
    return {path: forgotten(path) for path in rows} | again


def _edit(
    sight: Sight, signed: Signature, verb: str, memory: Memory, before: RunState | None, told: Iterable[str]
) -> Edit:
    return _made(sight.job_key, _next_sequence(sight, before), before, memory, verb, told, signed)


def _next_sequence(sight: Sight, before: RunState | None) -> int:
    """Return a number no load of the job ever had: numbers never fall, or rejected rows of one would be taken for another's."""
    return max(last_sequence(sight), before.sequence if before else 0) + 1


def _made(
    job_key: str,
    sequence: int,
    before: RunState | None,
    memory: Memory,
    verb: str,
    told: Iterable[str],
    signed: Signature,
) -> Edit:
    state = replace(
        _signed(signed, verb, job_key, sequence),
        change=StateChange(verb, signed.actor, signed.reason, _last_load(before)),
        files=tuple(sorted(memory.files, key=lambda file: file.path)),
        cursor=memory.cursor,
    )
    return Edit(job_key, state, before.tokens if before else (), memory.ranges, told=tuple(told))


def _last_load(before: RunState | None) -> RunState | None:
    """Return the load a state is of, or that before it was changed by hand, as a change remembers it."""
    load = before.change.load if before is not None and before.change is not None else before
    return None if load is None else replace(load, tokens=(load.token,), files=(), cursor=None)


def _again(ranges: Ranges, sight: Sight, signed: Signature) -> Ranges:
    """Return the loads of partitions as after one more load of all of them, which brought nothing: a load under way is late."""
    keys = tuple(sorted(ranges.loads))
    if not keys:
        return Ranges()
    load = _signed(signed, "reset", partitions_key(sight.job_key, keys), ranges.next_sequence(keys))
    return replace(ranges.with_load(keys, load, {}), files={})


def _signed(signed: Signature, verb: str, job_key: str, sequence: int) -> RunState:
    return RunState(
        sequence=sequence,
        token=f"{job_key}:{sequence}:{uuid.uuid4()}",
        tokens=(),
        run_id=signed.run_id,
        config_digest=signed.config_digest,
        contract_version=signed.contract_version,
        table_uuid="",
        snapshot_id=0,
        sequence_number=0,
        rows_read=0,
        rows_written=0,
        rows_quarantined=0,
        rows_skipped=0,
        committed_at=signed.at,
        change=StateChange(verb, signed.actor, signed.reason),
    )


def _require_known_form(sight: Sight) -> None:
    if sight.has(Trouble.TOO_NEW):
        raise _as_told(sight)


def _require_disagreement(sight: Sight) -> None:
    _require_known_form(sight)
    if sight.has(Trouble.OTHER_JOB):
        raise _as_told(sight)
    if not sight.troubles:
        message = f"{sight.name}: the job has its own state here, so there is nothing to take over"
        raise StateRefused(message, hint=_hint(sight))


def _hint(sight: Sight) -> str:
    return "Run the job" if sight.is_blank else "dativo state show tells what it is, dativo state reset forgets it"


def _as_told(sight: Sight) -> StateRefused:
    """Return the refusal of a verb that does not end what is wrong, which says what does."""
    trouble = sight.troubles[0]
    return StateRefused(trouble.message, hint=trouble.hint)


def named_files(paths: Iterable[str]) -> str:
    """Return how many files there are, and the first of them."""
    names = sorted(paths)
    shown = ", ".join(names[:MAX_SHOWN]) + (", …" if len(names) > MAX_SHOWN else "")
    count = "1 file" if len(names) == 1 else f"{len(names):,} files"
    return f"{count} ({shown})" if names else "no file"
