"""Runs checked jobs one after another; what becomes of one never touches the others."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dativo_core.cli.failure import attempt, debugging
from dativo_core.cli.findings import finding_counts
from dativo_core.cli.result import JobResult
from dativo_core.errors import ConfigError, DativoError
from dativo_core.model.finding import Finding, errors
from dativo_core.model.job_logging import level_number
from dativo_core.secrets.base import SecretStore
from dativo_core.telemetry.events import Event
from dativo_core.telemetry.log import bound, log_event

if TYPE_CHECKING:
    from dativo_core.flow import Progress, RunReport
    from dativo_core.plan.build import JobCheck
    from dativo_core.plan.run_options import RunOptions
    from dativo_core.plan.types import IngestPlan

Watch = Callable[[str], Callable[["Progress"], None]]
"""Given a job's name, returns what is told how far its streams have come."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asked:
    """What a command line asks for beside what is new; `since` and `until` are texts, empty where nothing is asked."""

    partitions: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    full_refresh: bool = False
    limit: int | None = None
    is_dry: bool = False

    def of_job(self, plan: "IngestPlan") -> "RunOptions":
        """Return what is asked of one job. Raises ConfigError where it has no such partitions."""
        from dativo_core.plan.asked_partitions import partitions_between
        from dativo_core.plan.run_options import RunOptions

        partitions = self.partitions
        if self.since or self.until:
            partitions = partitions_between(plan, self.since, self.until, datetime.now(UTC))
        return RunOptions(partitions, self.full_refresh, self.limit, self.is_dry)


def unwatched(_job: str) -> Callable[["Progress"], None]:
    """Show no progress."""
    return lambda _progress: None


def run_jobs(
    jobs: "Sequence[JobCheck]", store: SecretStore, mode: str, watch: Watch, asked: Asked
) -> tuple[JobResult, ...]:
    """Run every valid job, in order; the others are reported with their findings."""
    return tuple(_run_job(job, store, mode, watch, asked) for job in jobs)


def log_findings(findings: Sequence[Finding], event: Event) -> None:
    """Log each error among `findings` with its place."""
    for finding in errors(findings):
        place = f"{finding.file}:{finding.line}"
        log_event(
            _logger, event, str(finding), level=logging.ERROR, place=place, key_path=finding.key_path, code=finding.code
        )


def _run_job(job: "JobCheck", store: SecretStore, mode: str, watch: Watch, asked: Asked) -> JobResult:
    with bound(tenant_id=job.tenant, job_name=job.job):
        if job.plan is None:
            log_findings(job.findings, Event.JOB_VALIDATION_ERROR)
            error = ConfigError(f"the job was not started: {finding_counts(errors(job.findings))}")
            return JobResult(job.tenant, job.job, job.file, job.findings, error=error)
        plan = job.plan
        return _result(job, plan, store, mode, watch, asked)


def _result(
    job: "JobCheck", plan: "IngestPlan", store: SecretStore, mode: str, watch: Watch, asked: Asked
) -> JobResult:
    with bound(level=level_number(plan.logging.level), connector_type=plan.source.type):
        log_event(_logger, Event.JOB_VALIDATED, f"{plan.job} is valid", file=plan.file, plan_digest=plan.digest)
        ended = attempt(lambda: _load(plan, store, mode, watch(job.job), asked))
        if isinstance(ended, DativoError):
            _log_error(ended)
            return JobResult(job.tenant, job.job, job.file, job.findings, error=ended)
        return JobResult(job.tenant, job.job, job.file, job.findings, report=ended)


def _load(
    plan: "IngestPlan", store: SecretStore, mode: str, progress: Callable[["Progress"], None], asked: Asked
) -> "RunReport":
    from dativo_core.run import Services
    from dativo_core.run.attempts import run_with_retries

    services = Services(secrets=store, mode=mode, progress=progress)
    with bound(run_id=services.run_id):
        log_event(_logger, Event.JOB_STARTED, f"{plan.job} started", plan_digest=plan.digest, file=plan.file)
        report = run_with_retries(plan, services, asked.of_job(plan))
        for stream in report.streams:
            if stream.error is not None:
                _log_error(stream.error)
        _log_finished(report)
    return report


def _log_error(error: DativoError) -> None:
    log_event(
        _logger,
        Event.JOB_ERROR,
        error.message,
        level=logging.ERROR,
        exc_info=error if debugging() else None,
        error_type=type(error).__name__,
        hint=error.hint,
        retryable=error.retryable,
        context=error.context,
    )


def _log_finished(report: "RunReport") -> None:
    """Log the one line a support person asks for."""
    streams = [
        {
            "table": str(stream.table),
            "outcome": stream.outcome.value,
            "rows_read": stream.counts.read,
            "rows_written": stream.counts.written,
            "rows_quarantined": stream.counts.quarantined,
            "files": stream.files,
            "size_bytes": stream.size_bytes,
            "bytes_read": stream.bytes_read,
            "cpu_seconds": round(stream.cpu_seconds, 3),
            "snapshot_id": stream.commit.snapshot_id if stream.commit else None,
        }
        for stream in report.streams
    ]
    log_event(
        _logger,
        Event.JOB_FINISHED,
        f"{report.job} finished",
        exit_code=report.exit_code,
        seconds=round((report.finished_at - report.started_at).total_seconds(), 3),
        plan_digest=report.plan_digest,
        streams=streams,
    )
