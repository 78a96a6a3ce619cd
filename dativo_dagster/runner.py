"""Running a plan inside an op: what was selected, the run itself, its events, and its failure as Dagster knows it."""

import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import dagster as dg

from dativo_core.errors import DativoError
from dativo_core.flow import Progress, StreamOutcome, StreamReport
from dativo_core.model.job_logging import level_number
from dativo_core.plan.build import checked_plan
from dativo_core.plan.types import IngestPlan, StreamPlan
from dativo_core.run import Services, run
from dativo_core.run.startup import startup_sequence
from dativo_core.run.surroundings import Warned
from dativo_core.telemetry.events import Event
from dativo_core.telemetry.log import bound, json_handler, log_event, logging_to
from dativo_core.telemetry.redact import redact
from dativo_dagster.assets import IngestEvent
from dativo_dagster.check_report import check_results
from dativo_dagster.checks import check_specs
from dativo_dagster.diagnosis import diagnose
from dativo_dagster.keys import StreamKeys, stream_keys
from dativo_dagster.launch import LaunchConfig, run_options
from dativo_dagster.recovered import recovered_materializations
from dativo_dagster.report import failure, materialize_results, row_numbers, run_metadata, unpublished_metadata
from dativo_dagster.retry import failed_try
from dativo_dagster.tags import PARTIAL, SUPERSEDED_BY, TRIGGER, run_tags, trigger_of

PROGRESS_INTERVAL_S = 10.0

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Landed:
    """A stream that was run, with its report."""

    stream: StreamPlan
    keys: StreamKeys
    report: StreamReport


def run_job(context: dg.AssetExecutionContext, plan: IngestPlan, config: LaunchConfig) -> Iterator[IngestEvent]:
    """Load the selected streams of a job, as `config` asks, and yield what landed and how its checks went.

    Raises dagster.Failure, after all events, when a stream failed, RetryRequested when another try can help.
    """
    chosen = _selected_streams(context, plan)
    _add_missing_run_tags(context, plan, config)
    say, warn = _heard(context.log.info, plan), _heard(context.log.warning, plan, logging.WARNING)
    say(f"{Event.JOB_STARTED} tenant={plan.tenant} job={plan.job} plan={plan.digest}")
    services = _services(context, plan, say)
    with _logged(context, plan):
        text = "a run of Dagster executes the job"
        log_event(_logger, Event.JOB_RUNNING, text, plan_digest=plan.digest, attempt=context.retry_number + 1)
        landed = _run(context, plan, chosen, config, services)
    for each in landed:
        say(_summary(each.report))
        for warning in each.report.warnings:
            warn(warning)
        yield from _events(context, plan, each)
    _tag_superseded(context, [each.report for each in landed])
    failed = [each.report for each in landed if each.report.outcome is StreamOutcome.FAILED]
    if failed:
        errors = [report.error for report in failed if report.error is not None]
        diagnose(context, plan, services, errors)
        raise failed_try(context, plan, errors, failure(plan, failed))


@contextmanager
def _logged(context: dg.AssetExecutionContext, plan: IngestPlan) -> Iterator[None]:
    """Write what happens while a plan runs as lines of JSON on stderr, where Dagster keeps it with the run."""
    level = level_number(plan.logging.level)
    fields = {"tenant_id": plan.tenant, "job_name": plan.job, "run_id": context.run.run_id}
    with logging_to(json_handler(sys.stderr)), bound(level=level, connector_type=plan.source.type, **fields):
        yield


def _heard(log: Callable[[str], None], plan: IngestPlan, level: int = logging.INFO) -> Callable[[str], None]:
    """Return what puts a text without secrets into Dagster's log of the run, where the job's level lets it through."""
    is_heard = level_number(plan.logging.level) <= level
    return lambda text: log(redact(text)) if is_heard else None


def _selected_streams(context: dg.AssetExecutionContext, plan: IngestPlan) -> tuple[StreamPlan, ...]:
    """Return the streams whose table or quarantine table is selected; one load fills both."""
    chosen = tuple(stream for stream in plan.streams if _is_selected(context, stream_keys(plan, stream)))
    if not chosen:
        text = "These checks are evaluated while rows are loaded. Materialize the asset to evaluate them."
        raise dg.Failure(text, allow_retries=False)
    return chosen


def _is_selected(context: dg.AssetExecutionContext, keys: StreamKeys) -> bool:
    return not context.selected_asset_keys.isdisjoint({keys.table, keys.quarantine})


def _add_missing_run_tags(context: dg.AssetExecutionContext, plan: IngestPlan, config: LaunchConfig) -> None:
    """Runs launched from an asset page do not carry the tags of the job, and only the run knows what it was asked for."""
    wanted = {**run_tags(plan), TRIGGER: trigger_of(context.run.tags)}
    if config.is_partial or _partition_keys(context):
        wanted[PARTIAL] = "true"
    missing = {key: value for key, value in wanted.items() if key not in context.run.tags}
    if missing:
        context.instance.add_run_tags(context.run.run_id, missing)


def _run(
    context: dg.AssetExecutionContext,
    plan: IngestPlan,
    chosen: tuple[StreamPlan, ...],
    config: LaunchConfig,
    services: Services,
) -> tuple[_Landed, ...]:
    try:
        asked = replace(plan, streams=chosen)
        options = run_options(config, plan, _partition_keys(context))
        with startup_sequence(lambda: checked_plan(asked), services, creates=not options.is_dry) as started:
            _warn(context, plan, started.warnings)
            report = run(asked, services, options)
    except DativoError as error:
        diagnose(context, plan, services, [error])
        ended = failed_try(context, plan, [error], dg.Failure(redact(str(error)), allow_retries=False))
        raise ended from ended.__cause__
    return tuple(
        _Landed(stream, stream_keys(plan, stream), result)
        for stream, result in zip(chosen, report.streams, strict=True)
    )


def _warn(context: dg.AssetExecutionContext, plan: IngestPlan, warnings: Iterable[Warned]) -> None:
    """Put what start-up warns of into Dagster's log of the run, where the job's level lets it through."""
    if level_number(plan.logging.level) <= logging.WARNING:
        for warning in warnings:
            context.log.warning(redact(f"{warning.event} {warning.text}"))


def _services(context: dg.AssetExecutionContext, plan: IngestPlan, say: Callable[[str], None]) -> Services:
    """Return the surroundings of a run; fails it where its secrets have no place."""
    secrets = context.resources.secrets
    try:
        store = secrets.store()
    except DativoError as error:
        ended = failed_try(context, plan, [error], dg.Failure(redact(str(error)), allow_retries=False))
        raise ended from ended.__cause__
    return Services(store, secrets.mode, run_id=context.run.run_id, progress=_logged_progress(say))


def _partition_keys(context: dg.AssetExecutionContext) -> tuple[str, ...]:
    """Return the partitions a run is of; a run of a partitioned job without any loads what is new."""
    is_partitioned = context.has_partition_key or context.has_partition_key_range
    return tuple(context.partition_keys) if is_partitioned else ()


def _logged_progress(log: Callable[[str], None]) -> Callable[[Progress], None]:
    """Return a listener that logs one line per interval, because every line is a write to Dagster's database."""
    last = time.monotonic()

    def show(progress: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= PROGRESS_INTERVAL_S:
            last = now
            log(
                f"{Event.BATCH_EXTRACTED} object={progress.object} rows={progress.rows_read} "
                f"bytes={progress.bytes_read} of={progress.bytes_total}"
            )

    return show


def _summary(report: StreamReport) -> str:
    event = Event.JOB_ERROR if report.outcome is StreamOutcome.FAILED else Event.JOB_FINISHED
    rows = " ".join(f"{name}={number}" for name, number in row_numbers(report).items())
    winner = _winner(report)
    return f"{event} table={report.table} outcome={report.outcome} {rows}{f' superseded_by={winner}' if winner else ''}"


def _winner(report: StreamReport) -> str | None:
    """Return the id of the run that took this one's window."""
    if report.outcome is not StreamOutcome.SUPERSEDED or report.commit is None:
        return None
    return report.commit.state.run_id


def _tag_superseded(context: dg.AssetExecutionContext, reports: Iterable[StreamReport]) -> None:
    winners = dict.fromkeys(winner for report in reports if (winner := _winner(report)))
    if winners:
        context.instance.add_run_tags(context.run.run_id, {SUPERSEDED_BY: ", ".join(winners)})


def _events(context: dg.AssetExecutionContext, plan: IngestPlan, landed: _Landed) -> Iterator[IngestEvent]:
    """Yield a stream's materialisations and check results; none when the run found nothing new or lost to another."""
    report = landed.report
    if report.outcome is StreamOutcome.CHECKED:
        text = "What a dry run read and checked; nothing was published."
        metadata = unpublished_metadata(plan, report)
        yield dg.AssetObservation(landed.keys.table, description=text, metadata=metadata)
        return
    is_of_partitions = report.window is not None and bool(report.window.partitions)
    if report.outcome is StreamOutcome.NOTHING_NEW and is_of_partitions:
        # A partition without a row is loaded all the same; left out, it would be missing for ever.
        empty = dg.MaterializeResult[None](asset_key=landed.keys.table, metadata=run_metadata(plan, report))
        yield from _recorded(context, [empty])
        return
    yield from recovered_materializations(context.instance, report, landed.keys)
    if report.outcome in {StreamOutcome.NOTHING_NEW, StreamOutcome.SUPERSEDED}:
        return
    yield from _recorded(context, materialize_results(plan, landed.stream, landed.report, landed.keys))
    specs = {spec.key: spec for spec in check_specs(landed.stream, landed.keys.table)}
    for check in check_results(landed.report, landed.stream, landed.keys.table, {spec.name for spec in specs.values()}):
        key = _key_of(check)
        if key not in context.selected_asset_check_keys or _is_outside_partitions(context):
            # Dagster takes a check result only where it planned one, and looks for its partition.
            yield _as_evaluation(check, specs[key])
        else:
            yield check


def _recorded(
    context: dg.AssetExecutionContext, results: Iterable[dg.MaterializeResult[None]]
) -> Iterator[dg.MaterializeResult[None] | dg.AssetMaterialization]:
    """Yield the results of selected assets, and events of the others: a load fills both tables, whichever is asked for."""
    for result in results:
        if result.asset_key in context.selected_asset_keys:
            yield result
        else:
            yield from (_as_event(result, partition) for partition in _partition_keys(context) or (None,))


def _is_outside_partitions(context: dg.AssetExecutionContext) -> bool:
    """Whether a job with partitions runs without one, to load what is new."""
    return context.assets_def.partitions_def is not None and not _partition_keys(context)


def _key_of(result: dg.AssetCheckResult) -> dg.AssetCheckKey:
    assert result.asset_key is not None
    assert result.check_name is not None
    return dg.AssetCheckKey(result.asset_key, result.check_name)


def _as_evaluation(result: dg.AssetCheckResult, spec: dg.AssetCheckSpec) -> dg.AssetCheckEvaluation:
    return dg.AssetCheckEvaluation(
        asset_key=spec.asset_key,
        check_name=spec.name,
        passed=result.passed,
        metadata=result.metadata,
        severity=result.severity,
        description=result.description,
        blocking=spec.blocking,
    )


def _as_event(result: dg.MaterializeResult[None], partition: str | None) -> dg.AssetMaterialization:
    assert result.asset_key is not None
    return dg.AssetMaterialization(result.asset_key, metadata=result.metadata, partition=partition)
