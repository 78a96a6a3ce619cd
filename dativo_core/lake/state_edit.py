"""A change of a load state by hand: a commit of its own, with a snapshot that adds no row.

It is committed only on the table that was looked at, so that nobody changes what they have not seen; and since it moves the
state on, a load that is under way finds the state moved and plans again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pyiceberg.table import Table
from pyiceberg.table.update import RemovePropertiesUpdate

from dativo_core.errors import CommitConflict
from dativo_core.failpoints import fp
from dativo_core.flow import RunState
from dativo_core.lake.attempts import change_table
from dativo_core.lake.catalog import Lake
from dativo_core.lake.moves import placed
from dativo_core.lake.ranges import Ranges
from dativo_core.lake.snapshots import SnapshotDraft, TableChange, draft_snapshot, set_properties
from dativo_core.lake.state_document import (
    change_text,
    encode,
    encode_ranges,
    ranges_property,
    state_property,
    summary_of,
    write_blob,
)
from dativo_core.lake.state_sight import Pin, pin_of
from dativo_core.model.names import TableName

SUMMARY_CHANGE = "dativo.change"


@dataclass(frozen=True)
class Edit:
    """What a table is to remember of a job from now on.

    `state` gets its place in the table when it is committed; `tokens` are those of the loads before. `dropped` are the keys
    of jobs the table is to remember no more. `told` says in sentences what changes.
    """

    job_key: str
    state: RunState
    tokens: tuple[str, ...]
    ranges: Ranges = field(default_factory=Ranges)
    dropped: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


def commit_edit(lake: Lake, name: TableName, pin: Pin, edit: Edit) -> None:
    """Change what a table remembers, if the table is still as `pin` says.

    Raises CommitConflict when it is not, CommitUnknown when the catalog gave no answer, TargetError when it refuses.
    """

    def draft(table: Table) -> TableChange | None:
        if edit.state.token in table.properties.get(state_property(edit.job_key), ""):
            return None
        if pin_of(table) != pin:
            message = f"table {name} changed after its state was shown; nothing of it was changed by this command"
            raise CommitConflict(message, hint="Give the command again: it shows the state as it is now")
        fp("state.verb")
        return _change(table, edit)

    change_table(lake, name, draft)


def _change(table: Table, edit: Edit) -> TableChange:
    keeps_ranges = bool(edit.ranges.loads or edit.ranges.files) or _is_traced(table, ranges_property(edit.job_key))
    snapshot = draft_snapshot(table, (), (), _summary(edit, keeps_ranges=keeps_ranges))
    gone = [key for job_key in edit.dropped for key in (state_property(job_key), ranges_property(job_key))]
    removed = [key for key in gone if key in table.properties]
    updates = (
        set_properties(_properties(table, edit, snapshot, keeps_ranges=keeps_ranges)),
        *([RemovePropertiesUpdate(removals=removed)] if removed else []),
        *snapshot.updates,
    )
    return TableChange(updates, snapshot.requirements)


def _summary(edit: Edit, *, keeps_ranges: bool) -> dict[str, str]:
    copy = summary_of(edit.state)
    summary = {state_property(edit.job_key): copy}
    if keeps_ranges:
        summary[ranges_property(edit.job_key)] = copy
    return summary | ({SUMMARY_CHANGE: change_text(edit.state.change)} if edit.state.change else {})


def _properties(table: Table, edit: Edit, snapshot: SnapshotDraft, *, keeps_ranges: bool) -> Mapping[str, str]:
    location = f"{table.location()}/metadata"
    state = placed(edit.state, table, snapshot, edit.tokens)
    properties = {state_property(edit.job_key): encode(state, write_blob(state, location, table.io))}
    if keeps_ranges:
        text = encode_ranges(edit.ranges.loads, edit.ranges.files, state, location, table.io)
        properties[ranges_property(edit.job_key)] = text
    return properties


def _is_traced(table: Table, key: str) -> bool:
    """Whether the table remembers loads of partitions, or a snapshot says that it should."""
    summaries = (snapshot.summary for snapshot in table.metadata.snapshots)
    return key in table.properties or any(key in each.additional_properties for each in summaries if each is not None)
