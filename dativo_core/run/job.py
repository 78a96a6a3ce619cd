"""`run(plan, services)`: what the command line and Dagster both call."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from dativo_core.errors import ConfigError
from dativo_core.failpoints import fp
from dativo_core.flow import RunReport, StreamReport
from dativo_core.lake.catalog import Lake, open_lake
from dativo_core.lake.places import DATABASE, WAREHOUSE
from dativo_core.places import boundary_of, require_own_directory
from dativo_core.plan.asked_partitions import require_partitions
from dativo_core.plan.run_options import RunOptions
from dativo_core.plan.types import IngestPlan, StreamPlan, WriteMode
from dativo_core.rules.connectors import without_code
from dativo_core.rules.run_later import refusal
from dativo_core.run.landing import StreamContext
from dativo_core.run.services import Services
from dativo_core.run.siblings import Siblings
from dativo_core.run.stream import run_stream
from dativo_core.secrets.references import references_of
from dativo_core.secrets.required import require_secrets
from dativo_core.sources.boundary import Boundary
from dativo_core.sources.load import resolved_source


def run(plan: IngestPlan, services: Services, options: RunOptions | None = None) -> RunReport:
    """Load one window of every stream of a job and report what happened to each; `options` say which, by default what is new.

    A stream's failure is in its report and does not stop the others. Raises SecretError when a reference of the plan
    cannot be resolved, TargetError when the lake cannot be opened, ConfigError for a job that asks for what this
    version cannot do and for options that do not fit the job.
    """
    options = options or RunOptions()
    if plan.not_runnable:
        raise refusal(plan.not_runnable)
    _require_fitting(plan, options)
    fp("config.loaded")
    started_at = datetime.now(UTC)
    boundary = source_boundary(plan, services)
    references = references_of(plan, services.secrets, services.mode)
    sources = [resolved_source(plan.source, stream, references) for stream in plan.streams]
    require_secrets(plan, services.secrets, services.mode)
    reports: list[StreamReport] = []
    with dry_lake_of(plan, services) if options.is_dry else lake_of(plan, services) as lake:
        for stream, source in zip(plan.streams, sources, strict=True):
            context = StreamContext(
                plan,
                _asked_for(stream, options),
                source,
                references,
                lake,
                boundary,
                services.run_id,
                started_at,
                services.progress,
                options,
                _siblings(plan, reports),
            )
            reports.append(run_stream(context))
    fp("report.before")
    report = RunReport(
        plan.tenant, plan.job, services.run_id, plan.digest, started_at, datetime.now(UTC), tuple(reports)
    )
    fp("report.after")
    return report


def _siblings(plan: IngestPlan, reports: Sequence[StreamReport]) -> Siblings:
    later = frozenset(stream.table for stream in plan.streams[len(reports) + 1 :])
    return Siblings(plan.job, {report.table: report for report in reports}, later)


def _require_fitting(plan: IngestPlan, options: RunOptions) -> None:
    """Raise ConfigError where a job cannot be run as asked."""
    if options.partitions and options.full_refresh:
        message = "a full refresh replaces the table, so it cannot be of some partitions"
        raise ConfigError(message, hint="Ask for one of them")
    shared = next((stream for stream in plan.streams if stream.is_shared), None)
    if options.full_refresh and shared is not None:
        message = f"a full refresh replaces the table, and other jobs load {shared.table}, too"
        raise ConfigError(message, hint="Ask for what is new, or give the job a table of its own")
    if options.partitions:
        require_partitions(plan, options.partitions)
    replaces = options.partitions or any(_asked_for(s, options).write_mode is WriteMode.OVERWRITE for s in plan.streams)
    if options.limit is not None and replaces and not options.is_dry:
        message = "a load that replaces rows cannot be limited: rows of the files left out would be gone"
        raise ConfigError(message, hint="Leave the limit out, or make it a dry run")


def _asked_for(stream: StreamPlan, options: RunOptions) -> StreamPlan:
    return replace(stream, write_mode=WriteMode.OVERWRITE, replace=None) if options.full_refresh else stream


@contextmanager
def lake_of(plan: IngestPlan, services: Services) -> Iterator[Lake]:
    """Open the lake of a plan, creating it on first use. Raises TargetError, SecretError, ConfigError without code."""
    with open_lake(lake_directory(plan, services)) as lake:
        yield lake


@contextmanager
def dry_lake_of(plan: IngestPlan, services: Services) -> Iterator[Lake]:
    """Open the lake if there is one, else one that is gone afterwards."""
    if (lake_directory(plan, services) / DATABASE).exists():
        with lake_of(plan, services) as lake:
            yield lake
    else:
        with (
            TemporaryDirectory(prefix="dativo-dry-", ignore_cleanup_errors=True) as directory,
            open_lake(Path(directory)) as lake,
        ):
            yield lake


def source_boundary(plan: IngestPlan, services: Services) -> Boundary:
    """Return what the source of a job keeps to: it reads no table as if it were a file. Raises as `lake_directory` does."""
    directory = lake_directory(plan, services)
    return boundary_of(plan, services.secrets, directory / DATABASE, directory / WAREHOUSE)


def lake_directory(plan: IngestPlan, services: Services) -> Path:
    """Return the directory of the catalog a job loads into; raises ConfigError for a target type without code.

    Raises SecretError when a reference in it has no value.
    """
    catalog = plan.target.catalog
    if catalog is None and plan.not_runnable:
        raise refusal(plan.not_runnable)
    if catalog is None:
        raise without_code(plan.target.type, "target")
    references = references_of(plan, services.secrets, services.mode)
    return require_own_directory(plan, references, references.resolve(catalog.directory, "target.catalog.directory"))
