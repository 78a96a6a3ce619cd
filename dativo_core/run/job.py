"""`run(plan, services)`: what the command line and Dagster both call."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from pyiceberg.table import Table

from dativo_core.errors import ConfigError
from dativo_core.failpoints import fp
from dativo_core.flow import RunReport, RunState, StreamReport
from dativo_core.lake.catalog import DATABASE, WAREHOUSE, Lake, open_lake
from dativo_core.lake.ranges import Ranges, read_ranges
from dativo_core.lake.state import read_state
from dativo_core.model.declared_options import DeclaredOptions
from dativo_core.plan.asked_partitions import require_partitions
from dativo_core.plan.run_options import RunOptions
from dativo_core.plan.types import IngestPlan, SourcePlan, StreamPlan, WriteMode
from dativo_core.rules.connectors import without_code
from dativo_core.run.landing import StreamContext
from dativo_core.run.places import boundary_of, require_own_directory
from dativo_core.run.references import references_of
from dativo_core.run.services import Services
from dativo_core.run.siblings import Siblings
from dativo_core.run.stream import run_stream
from dativo_core.secrets.required import require_secrets


def run(plan: IngestPlan, services: Services, options: RunOptions | None = None) -> RunReport:
    """Load one window of every stream of a job and report what happened to each; `options` say which, by default what is new.

    A stream's failure is in its report and does not stop the others. Raises SecretError when a reference of the plan
    cannot be resolved, TargetError when the lake cannot be opened, ConfigError for a source or target type without code
    and for options that do not fit the job.
    """
    options = options or RunOptions()
    _require_fitting(plan, options)
    fp("config.loaded")
    started_at = datetime.now(UTC)
    lake_directory = _lake_directory(plan, services)
    boundary = boundary_of(plan, services.secrets, lake_directory / DATABASE, lake_directory / WAREHOUSE)
    sources = [_resolved_source(plan, stream, services) for stream in plan.streams]
    require_secrets(plan, services.secrets, services.mode)
    reports: list[StreamReport] = []
    with _dry_lake_of(plan, services) if options.is_dry else _lake_of(plan, services) as lake:
        for stream, source in zip(plan.streams, sources, strict=True):
            context = StreamContext(
                plan,
                _asked_for(stream, options),
                source,
                references_of(plan, services.secrets, services.mode),
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
    if options.partitions:
        require_partitions(plan, options.partitions)
    replaces = options.partitions or any(_asked_for(s, options).write_mode is WriteMode.OVERWRITE for s in plan.streams)
    if options.limit is not None and replaces and not options.is_dry:
        message = "a load that replaces rows cannot be limited: rows of the files left out would be gone"
        raise ConfigError(message, hint="Leave the limit out, or make it a dry run")


def _asked_for(stream: StreamPlan, options: RunOptions) -> StreamPlan:
    return replace(stream, write_mode=WriteMode.OVERWRITE, replace=None) if options.full_refresh else stream


@dataclass(frozen=True)
class StreamState:
    """What a stream's table says has been loaded: by incremental loads, None where there was none, and by partitions."""

    stream: StreamPlan
    state: RunState | None
    ranges: Ranges


def read_states(plan: IngestPlan, services: Services) -> tuple[StreamState, ...]:
    """Return what each stream's table says has been loaded; creates nothing.

    Raises StateLost when table and state disagree, TargetError when the lake cannot be read, ConfigError for a target
    type without code.
    """
    if not (_lake_directory(plan, services) / DATABASE).exists():
        return tuple(StreamState(stream, None, Ranges()) for stream in plan.streams)
    with _lake_of(plan, services) as lake:
        return tuple(_stream_state(stream, lake.load(stream.table)) for stream in plan.streams)


def _stream_state(stream: StreamPlan, table: Table | None) -> StreamState:
    if table is None:
        return StreamState(stream, None, Ranges())
    return StreamState(stream, read_state(table, stream.job_key), read_ranges(table, stream.job_key))


def _resolved_source(plan: IngestPlan, stream: StreamPlan, services: Services) -> SourcePlan:
    """Return the source of one stream, which has that stream's files and no others."""
    options = plan.source.options
    if isinstance(options, DeclaredOptions):
        raise without_code(plan.source.type, "source")
    written = options.files if stream.files is None else stream.files
    files = tuple(_resolved(text, "source.options.files", plan, services) for text in written)
    return replace(plan.source, options=options.model_copy(update={"files": files}))


@contextmanager
def _lake_of(plan: IngestPlan, services: Services) -> Iterator[Lake]:
    with open_lake(_lake_directory(plan, services)) as lake:
        yield lake


@contextmanager
def _dry_lake_of(plan: IngestPlan, services: Services) -> Iterator[Lake]:
    """Open the lake if there is one, else one that is gone afterwards."""
    if (_lake_directory(plan, services) / DATABASE).exists():
        with _lake_of(plan, services) as lake:
            yield lake
    else:
        with (
            TemporaryDirectory(prefix="dativo-dry-", ignore_cleanup_errors=True) as directory,
            open_lake(Path(directory)) as lake,
        ):
            yield lake


def _lake_directory(plan: IngestPlan, services: Services) -> Path:
    catalog = plan.target.catalog
    if catalog is None:
        raise without_code(plan.target.type, "target")
    directory = _resolved(catalog.directory, "target.catalog.directory", plan, services)
    return require_own_directory(plan, directory)


def _resolved(text: str, key_path: str, plan: IngestPlan, services: Services) -> str:
    return references_of(plan, services.secrets, services.mode).resolve(text, key_path)
