"""The plan of a job that passed every rule."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dativo_core.model.catalog_push import CatalogPush
from dativo_core.model.declared_options import DeclaredOptions
from dativo_core.model.job import Job, Partitions, Target
from dativo_core.model.job_partitions import PartitionKind
from dativo_core.model.names import TableName, job_key, table_name
from dativo_core.model.origin import Authority, Origin
from dativo_core.model.retry import RetryConfig
from dativo_core.odcs.about import About
from dativo_core.odcs.contract import Contract, SchemaObject
from dativo_core.odcs.sql_rules import relation_names
from dativo_core.plan.check import Examined, ObjectParts, Parts
from dativo_core.plan.properties import finops, table_properties
from dativo_core.plan.relations import Loader, Relations
from dativo_core.plan.schedules import plan_schedule
from dativo_core.plan.sides import SourceSide, TargetSide
from dativo_core.plan.stream_order import loading_order
from dativo_core.plan.triggers import plan_backfills, plan_triggers
from dativo_core.plan.types import (
    DEFAULT_BATCH_ROWS,
    DEFAULT_OPEN_FILES,
    CatalogPlan,
    CatalogPushPlan,
    ContractReference,
    IngestPlan,
    LoggingPlan,
    NetworkPlan,
    RemovedFiles,
    ReplaceScope,
    RetryPlan,
    SchedulePlan,
    SchemaPolicy,
    SourcePlan,
    StreamPlan,
    TargetPlan,
    UnknownColumns,
    WriteMode,
)
from dativo_core.rules.catalog_push import not_pushed
from dativo_core.rules.file_options import option_keys
from dativo_core.rules.job_partitions import job_partitions
from dativo_core.rules.layout import partition_fields, sort_fields
from dativo_core.rules.native import OPTIONS
from dativo_core.rules.rejects import reject_budget
from dativo_core.rules.retry import FAILED_RUN, delays_s, max_attempts, patterns
from dativo_core.rules.s3_connection import CREDENTIALS, connection_places
from dativo_core.rules.source_objects import files_of
from dativo_core.rules.target import file_settings
from dativo_core.workspace.document import Document, KeyPath, dotted
from dativo_core.workspace.merge import Merged

DEFAULT_DIRECTORY = ".dativo"
DEFAULT_FILE_SIZE_MB = 128
DEFAULT_COMPRESSION = "zstd"
_MEGABYTE = 1024 * 1024
_NOWHERE = Origin("", 0, Authority.DEFAULT)
_OF_STREAM = {
    "write_mode": "write_mode",
    "partition_by": "partitioning",
    "sort_order": "sort_order",
    "unknown_columns": "mode",
    "schema_policy": "mode",
}
"""The keys of the target that hold for every stream, by their name in the plan."""


def make_plan(
    tenant: str,
    name: str,
    parts: Parts,
    root: Path,
    relations: Sequence[Relations],
    not_runnable: tuple[str, ...] = (),
) -> IngestPlan:
    """Return what a job will do; `relations` are those of its objects. Its parts must have passed every rule."""
    read = [
        pointed.pointed_tables | _queried_tables(tenant, parts.contract, each.table)
        for each, pointed in zip(parts.objects, relations, strict=True)
    ]
    order = loading_order([_table(tenant, parts, each) for each in parts.objects], read)
    parts = replace(parts, objects=tuple(parts.objects[position] for position in order))
    schedule = plan_schedule(parts.job.schedule, tenant, name) if parts.job.schedule else None
    return IngestPlan(
        tenant=tenant,
        job=name,
        environment=parts.job.environment,
        source=_source(parts),
        target=_target(parts),
        streams=tuple(
            _stream(tenant, name, parts, each, relations[position])
            for each, position in zip(parts.objects, order, strict=True)
        ),
        max_rejects=reject_budget(parts.job),
        schedule=schedule,
        file=parts.document.file,
        line=parts.document.line(()),
        root=str(root),
        retry=_retry(parts.job.retry_config),
        triggers=plan_triggers(parts.job.triggers),
        backfills=plan_backfills(parts.job),
        network=NetworkPlan(parts.reachable_hosts),
        logging=LoggingPlan(parts.job.logging.level) if parts.job.logging else LoggingPlan(),
        catalog_push=_catalog_push(parts.job.catalog),
        not_runnable=not_runnable,
        mode=parts.mode,
        origins=_origins(parts, schedule),
    )


def _catalog_push(written: CatalogPush | None) -> CatalogPushPlan | None:
    if written is None:
        return None
    return CatalogPushPlan(
        type=written.type,
        connection=DeclaredOptions(settings=written.connection or {}),
        database=written.database,
        table_name=written.table_name,
        metadata=written.push_metadata,
        lineage=written.push_lineage,
        not_pushed=not_pushed(written),
    )


def _table(tenant: str, parts: Parts, read: ObjectParts) -> TableName:
    return table_name(tenant, parts.contract.domain, read.table.name)


def _source(parts: Parts) -> SourcePlan:
    recipe, source = parts.source.recipe, parts.source.source
    overwrites = _write_mode(parts.target.target) is WriteMode.OVERWRITE
    default = RemovedFiles.DELETE if overwrites else RemovedFiles.KEEP
    return SourcePlan(
        type=recipe.type,
        recipe=recipe.name,
        options=parts.source.options,
        connection=parts.source.connection,
        removed_files=RemovedFiles(source.removed_files or default),
        partitions=job_partitions(parts.job.partitions) if parts.job.partitions else None,
    )


def _target(parts: Parts) -> TargetPlan:
    target, settings, target_type = parts.target.target, parts.target.settings, parts.target.recipe.type
    options = file_settings(settings, target_type)
    sizes = (target.parquet_target_size_mb, options.get("max_file_size_mb"))
    size_mb = min((size for size in sizes if size is not None), default=DEFAULT_FILE_SIZE_MB)
    has_code = parts.target.has_code
    return TargetPlan(
        type=target_type,
        recipe=parts.target.recipe.name,
        catalog=_catalog(target) if has_code else None,
        target_file_size_bytes=size_mb * _MEGABYTE,
        compression=target.compression or options.get("compression") or DEFAULT_COMPRESSION,
        max_open_files=options.get("max_open_files") or DEFAULT_OPEN_FILES,
        batch_size_rows=options.get("batch_size_rows") or DEFAULT_BATCH_ROWS,
        declared=None if has_code else DeclaredOptions(settings=settings.data),
    )


def _catalog(target: Target) -> CatalogPlan:
    catalog = target.catalog
    return CatalogPlan(
        type=(catalog.type if catalog else None) or "local",
        directory=(catalog.directory if catalog else None) or DEFAULT_DIRECTORY,
    )


def _stream(tenant: str, name: str, parts: Parts, read: ObjectParts, relations: Relations) -> StreamPlan:
    table, contract, target = read.table, parts.contract, read.target.target
    return StreamPlan(
        object=read.name,
        job_key=job_key(tenant, name, read.name),
        table=_table(tenant, parts, read),
        description=table.description or contract.description,
        columns=table.columns,
        rules=table.rules,
        unexecuted_rules=(*table.unexecuted_rules, *relations.unexecuted),
        partition_by=partition_fields(target, table),
        metric_rules=(*table.metric_rules, *relations.rules),
        write_mode=_write_mode(target),
        unknown_columns=_unknown_columns(target),
        schema_policy=SchemaPolicy.FREEZE if target.mode == "strict" else SchemaPolicy.EVOLVE,
        contract=_reference(contract, table, parts.job),
        sort_order=sort_fields(target, table),
        replace=_replace_scope(target),
        properties=table_properties(contract, table, parts.job),
        relations=tuple(sorted({*_own_tables(tenant, contract, table), *relations.tables})),
        files=_files(parts, read.name),
        line=parts.document.line(read.place) if len(parts.objects) > 1 else None,
        origin=table.origin,
        is_shared=target.shared is True,
    )


def loaders(examined: Examined) -> tuple[Loader, ...]:
    """Return which tables a job loads, in the order of its objects; none when something a plan needs is missing."""
    parts = examined.parts
    if parts is None or examined.named is None:
        return ()
    contract, has_code = parts.contract, parts.target.has_code
    return tuple(
        Loader(
            tenant=examined.tenant,
            job=examined.name,
            file=contract.file,
            object=each.table.name,
            table=_table(examined.tenant, parts, each),
            catalog=_catalog(each.target.target) if has_code else None,
        )
        for each in parts.objects
    )


def _files(parts: Parts, read: str) -> tuple[str, ...] | None:
    if len(parts.objects) == 1 or isinstance(parts.source.options, DeclaredOptions):
        return None
    return files_of(parts.source.source, read)


def _queried_tables(tenant: str, contract: Contract, table: SchemaObject) -> frozenset[TableName]:
    """Return the tables of a contract that queries of one of them read."""
    named = dict(_own_tables(tenant, contract, table))
    queries = [rule.query for rule in table.metric_rules if rule.query is not None]
    return frozenset(named[name] for query in queries for name in query.reads)


def _own_tables(tenant: str, contract: Contract, table: SchemaObject) -> tuple[tuple[str, TableName], ...]:
    if not any(rule.query is not None for rule in table.metric_rules):
        return ()
    named = relation_names((each.name, each.source_object) for each in contract.objects)
    return tuple((name, table_name(tenant, contract.domain, other)) for name, other in sorted(named.items()))


def _write_mode(target: Target) -> WriteMode:
    return WriteMode(target.write_mode or WriteMode.APPEND)


def _replace_scope(target: Target) -> ReplaceScope | None:
    if _write_mode(target) is not WriteMode.DELETE_INSERT:
        return None
    return ReplaceScope(target.replace or ReplaceScope.FILE)


def _unknown_columns(target: Target) -> UnknownColumns:
    return UnknownColumns.DROP if target.mode in {"relaxed", "warn"} else UnknownColumns.FAIL


def _reference(contract: Contract, table: SchemaObject, job: Job) -> ContractReference:
    return ContractReference(
        id=contract.id,
        name=contract.name,
        version=contract.version,
        status=contract.status,
        owner=contract.owner,
        description=contract.description,
        domain=contract.domain,
        tags=contract.tags,
        file=contract.file,
        oncall=contract.governance.oncall,
        alert_channels=contract.governance.alert_channels,
        about=_about(contract, table),
        data_product=contract.governance.data_product,
        confidentiality=contract.governance.classification,
        finops=tuple(finops(contract, job).items()),
    )


def _about(contract: Contract, table: SchemaObject) -> About:
    """Return what is told of a table: of the promises, those about it."""
    if len(contract.objects) == 1:
        return contract.about
    names = (table.name, table.physical_name, table.source_object)
    levels = tuple(each for each in contract.about.service_levels if each.is_about(names))
    return replace(contract.about, service_levels=levels)


def _retry(written: RetryConfig | None) -> RetryPlan:
    config = written or RetryConfig()
    initial_delay_s, max_delay_s = delays_s(config)
    return RetryPlan(
        max_attempts=max_attempts(config),
        initial_delay_s=initial_delay_s,
        max_delay_s=max_delay_s,
        multiplier=config.backoff_multiplier,
        patterns=patterns(config),
        every_failure=FAILED_RUN in (config.retryable_exit_codes or ()),
    )


def _retry_origins(document: Document) -> dict[str, Origin]:
    """Return where each setting of the retries was written, in whichever spelling."""
    keys = {
        "max_attempts": ("max_attempts", "max_retries"),
        "initial_delay_s": ("initial_delay_seconds", "retry_delay_seconds"),
        "max_delay_s": ("max_delay_seconds",),
        "multiplier": ("backoff_multiplier",),
        "patterns": ("retryable_error_patterns", "retryable_errors"),
        "every_failure": ("retryable_exit_codes",),
    }
    section = "retry_config"
    return {
        f"retry.{name}": _in_job(document, *((section, key) for key in spellings)) for name, spellings in keys.items()
    }


def _origins(parts: Parts, schedule: SchedulePlan | None) -> dict[str, Origin]:
    """Return where each setting of the plan was written, by its dotted path in the plan's JSON."""
    target = parts.target.settings
    origins = {
        "tenant": _in_job(parts.document, "tenant_id"),
        "environment": _in_job(parts.document, "environment"),
        "source.type": _first(parts.source.settings, ("type",)),
        **_files_origin(parts.source),
        "source.removed_files": _first(parts.source.settings, ("removed_files",)),
        "target.type": _first(target, ("type",)),
        **_catalog_origins(parts.target),
        "target.target_file_size_bytes": _size(target),
        "target.compression": _first(target, ("compression",), (*OPTIONS, "compression")),
        "target.max_open_files": _first(target, (*OPTIONS, "max_open_files")),
        "target.batch_size_rows": _first(target, (*OPTIONS, "batch_size_rows")),
        **_stream_origins(parts),
        "max_rejects": _in_job(parts.document, "max_rejects", "schema_validation_mode"),
    }
    origins |= _option_origins(parts.source)
    origins |= _connection_origins(parts.source)
    origins |= _retry_origins(parts.document)
    origins["logging.level"] = _in_job(parts.document, ("logging", "level"))
    if parts.job.triggers is not None:
        origins |= {f"triggers.{key}": _in_job(parts.document, ("triggers", key)) for key in ("config_change", "files")}
    origins |= _push_origins(parts)
    if parts.job.partitions is not None:
        origins |= _partition_origins(parts.job.partitions, parts.document)
    if schedule is not None:
        origins |= _schedule_origins(schedule, parts.document)
    return origins


def _push_origins(parts: Parts) -> dict[str, Origin]:
    """Return where each setting of the data catalog was written; keys that a dotted path cannot name are left out."""
    push = parts.job.catalog
    if push is None:
        return {}
    keys = {"type": "type", "metadata": "push_metadata", "lineage": "push_lineage"}
    keys |= {key: key for key in ("database", "table_name") if getattr(push, key) is not None}
    origins = {f"catalog_push.{name}": _in_job(parts.document, ("catalog", key)) for name, key in keys.items()}
    for key in push.connection or {}:
        if not any(letter in str(key) for letter in ".[]"):
            place = ("catalog", "connection", key)
            origins[f"catalog_push.connection.settings.{key}"] = _in_job(parts.document, place)
    return origins


def _partition_origins(written: Partitions, document: Document) -> dict[str, Origin]:
    """Return where each key of the partitions was written; times only where they are stretches of time."""
    keys = {"kind": "type", "per_run": "partitions_per_run"}
    if PartitionKind(written.type).is_time:
        keys |= {"start": "start", "end": "end", "timezone": "timezone"}
        keys |= {"path_format": "format", "has_current": "include_current"}
    if written.keys is not None:
        keys |= {"keys": "keys"}
    return {f"source.partitions.{name}": _in_job(document, ("partitions", key)) for name, key in keys.items()}


def _schedule_origins(schedule: SchedulePlan, document: Document) -> dict[str, Origin]:
    """Return where each key of the schedule was written; a cron with `H` is shown as written and with its numbers."""
    time = "interval_seconds" if schedule.cron is None else "cron"
    keys = (time, "timezone", "enabled", "max_concurrent_runs", "tags")
    origins = {f"schedule.{key}": _in_job(document, ("schedule", key)) for key in keys}
    if schedule.resolved_cron != schedule.cron:
        origins["schedule.resolved_cron"] = origins["schedule.cron"]
    return origins


def _stream_origins(parts: Parts) -> dict[str, Origin]:
    origins: dict[str, Origin] = {}
    for index, each in enumerate(parts.objects):
        settings, stream = each.target.settings, f"streams[{index}]"
        origins |= {f"{stream}.{key}": _first(settings, (written,)) for key, written in _OF_STREAM.items()}
        if _replace_scope(each.target.target) is not None:
            origins[f"{stream}.replace"] = _first(settings, ("replace",))
        if _files(parts, each.name) is not None:
            origins[f"{stream}.files"] = _in_job(parts.document, each.place[:-1])
    return origins


def _files_origin(source: SourceSide) -> dict[str, Origin]:
    if isinstance(source.options, DeclaredOptions):
        return {}
    return {"source.options.files": _first(source.settings, ("files",))}


def _option_origins(source: SourceSide) -> dict[str, Origin]:
    if isinstance(source.options, DeclaredOptions):
        return _declared_origins("source.options", source.settings)
    return {
        f"source.options.{option}": _first(source.settings, (*OPTIONS, option))
        for option in option_keys(type(source.options))
    }


def _catalog_origins(target: TargetSide) -> dict[str, Origin]:
    if not target.has_code:
        return _declared_origins("target.declared", target.settings)
    return {f"target.catalog.{key}": _first(target.settings, ("catalog", key)) for key in ("type", "directory")}


def _declared_origins(prefix: str, settings: Merged) -> dict[str, Origin]:
    """Return where each setting of a type without code was written; keys that a dotted path cannot name are left out."""
    return {
        f"{prefix}.settings.{dotted(path)}": leaf.origin
        for path, leaf in settings.leaves.items()
        if not any(letter in str(key) for key in path for letter in ".[]")
    }


def _connection_origins(source: SourceSide) -> dict[str, Origin]:
    """Return where the connection was written; keys stand on the authority of whoever says where they are sent."""
    if source.connection is None:
        return {}
    origins = {key: source.settings.leaves[path].origin for key, path in connection_places(source.settings).items()}
    endpoint = origins.get("endpoint")
    if endpoint is not None and endpoint.authority is Authority.TENANT:
        origins |= {key: replace(origins[key], authority=Authority.TENANT) for key in CREDENTIALS if key in origins}
    return {f"source.connection.{key}": origin for key, origin in origins.items()}


def _first(settings: Merged, *paths: KeyPath) -> Origin:
    return next((origin for path in paths if (origin := settings.origin(path)) is not None), _NOWHERE)


def _size(settings: Merged) -> Origin:
    """Return the origin of the smaller of the two keys that bound a data file."""
    wanted, most = ("parquet_target_size_mb",), (*OPTIONS, "max_file_size_mb")
    sizes = {path: settings.leaves[path].value for path in (wanted, most) if path in settings.leaves}
    return settings.leaves[min(sizes, key=lambda path: sizes[path])].origin if sizes else _NOWHERE


def _in_job(document: Document, *keys: str | KeyPath) -> Origin:
    for key in keys:
        path: KeyPath = (key,) if isinstance(key, str) else key
        if path in document.places:
            return Origin(document.file, document.line(path), Authority.TENANT)
    return _NOWHERE
