"""Runs checked jobs; what becomes of one never touches the others."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dativo_core.cli.failure import attempt
from dativo_core.cli.findings import finding_counts
from dativo_core.cli.result import JobResult
from dativo_core.cli.side_by_side import Stop, side_by_side
from dativo_core.errors import ConfigError, DativoError
from dativo_core.model.finding import errors
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


@dataclass(frozen=True)
class Running:
    """How jobs are run: with what, what is asked of them, who watches, how many at one time, with tracebacks or not."""

    secrets: SecretStore
    mode: str
    asked: Asked = field(default_factory=Asked)
    watch: Watch = unwatched
    at_once: int = 1
    with_tracebacks: bool = False
    stop: Stop = field(default_factory=Stop)


def run_jobs(jobs: "Sequence[JobCheck]", running: Running) -> tuple[JobResult, ...]:
    """Run every valid job and return what became of each, in their order; the others are reported with their findings."""
    return side_by_side(jobs, lambda job: _run_job(job, running), running.at_once, running.stop)


def _run_job(job: "JobCheck", running: Running) -> JobResult:
    if job.plan is None:
        error = ConfigError(f"the job was not started: {finding_counts(errors(job.findings))}")
        return JobResult(job.tenant, job.job, job.file, job.findings, error=error)
    plan = job.plan
    of_job = {"tenant_id": job.tenant, "job_name": job.job, "connector_type": plan.source.type}
    with bound(level=level_number(plan.logging.level), **of_job):
        log_event(_logger, Event.JOB_VALIDATED, f"{plan.job} is valid", file=plan.file, plan_digest=plan.digest)
        ended = attempt(lambda: _load(plan, running))
        if isinstance(ended, DativoError):
            _log_error(ended, running)
            return JobResult(job.tenant, job.job, job.file, job.findings, error=ended)
        return JobResult(job.tenant, job.job, job.file, job.findings, report=ended)


def _load(plan: "IngestPlan", running: Running) -> "RunReport":
    from dativo_core.run import Services
    from dativo_core.run.attempts import run_with_retries

    show = running.watch(plan.job)

    def progress(seen: "Progress") -> None:
        running.stop.look()
        show(seen)

    services = Services(secrets=running.secrets, mode=running.mode, progress=progress)
    with bound(run_id=services.run_id):
        log_event(_logger, Event.JOB_STARTED, f"{plan.job} started", plan_digest=plan.digest, file=plan.file)
        report = run_with_retries(plan, services, running.asked.of_job(plan), running.stop.sleep)
        if running.at_once > 1:
            # The clock of the processor is one for the whole process.
            report = replace(report, streams=tuple(replace(each, cpu_seconds=None) for each in report.streams))
        for stream in report.streams:
            if stream.error is not None:
                _log_error(stream.error, running)
        _log_finished(report)
    return report


def _log_error(error: DativoError, running: Running) -> None:
    log_event(
        _logger,
        Event.JOB_ERROR,
        error.message,
        level=logging.ERROR,
        exc_info=error if running.with_tracebacks else None,
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
            "cpu_seconds": None if stream.cpu_seconds is None else round(stream.cpu_seconds, 3),
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
