"""Rejected rows are kept, with their reason, in a table beside the one they were meant for.

They are added before the main commit and count once the main table's state names their token. A run that died in between
leaves rows whose token no state will ever name; the next runs sweep them.
"""

import logging
from collections.abc import Callable
from datetime import datetime

import pyarrow as pa
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table

from dativo_core.errors import CommitUnknown
from dativo_core.failpoints import fp
from dativo_core.flow import REJECT_SCHEMA, RunState, StagedFile
from dativo_core.lake.catalog import Lake
from dativo_core.lake.commit import UNDECIDED, back_off
from dativo_core.lake.snapshots import SnapshotDraft, draft_snapshot, live_data_files
from dativo_core.lake.table import TableColumn, TableDefinition
from dativo_core.model.names import TableName
from dativo_core.odcs.types import FieldType, TypeKind

ATTEMPTS = 20
RUN_COLUMN = "run_token"

logger = logging.getLogger(__name__)


def quarantine_table(table: TableName) -> TableDefinition:
    """Return the definition of a table's quarantine: who rejected the row and when, where it stood, why, and its raw text."""
    text, number = FieldType(TypeKind.STRING), FieldType(TypeKind.LONG)
    columns = (
        TableColumn("job_key", text, required=True, doc="job whose run rejected the row"),
        TableColumn("sequence", number, required=True, doc="load the row would have been part of"),
        TableColumn(RUN_COLUMN, text, required=True, doc="run; the row counts once the table's state names it"),
        TableColumn("quarantined_at", FieldType(TypeKind.TIMESTAMPTZ), required=True, doc="start of the run"),
        TableColumn("file", text, required=False, doc="source file"),
        TableColumn("line", number, required=False, doc="line in the source file, from 1"),
        TableColumn("column", text, required=False, doc="first column that broke a rule"),
        TableColumn("rule", text, required=False, doc="first rule that was broken"),
        TableColumn("reason", text, required=False, doc="every broken rule in words"),
        TableColumn("raw", text, required=False, doc="the row as it stood in the source"),
    )
    return TableDefinition(table.quarantine, columns, partition_by=(RUN_COLUMN,))


def token_partition(token: str) -> tuple[tuple[str, str, str], ...]:
    """Return the partition all rejected rows of one run share, for the writer's settings."""
    _, sequence, run = token.rsplit(":", 2)
    return ((RUN_COLUMN, f"{sequence}-{run}", token),)


def quarantine_rows(
    rejects: pa.RecordBatch, schema: pa.Schema, *, job_key: str, sequence: int, token: str, at: datetime
) -> pa.RecordBatch:
    """Return rejects (`REJECT_SCHEMA`) as rows of the quarantine table."""
    constants = {"job_key": job_key, "sequence": sequence, RUN_COLUMN: token, "quarantined_at": at}
    arrays = [
        rejects.column(field.name)
        if field.name in REJECT_SCHEMA.names
        else pa.repeat(pa.scalar(constants[field.name], field.type), rejects.num_rows)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def add_rejects(lake: Lake, name: TableName, files: tuple[StagedFile, ...]) -> None:
    """Add staged files of rejected rows; safe to repeat, since file names are unique per run."""
    paths = {file.path for file in files}

    def draft(table: Table, attempt: int) -> SnapshotDraft | None:
        if attempt > 1 and any(data_file.file_path in paths for data_file in live_data_files(table)):
            return None
        return draft_snapshot(table, files, (), {})

    _change(lake, name, draft)
    fp("quarantine.written")


def sweep_rejects(lake: Lake, name: TableName, job_key: str, state: RunState) -> int:
    """Remove rejected rows of runs that can no longer commit; returns how many files went.

    A run is dead for certain once the state names another token for its sequence. Rows of later sequences are left alone:
    their run may be about to commit.
    """
    swept: list[DataFile] = []

    def draft(table: Table, _: int) -> SnapshotDraft | None:
        swept[:] = [file for file in live_data_files(table) if _is_dead(str(file.partition[0]), job_key, state)]
        return draft_snapshot(table, (), swept, {}) if swept else None

    if lake.load(name) is not None:
        _change(lake, name, draft)
    return len(swept)


def _is_dead(token: str, job_key: str, state: RunState) -> bool:
    owner, sequence = _parse(token)
    oldest_known = min(_parse(known)[1] for known in state.tokens)
    return owner == job_key and oldest_known <= sequence <= state.sequence and token not in state.tokens


def _parse(token: str) -> tuple[str, int]:
    owner, sequence, _ = token.rsplit(":", 2)
    return owner, int(sequence)


def _change(lake: Lake, name: TableName, draft: Callable[[Table, int], SnapshotDraft | None]) -> None:
    """Commit what `draft` makes of the current table at each attempt (from 1); None means it is there already."""
    with lake.lock(name):
        for attempt in range(1, ATTEMPTS + 1):
            table = lake.catalog.load_table(name.identifier)
            try:
                snapshot = draft(table, attempt)
                if snapshot is not None:
                    lake.catalog.commit_table(table, snapshot.requirements, snapshot.updates)
            except UNDECIDED:
                back_off(attempt)
            else:
                return
    message = f"table {name} could not be changed in {ATTEMPTS} attempts"
    raise CommitUnknown(message, hint="Run again; what was written so far is not visible and does no harm")
