"""What a table says has been loaded, also where that is refused for loading: for a person who is about to change it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from pyiceberg.serializers import FromInputFile
from pyiceberg.table import Table
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.snapshots import Snapshot

from dativo_core.errors import StateLost, Trouble
from dativo_core.flow import RunState
from dativo_core.lake.live_rows import live_files, read_rows
from dativo_core.lake.ranges import Ranges, parse_ranges, read_ranges
from dativo_core.lake.state import MAX_OLD_METADATA_FILES, Lineage, read_state, require_current
from dativo_core.lake.state_document import RANGES_PREFIX, STATE_PREFIX, decode, ranges_property, state_property
from dativo_core.lake.table import FILE_COLUMN

_Parsed = TypeVar("_Parsed")


@dataclass(frozen=True)
class Pin:
    """What must still be so when a change is committed: the table, its snapshot, and every state in its properties."""

    table_uuid: str
    snapshot_id: int | None
    states: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Sight:
    """A table and what it remembers of one job.

    `state` and `ranges` are what the properties hold, None where that is missing or cannot be read; `troubles` say why a
    run refuses them.
    """

    table: Table
    job_key: str
    state: RunState | None
    ranges: Ranges | None
    troubles: tuple[StateLost, ...]

    @property
    def name(self) -> str:
        """The table as it is shown."""
        return ".".join(self.table.name())

    @property
    def pin(self) -> Pin:
        """What must still be so when a change is committed."""
        return pin_of(self.table)

    @property
    def is_blank(self) -> bool:
        """Whether nothing was ever loaded, and nothing is wrong."""
        return self.state is None and not self.troubles and (self.ranges is None or self.ranges.newest is None)

    def has(self, *troubles: Trouble) -> bool:
        """Whether table and state disagree in one of these ways."""
        return any(found.trouble in troubles for found in self.troubles)


@dataclass(frozen=True)
class Past:
    """What a table remembered, as its newest metadata file says that still fits the table's rows."""

    state: RunState | None
    ranges: Ranges | None

    @property
    def snapshot_ids(self) -> tuple[int, ...]:
        """The snapshots of the last load and of the last load of a partition."""
        newest = (self.state, self.ranges.newest if self.ranges else None)
        return tuple(state.snapshot_id for state in newest if state is not None)


def look(table: Table, job_key: str, *, is_shared: bool = False) -> Sight:
    """Return what a table remembers of a job, with everything that is wrong about it."""
    troubles: list[StateLost] = []
    for read in (partial(read_state, is_shared=is_shared), read_ranges):
        try:
            read(table, job_key)
        except StateLost as error:
            troubles.append(error)
    return Sight(table, job_key, *_remembered(table, table.properties, job_key), tuple(troubles))


def pin_of(table: Table) -> Pin:
    """Return what identifies a table with its states as they are now."""
    head = table.metadata.current_snapshot()
    states = [item for item in table.properties.items() if item[0].startswith((STATE_PREFIX, RANGES_PREFIX))]
    return Pin(str(table.metadata.table_uuid), head.snapshot_id if head else None, tuple(sorted(states)))


def fitting_past(sight: Sight) -> Past:
    """Return the newest of what earlier metadata files remember that fits the rows the table has now."""
    table = sight.table
    own, parts = (
        Lineage(table.metadata, table.io, named(sight.job_key)) for named in (state_property, ranges_property)
    )
    for metadata in _metadata_files(table):
        # Both of one time: what loads of partitions left lies over the file set of the state beside it, and of no other.
        past = Past(*_remembered(table, metadata.properties, sight.job_key))
        newest = past.ranges.newest if past.ranges else None
        is_fitting = _fits(table, own, past.state, in_one_order=True) and _fits(
            table, parts, newest, in_one_order=False
        )
        if is_fitting and past.snapshot_ids:
            return past
    return Past(None, None)


def last_remembered(sight: Sight) -> Past:
    """Return what the table remembers now, or else what it remembered last, whether it fits the rows or not."""
    state, ranges = sight.state, sight.ranges
    if sight.troubles and (state is None or ranges is None):
        for metadata in _metadata_files(sight.table):
            found, loads = _remembered(sight.table, metadata.properties, sight.job_key)
            state, ranges = state or found, ranges or loads
    return Past(state, ranges)


def last_sequence(sight: Sight) -> int:
    """Return the highest number a load of the job ever had in this table, 0 without any."""
    if sight.state is not None and not sight.troubles:
        return sight.state.sequence
    key = state_property(sight.job_key)
    known = [_sequence(snapshot, key) for metadata in _metadata_files(sight.table) for snapshot in metadata.snapshots]
    remembered = last_remembered(sight).state
    return max([*known, remembered.sequence if remembered else 0], default=0)


def last_tokens(sight: Sight) -> tuple[str | None, str | None]:
    """Return the tokens of the last load, and of the last load of a partition, whose rows the table has.

    Raises StateLost when a snapshot's copy of a state cannot be parsed.
    """
    table = sight.table
    own, parts = (
        next((each.token for each in Lineage(table.metadata, table.io, named(sight.job_key)) if each.token), None)
        for named in (state_property, ranges_property)
    )
    return own, parts


def paths_of_rows(table: Table) -> frozenset[str]:
    """Return the source files that rows of the table name; none where it has no such column."""
    names = {field.name for field in table.schema().fields}
    if FILE_COLUMN not in names:
        return frozenset()
    schema, found = table.schema().select(FILE_COLUMN), set[str]()
    for file in live_files(table):
        for batch in read_rows(table, file, schema):
            found.update(path for path in batch.column(FILE_COLUMN).unique().to_pylist() if path is not None)
    return frozenset(found)


def _remembered(table: Table, properties: dict[str, str], job_key: str) -> tuple[RunState | None, Ranges | None]:
    state, ranges = properties.get(state_property(job_key)), properties.get(ranges_property(job_key))
    return (
        _or_none(lambda text: decode(text, table.io), state),
        _or_none(lambda text: parse_ranges(text, table.io), ranges),
    )


def _or_none(parse: Callable[[str], _Parsed], text: str | None) -> _Parsed | None:
    try:
        return None if text is None else parse(text)
    except StateLost:
        return None


def _fits(table: Table, lineage: Lineage, state: RunState | None, *, in_one_order: bool) -> bool:
    """Whether a state describes the rows of a table; without one, whether no load of its kind is among them."""
    if state is None:
        return all(ancestor.token is None for ancestor in lineage)
    try:
        require_current(table, lineage, state, "", in_one_order=in_one_order)
    except StateLost:
        return False
    return True


def _metadata_files(table: Table) -> Iterator[TableMetadata]:
    """Yield the table's metadata, now and before, newest first; files that are gone are left out."""
    yield table.metadata
    for entry in list(reversed(table.metadata.metadata_log))[:MAX_OLD_METADATA_FILES]:
        try:
            yield FromInputFile.table_metadata(table.io.new_input(entry.metadata_file))
        except FileNotFoundError:
            continue


def _sequence(snapshot: Snapshot, key: str) -> int:
    copy = snapshot.summary.additional_properties.get(key) if snapshot.summary else None
    try:
        return int(json.loads(copy)["seq"]) if copy else 0
    except (ValueError, TypeError, KeyError):
        return 0
