"""`dativo check`: whether everything that jobs depend on would work now."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dativo_core.cli.failure import FAILURE, debug_option, is_coloured, json_option
from dativo_core.cli.findings import finding_lines
from dativo_core.cli.jobs import check_jobs, root_option, secrets_options
from dativo_core.cli.log_lines import log_lines
from dativo_core.cli.report import json_text
from dativo_core.errors import ConfigError
from dativo_core.model.finding import errors
from dativo_core.plan.logged import log_findings
from dativo_core.plan.tenant import only_tenant
from dativo_core.secrets.base import SecretStore
from dativo_core.secrets.load import open_store
from dativo_core.telemetry.events import Event
from dativo_core.telemetry.log import bound, log_event
from dativo_core.workspace.root import find_root

if TYPE_CHECKING:
    from dativo_core.health import ProbeResult
    from dativo_core.plan.build import Checked, JobCheck

_logger = logging.getLogger(__name__)


@click.command(epilog="Example: dativo check --config jobs/acme/orders.yaml --secrets-dir /secrets")
@click.option("--config", type=click.Path(path_type=Path), help="One job file.")
@click.option("--job-dir", type=click.Path(path_type=Path), help="A directory with the jobs of one tenant.")
@secrets_options
@click.option("--tenant-id", help="Refuse to check when a job belongs to another tenant.")
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0.1, max=600),
    default=10.0,
    show_default=True,
    help="Seconds that each place is waited for; all are asked at the same time.",
)
@click.option("--verbose", is_flag=True, help="Show how long each place took, and which jobs depend on it.")
@root_option
@json_option("Print what each place answered as JSON, by job and part.")
@debug_option
@click.pass_context
def check(
    context: click.Context,
    config: Path | None,
    job_dir: Path | None,
    secrets_dir: Path | None,
    secret_manager: str | None,
    secret_manager_config: str | None,
    mode: str,
    tenant_id: str | None,
    time_limit: float,
    verbose: bool,
    root: Path | None,
    as_json: bool,
) -> None:
    """Ask everything that one job (--config) or the jobs in a directory (--job-dir) depend on whether it would work.

    Source, target, catalog, secrets and clock, by the job's own settings; nothing is loaded. Exits with 2 when anything
    failed, with 0 otherwise, also after warnings.
    """
    given = [path for path in (config, job_dir) if path is not None]
    if len(given) != 1:
        message = "give either --config or --job-dir"
        raise click.UsageError(message)
    checked = check_jobs(find_root(root), given, mode)
    if not checked.jobs:
        message = f"there is no job to check in {given[0]}"
        raise ConfigError(message, hint="\n".join(finding_lines(checked.findings)))
    tenant = only_tenant(checked.jobs, tenant_id)
    store = open_store(secrets_dir, secret_manager, secret_manager_config, mode)
    with log_lines(), bound(tenant_id=tenant):
        results, code = _checked(checked, store, mode, time_limit)
    if as_json:
        _echo_json(checked, results, code, is_one=config is not None)
    else:
        _echo(checked, results, is_verbose=verbose)
    context.exit(code)


def _checked(
    checked: "Checked", store: SecretStore, mode: str, time_limit_s: float
) -> "tuple[tuple[ProbeResult, ...], int]":
    """Ask, and log what was said; the exit code counts files that are wrong, too."""
    from dativo_core.cli.probe_report import probes_exit_code
    from dativo_core.health import check_infrastructure
    from dativo_core.health.events import log_results
    from dativo_core.health.result import Asker

    log_event(_logger, Event.CHECK_STARTED, "check", job_count=len(checked.jobs), mode=mode)
    log_findings(checked.findings, Event.JOB_VALIDATION_ERROR)
    plans = [job.plan for job in checked.jobs if job.plan is not None]
    results = check_infrastructure(plans, Asker(store, mode), time_limit_s=time_limit_s)
    log_results(results)
    code = FAILURE if errors(checked.findings) else probes_exit_code(results)
    if code:
        log_event(_logger, Event.CHECK_FAILED, "check failed", level=logging.ERROR, exit_code=code)
    else:
        log_event(_logger, Event.CHECK_COMPLETE, "check complete", exit_code=code)
    return results, code


def _echo(checked: "Checked", results: "Sequence[ProbeResult]", *, is_verbose: bool) -> None:
    from dativo_core.cli.probe_report import probe_lines

    for line in finding_lines(errors(checked.findings)):
        click.echo(line)
    for line in probe_lines(results, is_verbose=is_verbose):
        click.echo(line, color=is_coloured())


def _echo_json(checked: "Checked", results: "Sequence[ProbeResult]", code: int, *, is_one: bool) -> None:
    jobs = [_job_document(job, results) for job in checked.jobs]
    if is_one and len(jobs) == 1:
        click.echo(json_text({"exit_code": code, **jobs[0], "findings": checked.findings}))
        return
    click.echo(json_text({"exit_code": code, "jobs": jobs, "findings": checked.of_no_job}))


def _job_document(job: "JobCheck", results: "Sequence[ProbeResult]") -> dict[str, object]:
    from dativo_core.cli.probe_report import part_documents

    own = [result for result in results if result.tenant == job.tenant and job.job in result.jobs]
    return {"tenant": job.tenant, "job": job.job, "file": job.file, **part_documents(own)}
