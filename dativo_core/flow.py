"""The nouns that flow through a run: window, slice, batch, staged files, commit, report. Each arrow is one function."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import pyarrow as pa

from dativo_core.errors import DativoError, SourceError
from dativo_core.model.names import TableName
from dativo_core.odcs.contract import CheckSeverity

REJECT_SCHEMA = pa.schema(
    [
        pa.field("file", pa.string()),
        pa.field("line", pa.int64()),
        pa.field("column", pa.string()),
        pa.field("rule", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("raw", pa.string()),
    ]
)
"""Rejected rows: source file, 1-based line, first broken column and rule, every reason joined by `; `, the raw text."""

SHOWN_DIGITS = 12


@dataclass(frozen=True)
class FileIdentity:
    """A source file by content: `path` relative to the workspace root or an address, size, and what its storage tells.

    That is the SHA-256 of a local file, and the entity tag of an object in S3, whose `sha256` is empty. Times are no
    identity. `is_forgotten`: its rows may be in the table, and it is to be loaded again; its content may not be known.
    """

    path: str
    size_bytes: int
    sha256: str
    etag: str | None = None
    is_forgotten: bool = False

    @property
    def fingerprint(self) -> str:
        """What tells this content from another of the same size, shortened for messages."""
        kind, value = ("sha256", self.sha256) if self.etag is None else ("etag", self.etag)
        return f"{kind} {value[:SHOWN_DIGITS]}…"


def forgotten(path: str) -> FileIdentity:
    """Return a file whose rows may be in the table, and that is to be loaded again; nothing is known of its content."""
    return FileIdentity(path, -1, "", is_forgotten=True)


@dataclass(frozen=True)
class StateChange:
    """What a person did to a state: the verb, who and on which machine, and why.

    `load` is the last load before that, without files and cursor; None where there was none.
    """

    verb: str
    actor: str
    reason: str
    load: "RunState | None" = None


@dataclass(frozen=True)
class RunState:
    """What the table says has been loaded by one job key.

    `sequence` never falls. `token` names the run that committed it, `tokens` the last 16, newest last. `files` is the
    file set of a file source, `cursor` the upper bound of a cursor source. `change` says who moved the state by hand,
    None after a load.
    """

    sequence: int
    token: str
    tokens: tuple[str, ...]
    run_id: str
    config_digest: str
    contract_version: str
    table_uuid: str
    snapshot_id: int
    sequence_number: int
    rows_read: int
    rows_written: int
    rows_quarantined: int
    rows_skipped: int
    committed_at: datetime
    files: tuple[FileIdentity, ...] = ()
    cursor: str | int | None = None
    change: StateChange | None = None

    @property
    def loaded_files(self) -> tuple[FileIdentity, ...]:
        """The files that need not be loaded again."""
        return tuple(file for file in self.files if not file.is_forgotten)


class WindowKind(StrEnum):
    """How a window says what it covers."""

    FILES = "files"
    INCREMENTAL = "incremental"
    PARTITION = "partition"
    FULL = "full"


@dataclass(frozen=True)
class Window:
    """What one run covers, fixed before the first row is read.

    `files`: the files to read (kind `files`), or all of them (kind `full`). `next_files`: the file set to remember once
    the window is committed. `unchanged`, `changed` and `removed` name the paths that were compared with the state.
    `replaced`: the paths whose rows leave the table in the window's commit. `moved`: paths that are gone, each with the
    new path their content is at. `duplicates`: new paths, each with another path of the same content, both of which stay.
    `unreadable`: paths whose content could not be told, each with the reason; a later run takes them.
    `lo` and `hi` bound kind `incremental`, half-open. `partitions` are the keys of kind `partition`, whose rows the window
    replaces whole.
    """

    kind: WindowKind
    sequence: int
    files: tuple[FileIdentity, ...] = ()
    next_files: tuple[FileIdentity, ...] = ()
    unchanged: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    moved: tuple[tuple[str, str], ...] = ()
    duplicates: tuple[tuple[str, str], ...] = ()
    unreadable: tuple[tuple[str, SourceError], ...] = ()
    lo: str | int | None = None
    hi: str | int | None = None
    is_empty: bool = False
    partitions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Slice:
    """A part of a window that can be read on its own; picklable, without connections or secrets.

    A file slice covers `file` from byte `start` to `stop` (None: to its end). A part of a file says at which 1-based line
    it begins, the SHA-256 of its bytes, and the column names that stand at the file's begin, with their line.
    """

    index: int
    file: FileIdentity | None = None
    start: int = 0
    stop: int | None = None
    first_line: int = 1
    sha256: str | None = None
    header: tuple[str, ...] = ()
    header_line: int | None = None
    lo: str | int | None = None
    hi: str | int | None = None


class RowPlaces(Protocol):
    """Where the rows of a batch stand in their source; asked only for rejected rows."""

    @property
    def file(self) -> str:
        """The source file, relative to the workspace root."""

    def locate(self, rows: Sequence[int]) -> tuple[list[int], list[str]]:
        """Return the 1-based line and the raw text of each of the given 0-based row numbers of the batch."""


class Operation(StrEnum):
    """What the rows of a batch do to rows of the same key."""

    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True)
class Batch:
    """Rows as the source delivers them.

    `records` has one column per contract column that the source holds, named by its source name, in the types the
    source promises (text for delimited files). `rejects` (`REJECT_SCHEMA`) are rows that could not be split into
    columns. `dropped_columns` are source columns the contract does not name; `names_line` is the line of the source that
    names its columns, if there is one.
    """

    records: pa.RecordBatch
    rejects: pa.RecordBatch
    places: RowPlaces
    size_bytes: int
    dropped_columns: tuple[str, ...] = ()
    names_line: int | None = None
    operation: Operation = Operation.INSERT

    @property
    def rows_read(self) -> int:
        """Rows of the source this batch stands for."""
        return int(self.records.num_rows + self.rejects.num_rows)


@dataclass(frozen=True)
class ConformedBatch:
    """Rows that satisfy every row rule, in the table's Arrow types and column order, and those that do not.

    `violations` counts the broken rows per rule id; a row that breaks two rules counts for both. `row_numbers` says which
    row of the batch each record was, None where all of them are there. `delivered` are all rows of the batch in the same
    types and order, null where the text is no value. `newest` is the latest moment per rule id that asks for it, in
    microseconds since 1970.
    """

    records: pa.RecordBatch
    rejects: pa.RecordBatch
    violations: Mapping[str, int]
    delivered: pa.RecordBatch
    row_numbers: pa.UInt64Array | None = None
    newest: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class StagedFile:
    """A Parquet data file that is written and durable but not yet part of any table; picklable.

    `metrics` are the manifest entry's fields by their Iceberg names (record_count, column_sizes, value_counts,
    null_value_counts, nan_value_counts, lower_bounds, upper_bounds, split_offsets), bounds in Iceberg's binary form.
    `partition` has one value per field of the table's partition spec, None or in the form manifests keep it: days since
    1970 for a date, microseconds for a time or timestamp, else bool, int, Decimal, str or bytes. `sort_order_id` names
    the table's sort order the rows are in, None when they are in none.
    """

    path: str
    size_bytes: int
    record_count: int
    partition: tuple[object, ...]
    metrics: Mapping[str, object]
    sort_order_id: int | None = None


@dataclass(frozen=True)
class StagedTable:
    """The files one run wants to publish in one table; uuid, schema and partition spec as they were when files were written."""

    table: TableName
    table_uuid: str
    schema_id: int
    spec_id: int
    files: tuple[StagedFile, ...]


class CommitOutcome(StrEnum):
    """How a commit ended: by this attempt, by an earlier attempt whose answer was lost, or lost to another run."""

    COMMITTED = "committed"
    ALREADY = "already"
    FENCED = "fenced"


@dataclass(frozen=True)
class Commit:
    """What landed. After `fenced`, `state` is the winner's and `snapshot_id` the winner's snapshot.

    `rows_deleted`: rows that were in the table before and left it in this commit.
    """

    outcome: CommitOutcome
    tables: tuple[TableName, ...]
    ref: str
    snapshot_id: int
    attempts: int
    state: RunState
    rows_deleted: int = 0


class CheckStatus(StrEnum):
    """The fate of a rule in a run. `error`: it could not be evaluated; `unexecuted`: this version does not run it."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    UNEXECUTED = "unexecuted"


_SINGULAR = {"rows": "row", "values": "value"}


@dataclass(frozen=True)
class CheckResult:
    """One rule's result: rows evaluated, rows that broke it, up to five sample places (`file:line: reason`).

    A rule about a metric has the `operator` it was compared with, the metric's `value` in `unit` (rows, values, percent, or a
    unit of time; None when there is no value; of a query also a truth value or a text), and a `note` where the comparison
    needs one.
    """

    id: str
    status: CheckStatus
    severity: CheckSeverity
    rows_evaluated: int
    violations: int
    samples: tuple[str, ...] = ()
    description: str = ""
    value: int | float | str | None = None
    operator: str = ""
    unit: str = ""
    note: str = ""

    @property
    def unit_of_value(self) -> str:
        """The unit as it stands behind the value: `1 row`."""
        return _SINGULAR.get(self.unit, self.unit) if self.value == 1 else self.unit


@dataclass(frozen=True)
class RowCounts:
    """`read = written + quarantined + skipped`, always; `skipped` names its reasons."""

    read: int = 0
    written: int = 0
    quarantined: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_conserved(self) -> bool:
        """Whether every row read is accounted for."""
        return self.read == self.written + self.quarantined + sum(self.skipped.values())


@dataclass(frozen=True)
class RejectedRow:
    """A row that was rejected: its place, the first column and rule that broke, every reason, and its text.

    `raw` is hidden where the contract has a classified column.
    """

    file: str
    line: int | None
    column: str | None
    rule: str
    reason: str
    raw: str | None


class StreamOutcome(StrEnum):
    """How a stream's run ended. Only `committed` changed the table; `superseded` lost to another run and is a success.

    After `checked` the counts and checks tell what a dry run would have published.
    """

    COMMITTED = "committed"
    CHECKED = "checked"
    NOTHING_NEW = "nothing_new"
    SUPERSEDED = "superseded"
    FAILED = "failed"


@dataclass(frozen=True)
class StreamReport:
    """What one run did to one table. `seconds` per phase: plan, read, contract, write, commit.

    Phases run side by side: `elapsed_seconds` is the time that passed, `cpu_seconds` what the process computed meanwhile,
    None where other jobs ran in it at the same time.
    `size_bytes` were written in `files` files, `bytes_read` are of the source. `first_rejects` are up to five rows.
    `rules_not_asked`: rules that a dry run could not ask, each with its reason among the checks.

    `rows_deleted`: rows of earlier loads that this one replaced or removed; they are not among the `counts`, which are
    about the rows read. `warnings` are sentences about what landed but may not be what was meant. `state_before` is what
    the table said had been loaded when the run began, None where nothing was or another run has just told it.

    After `failed`, `error` says why, and counts and checks tell how far the run came. Nothing was published then, except
    that after CommitUnknown the next run finds out whether it was.
    """

    object: str
    table: TableName
    outcome: StreamOutcome
    counts: RowCounts
    window: Window | None
    size_bytes: int
    files: int
    seconds: Mapping[str, float]
    checks: tuple[CheckResult, ...]
    commit: Commit | None
    rejected_files: tuple[str, ...] = ()
    dropped_columns: tuple[str, ...] = ()
    error: DativoError | None = None
    rows_deleted: int = 0
    warnings: tuple[str, ...] = ()
    state_before: RunState | None = None
    bytes_read: int = 0
    elapsed_seconds: float = 0.0
    cpu_seconds: float | None = 0.0
    first_rejects: tuple[RejectedRow, ...] = ()
    rules_not_asked: int = 0


@dataclass(frozen=True)
class Progress:
    """How far the reading of one stream has come."""

    object: str
    rows_read: int
    bytes_read: int
    bytes_total: int


@dataclass(frozen=True)
class RunReport:
    """The report of a whole run; the only thing the command line and Dagster show."""

    tenant: str
    job: str
    run_id: str
    plan_digest: str
    started_at: datetime
    finished_at: datetime
    streams: tuple[StreamReport, ...]

    @property
    def exit_code(self) -> int:
        """0 for success, including nothing new; 1 when rows were quarantined or a file was rejected; 2 after a failure."""
        if any(stream.outcome is StreamOutcome.FAILED for stream in self.streams):
            return 2
        partial = any(stream.counts.quarantined or stream.rejected_files for stream in self.streams)
        return 1 if partial else 0
