"""Rejected rows are kept, with their reason, in a table beside the one they were meant for.

They are added before the main commit and count once the main table's state names their token, and for good after that. A
run that died in between leaves rows whose token no state will ever name; the next runs sweep them.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table

from dativo_core.failpoints import fp
from dativo_core.flow import RunState, StagedFile
from dativo_core.lake.attempts import change_table
from dativo_core.lake.catalog import Lake
from dativo_core.lake.partition import Partition, fixed_part
from dativo_core.lake.snapshots import SnapshotDraft, draft_snapshot, live_data_files
from dativo_core.lake.table import TableColumn, TableDefinition, with_constants
from dativo_core.model.names import TableName
from dativo_core.odcs.partition import PartitionField
from dativo_core.odcs.types import FieldType, TypeKind

TABLE_COLUMN = "table_uuid"
RUN_COLUMN = "run_token"

logger = logging.getLogger(__name__)


def quarantine_table(table: TableName) -> TableDefinition:
    """Return the definition of a table's quarantine: who rejected the row and when, where it stood, why, and its raw text."""
    text, number = FieldType(TypeKind.STRING), FieldType(TypeKind.LONG)
    columns = (
        TableColumn("job_key", text, required=True, doc="job whose run rejected the row"),
        TableColumn("sequence", number, required=True, doc="load the row would have been part of"),
        TableColumn(TABLE_COLUMN, text, required=True, doc="uuid of the table the row was meant for"),
        TableColumn(RUN_COLUMN, text, required=True, doc="run; the row counts once the table's state names it"),
        TableColumn("quarantined_at", FieldType(TypeKind.TIMESTAMPTZ), required=True, doc="start of the run"),
        TableColumn("file", text, required=False, doc="source file"),
        TableColumn("line", number, required=False, doc="line in the source file, from 1"),
        TableColumn("column", text, required=False, doc="first column that broke a rule"),
        TableColumn("rule", text, required=False, doc="first rule that was broken"),
        TableColumn("reason", text, required=False, doc="every broken rule in words"),
        TableColumn("raw", text, required=False, doc="the row as it stood in the source"),
    )
    return TableDefinition(
        table.quarantine, columns, partition_by=(PartitionField(TABLE_COLUMN), PartitionField(RUN_COLUMN))
    )


@dataclass(frozen=True)
class Token:
    """The parts of a run's token, `<job key>:<sequence>:<run uuid>`."""

    job_key: str
    sequence: int
    run: str


def parse_token(text: str) -> Token | None:
    """Return the parts of a token; None when the text is none."""
    match text.rsplit(":", 2):
        case [key, sequence, run] if sequence.isdigit():
            return Token(key, int(sequence), run)
    return None


@dataclass(frozen=True)
class RejectingRun:
    """A run as its rejected rows name it: the table they were meant for, and the run's token."""

    table_uuid: str
    token: str

    @property
    def job_key(self) -> str:
        """The job key in the token."""
        return self._parsed.job_key

    @property
    def sequence(self) -> int:
        """The sequence in the token."""
        return self._parsed.sequence

    @property
    def attempt(self) -> str:
        """The part of the token that no other run has."""
        return self._parsed.run

    @property
    def partition(self) -> Partition:
        """The partition all rejected rows of the run share, for the writer's settings."""
        return fixed_part(TABLE_COLUMN, self.table_uuid), fixed_part(RUN_COLUMN, self.token)

    @property
    def _parsed(self) -> Token:
        parsed = parse_token(self.token)
        if parsed is None:
            message = f"{self.token!r} is not a run's token"
            raise ValueError(message)
        return parsed


def quarantine_rows(rejects: pa.RecordBatch, schema: pa.Schema, run: RejectingRun, at: datetime) -> pa.RecordBatch:
    """Return rejects (`REJECT_SCHEMA`) of a run that began at `at` as rows of the quarantine table."""
    constants = {
        "job_key": run.job_key,
        "sequence": run.sequence,
        TABLE_COLUMN: run.table_uuid,
        RUN_COLUMN: run.token,
        "quarantined_at": at,
    }
    return with_constants(rejects, schema, constants)


def add_rejects(lake: Lake, name: TableName, run: RejectingRun, files: tuple[StagedFile, ...]) -> None:
    """Add a run's staged files of rejected rows, all at once; an attempt whose answer was lost is recognised."""
    is_first = True

    def draft(table: Table) -> SnapshotDraft | None:
        nonlocal is_first
        if not is_first and any(_run_of(data_file) == run for data_file in live_data_files(table)):
            return None
        is_first = False
        return draft_snapshot(table, files, (), {})

    fp("quarantine.before")
    change_table(lake, name, draft)
    fp("quarantine.written")


def remove_rejects(lake: Lake, name: TableName, run: RejectingRun) -> None:
    """Take a run's rejected rows out again; only for a run whose commit was never sent."""
    _remove(lake, name, lambda found: found == run)


def sweep_rejects(lake: Lake, name: TableName, last_of: Callable[[str], RunState | None]) -> int:
    """Remove rejected rows of runs that can no longer commit; returns how many files went.

    `last_of` returns the last load under a run's job key, None for one that is not ours. A run is dead for certain once
    that names another token for its sequence, or when it loaded a table of the same name that was dropped since. Rows of
    later sequences are left alone: their run may be about to commit.
    """
    if lake.load(name) is None:
        return 0

    def is_dead(run: RejectingRun) -> bool:
        last = last_of(run.job_key)
        return last is not None and _is_dead(run, last)

    return _remove(lake, name, is_dead)


def _is_dead(run: RejectingRun, state: RunState) -> bool:
    if run.table_uuid != state.table_uuid:
        return True
    known = [parsed.sequence for parsed in map(parse_token, state.tokens) if parsed is not None]
    return bool(known) and min(known) <= run.sequence <= state.sequence and run.token not in state.tokens


def _remove(lake: Lake, name: TableName, is_unwanted: Callable[[RejectingRun], bool]) -> int:
    removed: list[DataFile] = []

    def draft(table: Table) -> SnapshotDraft | None:
        live = ((file, _run_of(file)) for file in live_data_files(table))
        removed[:] = [file for file, run in live if run is not None and is_unwanted(run)]
        return draft_snapshot(table, (), removed, {}) if removed else None

    change_table(lake, name, draft)
    if removed:
        logger.info("removed %d files of rejected rows from %s whose runs never committed", len(removed), name)
    return len(removed)


def _run_of(data_file: DataFile) -> RejectingRun | None:
    """Return the run whose rows a file holds; None for a file that is not ours."""
    table_uuid, token = str(data_file.partition[0]), str(data_file.partition[1])
    return RejectingRun(table_uuid, token) if parse_token(token) else None
