"""What will happen: a frozen plan per job. A plan that exists is valid; making one does no I/O."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from dativo_core.model.declared_options import DeclaredOptions
from dativo_core.model.job_logging import LevelName
from dativo_core.model.job_partitions import JobPartitions
from dativo_core.model.mode import Mode
from dativo_core.model.names import TableName
from dativo_core.model.origin import Origin
from dativo_core.model.s3_connection import S3Connection
from dativo_core.model.source_options import SourceOptions
from dativo_core.odcs.about import NOTHING_TOLD, About
from dativo_core.odcs.contract import Column, MetricRule, Rule, UnexecutedRule
from dativo_core.odcs.partition import PartitionField
from dativo_core.odcs.sort_order import SortField

DEFAULT_OPEN_FILES = 32
DEFAULT_BATCH_ROWS = 1 << 20


class WriteMode(StrEnum):
    """How a window's rows meet the table: added to it, in place of everything in it, or in place of a part of it."""

    APPEND = "append"
    OVERWRITE = "overwrite"
    DELETE_INSERT = "delete_insert"


class ReplaceScope(StrEnum):
    """Which part of the table `delete_insert` replaces: rows of changed files, or also all of each partition with new rows."""

    FILE = "file"
    PARTITION = "partition"


class RemovedFiles(StrEnum):
    """What becomes of rows whose source file is gone: they stay, or they leave the table."""

    KEEP = "keep"
    DELETE = "delete"


class UnknownColumns(StrEnum):
    """What happens to source columns the contract does not name: fail before the first row, or leave them out and count."""

    FAIL = "fail"
    DROP = "drop"


class SchemaPolicy(StrEnum):
    """What happens when the contract gained a column: the table gets it too, or the load is refused."""

    EVOLVE = "evolve"
    FREEZE = "freeze"


@dataclass(frozen=True)
class SourcePlan:
    """Source type, recipe, effective settings and how to reach its storage; picklable, secrets by reference only."""

    type: str
    recipe: str
    options: SourceOptions
    connection: S3Connection | None = None
    removed_files: RemovedFiles = RemovedFiles.KEEP
    partitions: JobPartitions | None = None


@dataclass(frozen=True)
class CatalogPlan:
    """Where tables are kept. `local`: a SQLite catalog in `directory` and files below `directory/warehouse`.

    `directory` is relative to the workspace root unless absolute; it may hold references such as `${NAME:-default}`.
    """

    type: str
    directory: str


@dataclass(frozen=True)
class TargetPlan:
    """Target type, recipe, catalog and file settings; one writer has at most `max_open_files` data files open.

    A row group of a data file has at most `batch_size_rows` rows.

    A type or a catalog without code in this version has no catalog here, and all settings in `declared`.
    """

    type: str
    recipe: str
    catalog: CatalogPlan | None
    target_file_size_bytes: int
    compression: str
    max_open_files: int = DEFAULT_OPEN_FILES
    batch_size_rows: int = DEFAULT_BATCH_ROWS
    declared: DeclaredOptions | None = None


@dataclass(frozen=True)
class ContractReference:
    """Which contract a stream was planned from, and who is told when a load of it fails.

    `finops` are the contract's words with the job's over them. What follows `file` changes no load and is no part of a
    plan's digest; `confidentiality` is that of all columns.
    """

    id: str
    name: str
    version: str
    status: str
    owner: str | None
    description: str
    domain: str | None
    tags: tuple[str, ...]
    file: str
    oncall: str | None = None
    alert_channels: tuple[str, ...] = ()
    about: About = NOTHING_TOLD
    data_product: str | None = None
    confidentiality: tuple[str, ...] = ()
    finops: tuple[tuple[str, str | tuple[str, ...]], ...] = ()

    @property
    def owners(self) -> tuple[str, ...]:
        """Everybody who owns the data now, each once."""
        return self.about.owners or ((self.owner,) if self.owner else ())


@dataclass(frozen=True)
class StreamPlan:
    """One source object on its way into one table. `replace` is None unless the write mode is `delete_insert`.

    `files` are the paths of this object where a job reads several; None means all of `source.options.files`.
    `line` of the job names the object where there are several; `origin` is where the contract describes its table.
    `properties` are what the table tells other programs about itself.
    `is_shared`: other jobs append to the table, too.
    `relations` are the tables that queries of the contract may read, by each name they may call them, in lower case.
    """

    object: str
    job_key: str
    table: TableName
    description: str
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    unexecuted_rules: tuple[UnexecutedRule, ...]
    partition_by: tuple[PartitionField, ...]
    write_mode: WriteMode
    unknown_columns: UnknownColumns
    schema_policy: SchemaPolicy
    contract: ContractReference
    sort_order: tuple[SortField, ...] = ()
    metric_rules: tuple[MetricRule, ...] = ()
    replace: ReplaceScope | None = None
    properties: tuple[tuple[str, str], ...] = ()
    relations: tuple[tuple[str, TableName], ...] = ()
    files: tuple[str, ...] | None = None
    line: int | None = None
    origin: Origin | None = None
    is_shared: bool = False

    @property
    def metrics_while_reading(self) -> tuple[MetricRule, ...]:
        """The rules about all rows of a run that are counted as they are read."""
        return tuple(rule for rule in self.metric_rules if rule.is_counted_while_reading)


@dataclass(frozen=True)
class SchedulePlan:
    """When the job runs: by `cron` in `timezone`, or every `interval_seconds`; the other of the two is None.

    `cron` is as written, `resolved_cron` has numbers for its `H`. At most `max_concurrent_runs` are queued or started.
    """

    cron: str | None
    timezone: str
    enabled: bool
    tags: tuple[tuple[str, str], ...] = ()
    interval_seconds: int | None = None
    max_concurrent_runs: int = 1
    resolved_cron: str | None = None


@dataclass(frozen=True)
class RetryPlan:
    """How often a failed run is tried again: delays in seconds, `patterns` in RE2's spelling.

    `every_failure`: also errors whose class says that a retry cannot help, except broken files, broken contracts and
    lost state.
    """

    max_attempts: int = 3
    initial_delay_s: float = 5.0
    max_delay_s: float = 300.0
    multiplier: float = 2.0
    patterns: tuple[str, ...] = ()
    every_failure: bool = False


class ConfigChange(StrEnum):
    """What starts when a job's configuration has changed: a run, or a backfill of all partitions loaded before."""

    RUN = "run"
    BACKFILL = "backfill"


@dataclass(frozen=True)
class FileTriggerPlan:
    """How often a job's files are looked at, in seconds, and for how long one has not changed before it counts."""

    interval_seconds: int = 30
    settle_seconds: int = 0


@dataclass(frozen=True)
class NetworkPlan:
    """Hosts that the operator lets addresses of this job and answers of servers be on, wherever they are."""

    allowed_hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class LoggingPlan:
    """What runs say: messages of `level` and worse."""

    level: LevelName = "info"


@dataclass(frozen=True)
class TriggerPlan:
    """What starts a job besides its schedule; None: that does not."""

    config_change: ConfigChange | None = None
    files: FileTriggerPlan | None = None


@dataclass(frozen=True)
class AskedBackfillPlan:
    """Partitions to load again once: those that begin in `[since, until)`, or those of `keys`."""

    reason: str
    since: str = ""
    until: str = ""
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class CatalogPushPlan:
    """The data catalog a job tells about its tables. `not_pushed` says what it is not told; None: nothing was asked for."""

    type: str
    connection: DeclaredOptions
    database: str | None
    table_name: str | None
    metadata: bool
    lineage: bool
    not_pushed: str | None


@dataclass(frozen=True)
class IngestPlan:
    """Everything one job will do. `max_rejects` None means no budget; 0 (strict) means the first rejected row blocks.

    `not_runnable` says why a run of the job is refused: what its files ask for and this version cannot do. `mode` is the one
    its files were checked for, and that it runs in.
    """

    tenant: str
    job: str
    environment: str | None
    source: SourcePlan
    target: TargetPlan
    streams: tuple[StreamPlan, ...]
    max_rejects: int | None
    schedule: SchedulePlan | None
    file: str
    line: int
    root: str = field(compare=False)
    origins: Mapping[str, Origin] = field(compare=False, repr=False, hash=False)
    retry: RetryPlan = RetryPlan()
    triggers: TriggerPlan = TriggerPlan()
    backfills: tuple[AskedBackfillPlan, ...] = ()
    logging: LoggingPlan = LoggingPlan()
    network: NetworkPlan = NetworkPlan()
    catalog_push: CatalogPushPlan | None = None
    not_runnable: tuple[str, ...] = ()
    mode: Mode = Mode.SELF_HOSTED

    @property
    def digest(self) -> str:
        """The first 16 hex digits of a SHA-256 over what a load does; when it is started, what it says, and where values were
        written, is no part of that.
        """
        effect = {key: value for key, value in _effect(self).items() if key not in _WHEN}
        return hashlib.sha256(json.dumps(effect, sort_keys=True).encode()).hexdigest()[:16]

    def to_json(self) -> dict[str, Any]:
        """Return the plan as plain JSON values, with digest and the origin of every effective value."""
        document: dict[str, Any] = _effect(self)
        document["digest"] = self.digest
        document["origins"] = {path: asdict(origin) for path, origin in sorted(self.origins.items())}
        return document


def _effect(value: Any) -> Any:
    """Reduce a plan to the plain values that decide what happens, leaving out origins, files, the root and the mode."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _effect(getattr(value, f.name)) for f in fields(value) if f.name not in _LEFT_OUT}
    if isinstance(value, tuple):
        return [_effect(item) for item in value]
    return value.value if isinstance(value, StrEnum) else value


_PLACES = frozenset({"origin", "origins", "root", "file", "line"})
_FOR_PEOPLE = frozenset(
    {
        "about",
        "alert_channels",
        "confidentiality",
        "data_product",
        "finops",
        "is_critical",
        "made_by",
        "made_from",
        "oncall",
        "purpose",
    }
)
"""What only people read: no part of what will happen."""
_LEFT_OUT = _PLACES | _FOR_PEOPLE | {"mode"}
_WHEN = frozenset({"schedule", "retry", "triggers", "backfills", "logging", "network", "catalog_push", "not_runnable"})
"""When a job is started, and started again, how much it says, what it is kept from, and what it would tell others."""
