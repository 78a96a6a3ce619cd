"""What loads of single partitions left in a table, kept apart from the incremental state.

A partition can be loaded again at any time, beside the incremental loads and beside other partitions. So each has a load
of its own, and which files it holds by now lies over the file set of the incremental state until an incremental load takes
that over. All of it is one table property, written in the same commit as the rows.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from pyiceberg.io import FileIO
from pyiceberg.table import Table

from dativo_core.errors import StateLost, Trouble
from dativo_core.flow import FileIdentity, RunState
from dativo_core.lake.state import Lineage, require_current
from dativo_core.lake.state_document import REMEDY, decode_ranges, ranges_property

KEPT_TOKENS = 4
"""How many loads of one partition are known by their token."""

AT, TO = "@", "..."
"""What no job key, and no key of a partition, holds."""


def partitions_key(job_key: str, partitions: tuple[str, ...]) -> str:
    """Return the job key of a load of some partitions, which names the first and the last; the job's own without any."""
    ends = dict.fromkeys((partitions[0], partitions[-1])) if partitions else ()
    return f"{job_key}{AT}{TO.join(ends)}" if ends else job_key


@dataclass(frozen=True)
class Ranges:
    """The last load of each partition, the newest of them all, and what they changed of the incremental file set.

    `files` has the identity per path of what a partition holds by now, None where the rows of a path left the table.
    """

    loads: Mapping[str, RunState] = field(default_factory=dict)
    files: Mapping[str, FileIdentity | None] = field(default_factory=dict)
    newest: RunState | None = None

    def expected(self, partitions: tuple[str, ...]) -> tuple[RunState | None, ...]:
        """Return the last load of each of some partitions."""
        return tuple(self.loads.get(key) for key in partitions)

    def next_sequence(self, partitions: tuple[str, ...]) -> int:
        """Return the number of the next load of some partitions."""
        return max((load.sequence for load in self.expected(partitions) if load is not None), default=0) + 1

    def over(self, state: RunState | None) -> RunState | None:
        """Return the incremental state with the files the table holds by now; None when nothing was ever loaded."""
        if not self.files:
            return state
        files = {file.path: file for file in state.files} if state is not None else {}
        held = {path: file for path, file in {**files, **self.files}.items() if file is not None}
        return replace(state or NOTHING, files=tuple(held[path] for path in sorted(held)))

    def last_of(self, job_key: str) -> RunState | None:
        """Return the load that settles a load of partitions under a key of `partitions_key`: that of its first partition."""
        _, at, ends = job_key.partition(AT)
        return self.loads.get(ends.partition(TO)[0]) if at else None

    def differing(self, other: "Ranges") -> set[str]:
        """Return the paths of which two say different things."""
        absent = object()
        return {
            path
            for path in self.files.keys() | other.files.keys()
            if self.files.get(path, absent) != other.files.get(path, absent)
        }

    def with_load(
        self, partitions: tuple[str, ...], load: RunState, files: Mapping[str, FileIdentity | None]
    ) -> "Ranges":
        """Return the ranges after a load of some partitions, which holds `files` by now.

        Each partition keeps the last tokens of its own loads.
        """
        newest = replace(load, files=())
        before = {key: self.loads[key].tokens if key in self.loads else () for key in partitions}
        loads = {key: replace(newest, tokens=(*before[key], load.token)[-KEPT_TOKENS:]) for key in partitions}
        return Ranges({**self.loads, **loads}, {**self.files, **files}, newest)

    def without_files(self, paths: Collection[str]) -> "Ranges":
        """Return the ranges once an incremental load remembers what they said of some paths."""
        return replace(self, files={path: file for path, file in self.files.items() if path not in paths})


NOTHING = RunState(0, "", (), "", "", "", "", 0, 0, 0, 0, 0, 0, datetime.min.replace(tzinfo=UTC))
"""The state of a table into which no incremental load has been made."""


def read_ranges(table: Table, job_key: str) -> Ranges:
    """Return what loads of partitions left in a table. Raises StateLost when it and the table's snapshots disagree."""
    key, name = ranges_property(job_key), ".".join(table.name())
    text = table.properties.get(key)
    if text is None:
        summaries = (snapshot.summary for snapshot in table.metadata.snapshots)
        if any(key in summary.additional_properties for summary in summaries if summary is not None):
            message = f"partitions were loaded into table {name}, but the property that remembers them is gone"
            raise StateLost(message, hint=REMEDY, trouble=Trouble.GONE)
        return Ranges()
    ranges = parse_ranges(text, table.io)
    newest = ranges.newest or NOTHING
    require_current(
        table, Lineage(table.metadata, table.io, key), newest, "the load of a partition", in_one_order=False
    )
    return ranges


def parse_ranges(text: str, io: FileIO) -> Ranges:
    """Return what a property's text says of loads of partitions. Raises StateLost as `decode_ranges` does."""
    return Ranges(*decode_ranges(text, io))
