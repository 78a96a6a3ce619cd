"""A tenant's job: which asset, through which connectors, how and when."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from dativo_core.model.base import FileModel, Whole, Words
from dativo_core.model.catalog_push import CatalogPush
from dativo_core.model.connection import CatalogSetting, Credentials, Engine, Incremental, RateLimits
from dativo_core.model.finops import FinOps
from dativo_core.model.job_logging import JobLogging
from dativo_core.model.markdown_storage import MarkdownStorage
from dativo_core.model.plugins import PluginCode, Plugins
from dativo_core.model.retry import RetryConfig
from dativo_core.model.schedule_words import CONCURRENT_RUNS, CRON, INTERVAL, LONGEST_INTERVAL
from dativo_core.model.source_items import FileItem, QueryItem, SheetItem, TableItem


class Source(FileModel):
    """What a job says about its source; the recipe's settings lie below."""

    type: str | None = Field(None, description="must equal the recipe's type")
    description: str | None = Field(None, description="what is read")
    files: tuple[FileItem, ...] | None = Field(None, description="files to read")
    sheets: tuple[SheetItem, ...] | None = Field(None, description="sheets of spreadsheets to read")
    tables: tuple[TableItem, ...] | None = Field(None, description="tables of a database to read")
    queries: tuple[QueryItem, ...] | None = Field(None, description="statements of a database whose rows are read")
    removed_files: Literal["keep", "delete"] | None = Field(
        None, description="whether the rows of files that are gone stay in the table; delete needs delete_insert"
    )
    objects: Words | None = Field(None, description="names of the objects to read")
    incremental: Incremental | None = Field(None, description="how only new data is loaded")
    connection: dict[str, Any] | None = Field(None, description="connection settings, over the recipe's")
    credentials: Credentials | None = Field(None, description="how to authenticate, over the recipe's")
    engine: Engine | None = Field(None, description="engine and its settings, over the recipe's")
    rate_limits: RateLimits | None = Field(None, description="request limits, over the recipe's")
    custom_reader: PluginCode | None = Field(
        None, description="code that reads instead, as path.py:ClassName or lib.so:function; not run in this version"
    )


class Target(FileModel):
    """What a job or a contract says about its target; the recipe's settings lie below."""

    not_implemented = frozenset({"publish"})

    idle_values: ClassVar[Mapping[str, frozenset[str]]] = {"write_mode": frozenset({"merge", "scd2"})}

    type: str | None = Field(None, description="must equal the recipe's type")
    catalog: CatalogSetting | None = Field(None, description="where the table is registered")
    write_mode: Literal["append", "overwrite", "merge", "delete_insert", "scd2"] | None = Field(
        None,
        description="how rows meet the table: append adds them, overwrite replaces everything, "
        "delete_insert replaces the rows of changed files",
    )
    replace: Literal["file", "partition"] | None = Field(
        None, description="with delete_insert: the rows of changed files, or also all of each partition with new rows"
    )
    partitioning: Words | None = Field(
        None,
        description="partition fields: col, day(col), bucket(16,col), truncate(10,col) and so on; a timestamp alone means "
        "its day; `ingest_date` is added by Dativo",
    )
    sort_order: Words | None = Field(
        None,
        description="order of the rows in each file: col, `col desc` or `col desc nulls last`; by default nulls come first "
        "ascending and last descending",
    )
    parquet_target_size_mb: Whole | None = Field(None, ge=1, le=4096, description="wanted size of a data file")
    mode: Literal["strict", "merge", "relaxed", "warn"] | None = Field(None, description="how the schema may change")
    compression: Literal["zstd", "snappy", "gzip", "none"] | None = Field(None, description="of data files")
    file_format: str | None = Field(None, description="format of data files")
    shared: bool | None = Field(None, description="whether other jobs append to the same table")
    connection: dict[str, Any] | None = Field(None, description="storage settings, over the recipe's")
    credentials: Credentials | None = Field(None, description="how to authenticate, over the recipe's")
    engine: Engine | None = Field(None, description="engine and its settings, over the recipe's")
    branch: str | None = Field(
        None, min_length=1, description="branch of the catalog that is written to; not done in this version"
    )
    warehouse: str | None = Field(
        None, min_length=1, description="address below which the catalog keeps tables; not done in this version"
    )
    custom_writer: PluginCode | None = Field(
        None, description="code that writes instead, as path.py:ClassName or lib.so:function; not run in this version"
    )
    markdown_kv_storage: MarkdownStorage | None = Field(
        None, description="how Markdown documents are stored; not done in this version"
    )
    spreadsheet_id: str | None = Field(None, min_length=1, description="spreadsheet that a target of sheets writes to")
    range: str | None = Field(
        None, min_length=1, description="cells that a target of sheets writes to, such as A1:F200"
    )


class Schedule(FileModel):
    """When a job runs by itself; exactly one of `cron` and `interval_seconds` is written."""

    cron: str | None = Field(None, description=CRON)
    interval_seconds: Whole | None = Field(None, ge=1, le=LONGEST_INTERVAL, description=INTERVAL)
    enabled: bool = Field(True, description="whether the schedule starts switched on")
    timezone: str = Field("UTC", description="IANA name of the time zone the cron is meant in")
    max_concurrent_runs: Whole = Field(1, ge=1, description=CONCURRENT_RUNS)
    tags: dict[str, str] = Field(default_factory=dict, description="tags of the runs it starts")


class Partitions(FileModel):
    """Parts of the source that can be loaded again one by one; `{partition}` in a source path stands for one."""

    type: Literal["hourly", "daily", "weekly", "monthly", "static", "dynamic"] = Field(
        description="stretches of time, a list of keys, or whatever stands at `{partition}` in the paths there are"
    )
    start: str | None = Field(
        None, description="first moment of the first partition, such as 2026-01-01; its weekday begins every week"
    )
    end: str | None = Field(None, description="first moment after the last partition; by default there is no last one")
    timezone: str = Field("UTC", description="IANA name of the time zone whose days and hours are meant")
    format: str | None = Field(
        None,
        description="how paths write the first moment of a partition, such as %Y/%m/%d; by default as Dagster writes "
        "its key, %Y-%m-%d or %Y-%m-%d-%H:%M",
    )
    keys: Words | None = Field(None, description="keys of static partitions")
    include_current: bool = Field(False, description="whether the partition that has not ended yet is there already")
    partitions_per_run: Whole = Field(1, ge=1, description="how many partitions of a backfill one run loads")


class FileTrigger(FileModel):
    """How new, changed and removed files start a job."""

    interval_seconds: Whole = Field(30, ge=1, le=86_400, description="how often the files are looked at")
    enabled: bool = Field(True, description="whether files start the job")
    settle_seconds: Whole = Field(
        0, ge=0, le=86_400, description="for how long a file has not changed before it counts, while others write it"
    )


def _config_change(value: Any) -> Any:
    return ("run" if value else None) if isinstance(value, bool) else value


def _file_trigger(value: Any) -> Any:
    return {"enabled": value} if isinstance(value, bool) else value


class Triggers(FileModel):
    """What starts a job besides its schedule."""

    config_change: Annotated[
        Literal["run", "backfill"] | None,
        BeforeValidator(_config_change, json_schema_input_type=bool | Literal["run", "backfill"] | None),
    ] = Field(
        None,
        description="what starts when what the job will do has changed: true or run starts a run; backfill loads every "
        "partition again that was loaded before",
    )
    files: Annotated[
        FileTrigger | None, BeforeValidator(_file_trigger, json_schema_input_type=bool | FileTrigger | None)
    ] = Field(
        None,
        description="true, or how: new, changed and removed files start the job; with partitions, those they are of",
    )


class AskedBackfill(FileModel):
    """Partitions that are loaded again, once; the same range with the same reason is never asked for twice."""

    since: str | None = Field(None, alias="from", description="partitions that begin at this time or later")
    until: str | None = Field(None, alias="to", description="partitions that begin before this time")
    partitions: Words | None = Field(None, description="keys of partitions, instead of a range")
    reason: str | None = Field(None, description="why; the title of the backfill in Dagster")


class GovernanceOverrides(FileModel):
    """What holds for this tenant's copy of the data instead of what the contract says."""

    retention_days: Whole | None = Field(None, ge=1, description="how long rows are kept")
    owner: str | None = Field(None, min_length=1, description="who answers for the data, such as an e-mail address")


def _section(value: Any) -> Any:
    return {} if value is None else value


class Job(FileModel):
    """One file of `jobs/<tenant>/`."""

    not_implemented = frozenset(
        {
            "publish_group",
            "execution",
            "memory_limit",
        }
    )
    superseded: ClassVar[Mapping[str, str]] = {"source_overrides": "source", "target_overrides": "target"}

    tenant_id: str = Field(description="whose job this is")
    name: str | None = Field(None, min_length=1, description="name of the job; by default the file's name")
    environment: str | None = Field(None, description="such as prod or test; carried to tags")
    source_connector: str | None = Field(None, description="name of the source recipe")
    source_connector_path: str | None = Field(None, description="file of the source recipe")
    target_connector: str | None = Field(None, description="name of the target recipe")
    target_connector_path: str | None = Field(None, description="file of the target recipe")
    asset: str | None = Field(None, description="name of the contract")
    asset_path: str | None = Field(None, description="file of the contract")
    source: Annotated[Source, BeforeValidator(_section, json_schema_input_type=Source | None)] = Field(
        default_factory=Source, description="what to read"
    )
    target: Annotated[Target, BeforeValidator(_section, json_schema_input_type=Target | None)] = Field(
        default_factory=Target, description="how to write"
    )
    schema_validation_mode: Literal["strict", "warn"] = Field(
        "strict", description="strict: one bad row stops the run; warn: bad rows go to quarantine"
    )
    max_rejects: Whole | None = Field(
        None, ge=0, description="with warn, how many bad rows are still accepted; one more stops the run"
    )
    classification_overrides: dict[str, str] | None = Field(
        None, description="classification by column; `default` is that of columns without one"
    )
    governance_overrides: GovernanceOverrides | None = Field(None, description="retention and owner for this tenant")
    finops: FinOps | None = Field(None, description="cost centre and labels, over the contract's")
    schedule: Schedule | None = Field(None, description="when the job runs by itself")
    partitions: Partitions | None = Field(
        None, description="parts of the source that a backfill loads again, each in place of what it loaded before"
    )
    triggers: Triggers | None = Field(None, description="what starts the job besides its schedule")
    backfills: tuple[AskedBackfill, ...] | None = Field(
        None, description="partitions that are loaded again, each entry once"
    )
    retry_config: RetryConfig | None = Field(None, description="how often a failed run is tried again")
    logging: JobLogging | None = Field(None, description="how much the runs of the job say")
    catalog: CatalogPush | None = Field(
        None, description="data catalog that is told about the tables; nothing is pushed in this version"
    )
    plugins: Plugins | None = Field(None, description="how the code of plugins is run; none is run in this version")
