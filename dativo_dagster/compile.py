"""Every job of a workspace as Dagster definitions; a broken file costs its own job, never its neighbours."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from dativo_core.model.finding import Finding, Severity, errors
from dativo_core.model.names import dagster_job_name
from dativo_core.plan.build import JobCheck, check_workspace
from dativo_core.plan.schedules import RunnerPlan
from dativo_core.plan.types import IngestPlan
from dativo_core.workspace.load import load_workspace
from dativo_dagster.alerts import build_alert_sensors
from dativo_dagster.assets import build_asset
from dativo_dagster.config_sensor import build_config_sensors
from dativo_dagster.file_sensor import build_file_sensors
from dativo_dagster.invalid import build_placeholders, build_runner_placeholder
from dativo_dagster.mode import mode_of
from dativo_dagster.resolved_job import build_asset_job
from dativo_dagster.resources import default_resources, sealed
from dativo_dagster.schedules import Starter, build_starters
from dativo_dagster.tags import run_tags
from dativo_dagster.translate import DativoTranslator
from dativo_dagster.watched import WatchedJob

if TYPE_CHECKING:
    from dativo_dagster.resolved_job import AssetJob


@dataclass(frozen=True)
class CompiledJob:
    """What Dagster gets for one valid job."""

    plan: IngestPlan
    asset: dg.AssetsDefinition
    sources: tuple[dg.AssetSpec, ...]
    job: "AssetJob"
    starters: tuple[Starter, ...]


def build_definitions(
    root: Path,
    resources: Mapping[str, Any] | None = None,
    translator: DativoTranslator | None = None,
    runner_file: Path | None = None,
) -> dg.Definitions:
    """Return the definitions of the workspace at `root`; `resources` replace the default ones by key,
    `runner_file` is read instead of `configs/runner.yaml`.

    A job with errors becomes a placeholder asset that shows them. In strict mode (`DATIVO_STRICT=1`, or under
    `dagster definitions validate`) all errors are raised at once as DagsterInvalidDefinitionError instead. Jobs are checked
    for the mode of the secrets resource; ConfigError for an unknown one.
    """
    given = {**default_resources(), **(resources or {})}
    checked = check_workspace(load_workspace(root, runner=runner_file), mode_of(given["secrets"]))
    bound = {key: sealed(resource) for key, resource in given.items()}
    runner = checked.runner
    outcomes = [_compile(check, bound, translator or DativoTranslator(), runner) for check in checked.jobs]
    compiled = [outcome for outcome in outcomes if isinstance(outcome, CompiledJob)]
    invalid = [_with_schedules(outcome, runner) for outcome in outcomes if isinstance(outcome, JobCheck)]
    starters = [starter for job in compiled for starter in job.starters]
    if _is_strict():
        _refuse({*checked.findings, *(finding for check in invalid for finding in check.findings)})
    assets = [job.asset for job in compiled]
    watched = [WatchedJob(job.plan, job.asset, job.job) for job in compiled]
    placeholders = build_placeholders(invalid, {key for asset in assets for key in asset.keys})
    return dg.Definitions(
        assets=[*assets, *_unique_sources(compiled), *placeholders, *build_runner_placeholder(runner)],
        jobs=[job.job for job in compiled],
        schedules=[each for each in starters if isinstance(each, dg.ScheduleDefinition)],
        sensors=[
            *(each for each in starters if isinstance(each, dg.SensorDefinition)),
            *build_config_sensors(watched),
            *build_file_sensors(watched),
            *build_alert_sensors([job.plan for job in compiled], runner.orchestrator),
        ],
        resources=bound,
        executor=dg.in_process_executor,
        metadata={"dativo/jobs": len(compiled), "dativo/invalid_jobs": len(invalid)},
    )


def _compile(
    check: JobCheck, resources: Mapping[str, Any], translator: DativoTranslator, runner: RunnerPlan
) -> CompiledJob | JobCheck:
    """Return what Dagster gets for a job, or why it gets nothing: its findings, or what Dagster itself refuses."""
    if check.plan is None:
        return check
    try:
        return compile_job(check.plan, resources, translator, runner)
    except dg.DagsterError as error:
        hint = "Change what the message names; the file is valid otherwise."
        finding = Finding(check.file, check.line, "", "dagster-refuses", Severity.ERROR, str(error), hint)
        return replace(check, plan=None, findings=(*check.findings, finding))


def compile_job(
    plan: IngestPlan, resources: Mapping[str, Any], translator: DativoTranslator, runner: RunnerPlan | None = None
) -> CompiledJob:
    """Return the asset, job and schedules of one plan."""
    runner = runner or RunnerPlan()
    asset = build_asset(plan, translator, [each.plan for each in runner.by_job.get(plan.file, ())])
    name, description = dagster_job_name(plan.tenant, plan.job), f"Loads what `{plan.file}` describes."
    return CompiledJob(
        plan=plan,
        asset=asset,
        sources=tuple(translator.get_source_spec(plan, stream) for stream in plan.streams),
        job=build_asset_job(name, description, asset, run_tags(plan), resources),
        starters=build_starters(plan, runner),
    )


def _with_schedules(check: JobCheck, runner: RunnerPlan) -> JobCheck:
    """Return a job that cannot run with what runner.yaml's findings say of it, so that its placeholder says it too."""
    return replace(check, findings=(*check.findings, *runner.of_job.get(check.file, ())))


def _unique_sources(compiled: Iterable[CompiledJob]) -> list[dg.AssetSpec]:
    """Several jobs may read one source object, which is one asset."""
    return list({spec.key: spec for job in compiled for spec in job.sources}.values())


def _is_strict() -> bool:
    return any(os.environ.get(name) == "1" for name in ("DATIVO_STRICT", "DAGSTER_IS_DEFS_VALIDATION_CLI"))


def _refuse(findings: Iterable[Finding]) -> None:
    stopping = sorted(errors(findings))
    if stopping:
        lines = "\n".join(f"  {finding}" for finding in stopping)
        message = f"{len(stopping)} error(s) in the workspace:\n{lines}"
        raise dg.DagsterInvalidDefinitionError(message)
