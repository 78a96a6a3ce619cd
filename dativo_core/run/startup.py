"""What happens before the first job runs, in seven steps: for one job, for a directory of jobs, and in Dagster."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from dativo_core.errors import ConfigError
from dativo_core.model.finding import Finding, errors
from dativo_core.model.job_logging import level_number
from dativo_core.plan.build import Checked, JobCheck
from dativo_core.plan.logged import log_findings
from dativo_core.plan.tenant import only_tenant
from dativo_core.plan.types import IngestPlan
from dativo_core.run.services import Services
from dativo_core.run.surroundings import Warned, prepare_surroundings
from dativo_core.telemetry.events import Event
from dativo_core.telemetry.log import bound, log_event

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Started:
    """The jobs of one tenant, in order, those without a plan among them; and what start-up warned of."""

    jobs: tuple[JobCheck, ...]
    findings: tuple[Finding, ...]
    warnings: tuple[Warned, ...]
    runs_per_tenant: int | None


@contextmanager
def startup_sequence(
    load: Callable[[], Checked], services: Services, *, tenant_id: str | None = None, creates: bool = True
) -> Iterator[Started]:
    """Take the seven steps, then give the jobs; what is logged inside carries their tenant.

    1 load jobs, infer or check the tenant; 2 log with it; 3 load secrets; 4 check environment references; 5 check
    infrastructure; 6 make the state and prove it writable, unless `creates` is false; 7 report jobs that are not valid.
    Steps 3 to 6 are about the jobs that can be run, and warn. Raises ConfigError when there is no job, or not the one tenant
    that was asked for.
    """
    began = time.monotonic()
    checked, tenant = _load_jobs(load, tenant_id)
    with bound(tenant_id=tenant):
        _tell_tenant(tenant, is_asked_for=tenant_id is not None)
        log_findings(checked.of_no_job, Event.JOBS_LOAD_ERROR)
        log_event(_logger, Event.STARTUP_BEGIN, "startup", job_count=len(checked.jobs), mode=services.mode)
        plans = [job.plan for job in checked.jobs if job.plan is not None and not job.plan.not_runnable]
        warnings = prepare_surroundings(plans, services, creates=creates)
        _tell_jobs(checked.jobs)
        log_event(
            _logger,
            Event.STARTUP_COMPLETE,
            f"{len(plans)} of {len(checked.jobs)} jobs can run",
            job_count=len(plans),
            warning_count=len(warnings),
            seconds=round(time.monotonic() - began, 3),
        )
        yield Started(checked.jobs, checked.of_no_job, warnings, checked.runs_per_tenant)


def _load_jobs(load: Callable[[], Checked], tenant_id: str | None) -> tuple[Checked, str]:
    checked = load()
    try:
        if not checked.jobs:
            message = "there is no job to run"
            raise ConfigError(message, hint="\n".join(map(str, errors(checked.findings))))
        return checked, only_tenant(checked.jobs, tenant_id)
    except ConfigError as error:
        log_event(_logger, Event.JOBS_LOAD_ERROR, error.message, level=logging.ERROR, hint=error.hint)
        raise


def _tell_tenant(tenant: str, *, is_asked_for: bool) -> None:
    if is_asked_for:
        log_event(_logger, Event.TENANT_OVERRIDE, f"the tenant is {tenant}, as asked for")
    else:
        log_event(_logger, Event.TENANT_INFERRED, f"the tenant is {tenant}")


def _tell_jobs(jobs: Sequence[JobCheck]) -> None:
    """Log what is wrong with each job that is not valid, and the contracts of the others."""
    for job in jobs:
        if job.plan is None:
            with bound(job_name=job.job):
                log_findings(job.findings, Event.JOB_VALIDATION_ERROR)
        else:
            with bound(job_name=job.job, level=level_number(job.plan.logging.level)):
                _tell_contracts(job.plan)


def _tell_contracts(plan: IngestPlan) -> None:
    for contract in dict.fromkeys(stream.contract for stream in plan.streams):
        log_event(
            _logger,
            Event.ASSET_LOADED,
            f"the contract {contract.name} {contract.version} is loaded",
            contract_id=contract.id,
            version=contract.version,
            status=contract.status,
            file=contract.file,
        )
