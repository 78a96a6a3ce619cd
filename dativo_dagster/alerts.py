"""One sensor for failed runs and one for runs that work again; each tells the operator's addresses."""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

import dagster as dg

from dativo_core.errors import ConfigError
from dativo_core.model.alerts import Alert, AlertEvent
from dativo_core.model.names import dagster_job_name, op_name
from dativo_core.model.runner import Orchestrator
from dativo_core.model.web_address import send_problem
from dativo_core.plan.types import IngestPlan
from dativo_core.telemetry.redact import redact
from dativo_core.workspace.references import Reference, ReferenceKind, expand
from dativo_dagster.alert_message import MAX_ERROR_LENGTH, RunNews, is_about, message
from dativo_dagster.delivery import NotSent, send_json
from dativo_dagster.keys import stream_keys
from dativo_dagster.tags import JOB, TENANT, trigger_of

FAILURE_SENSOR = "dativo__failure_alerts"
RECOVERY_SENSOR = "dativo__recovery_alerts"
WILL_RETRY = "dagster/will_retry"
MAX_AT_ONCE = 32


class AlertsNotSent(Exception):
    """Some alerts of a run were not taken; the text names them, never their addresses."""


def build_alert_sensors(plans: Sequence[IngestPlan], orchestrator: Orchestrator | None) -> list[dg.SensorDefinition]:
    """Return the sensors that send the alerts of runner.yaml about runs of `plans`; none where there is no alert.

    A run is told once. What could not be sent is an error of the sensor's tick, and is not sent again later.
    """
    alerts = (orchestrator.alerts if orchestrator else None) or ()
    told = _Told(tuple(plans), alerts, orchestrator.webserver_url if orchestrator else None)
    sensors = []
    if any("failure" in alert.on for alert in alerts):
        sensors.append(_failure_sensor(told))
    if any("recovered" in alert.on for alert in alerts):
        sensors.append(_recovery_sensor(told))
    return sensors


@dataclass(frozen=True)
class _Told:
    """Whose runs are told to whom, and where Dagster's pages are."""

    plans: tuple[IngestPlan, ...]
    alerts: tuple[Alert, ...]
    webserver_url: str | None

    def news(
        self, event: AlertEvent, context: dg.RunStatusSensorContext, plan: IngestPlan, error: str | None = None
    ) -> RunNews:
        """Return what happened to one job of the context's run."""
        run = context.dagster_run
        record = context.instance.get_run_record_by_id(run.run_id)
        ended = record.end_time if record else None
        return RunNews(
            event=event,
            plan=plan,
            run_id=run.run_id,
            trigger=trigger_of(run.tags),
            at=datetime.fromtimestamp(ended, UTC) if ended else datetime.now(UTC),
            error=error,
            run_url=f"{self.webserver_url.rstrip('/')}/runs/{run.run_id}" if self.webserver_url else None,
        )


def _failure_sensor(told: _Told) -> dg.SensorDefinition:
    @dg.run_failure_sensor(
        name=FAILURE_SENSOR,
        description="Tells the addresses in configs/runner.yaml of every run that failed for good.",
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def tell_failures(context: dg.RunFailureSensorContext) -> None:
        # A run that Dagster starts again as a whole has not failed for good.
        if context.dagster_run.tags.get(WILL_RETRY) != "true":
            _tell(told.alerts, list(_failures(context, told)))

    return tell_failures


def _recovery_sensor(told: _Told) -> dg.SensorDefinition:
    @dg.run_status_sensor(
        run_status=dg.DagsterRunStatus.SUCCESS,
        name=RECOVERY_SENSOR,
        description="Tells the addresses in configs/runner.yaml of the first success after failures.",
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def tell_recoveries(context: dg.RunStatusSensorContext) -> None:
        run = context.dagster_run
        recovered = [plan for plan in _plans_of(run, told.plans) if _failed_before(context.instance, run, plan)]
        _tell(told.alerts, [told.news("recovered", context, plan) for plan in recovered])

    return tell_recoveries


def _failures(context: dg.RunFailureSensorContext, told: _Told) -> Iterator[RunNews]:
    """Yield the jobs that failed in a run; all of the run's when it ended outside of them, as by a crash."""
    run = context.dagster_run
    errors = {str(event.step_key): _error_text(event) for event in context.get_step_failure_events()}
    failed = [plan for plan in told.plans if op_name(plan.tenant, plan.job) in errors]
    ended = redact(context.failure_event.message or "the run ended without saying why")[:MAX_ERROR_LENGTH]
    for plan in failed or _plans_of(run, told.plans):
        error = errors.get(op_name(plan.tenant, plan.job), ended)
        yield told.news("failure", context, plan, error)


def _error_text(event: dg.DagsterEvent) -> str:
    """Return what a step's failure says to people, else the error it ended with."""
    failure = event.step_failure_data
    told = failure.user_failure_data.description if failure.user_failure_data else None
    if not told and failure.error is not None:
        told = (failure.error.cause or failure.error).message.strip()
    return redact(told or "the run ended without saying why")[:MAX_ERROR_LENGTH]


def _plans_of(run: dg.DagsterRun, plans: Iterable[IngestPlan]) -> list[IngestPlan]:
    """Return the jobs that a run is of: by its Dagster job, the assets it was asked for, or its tags."""
    asked = run.asset_selection or frozenset()
    return [
        plan
        for plan in plans
        if run.job_name == dagster_job_name(plan.tenant, plan.job)
        or not asked.isdisjoint(_asset_keys(plan))
        or (run.tags.get(TENANT), run.tags.get(JOB)) == (plan.tenant, plan.job)
    ]


def _asset_keys(plan: IngestPlan) -> set[dg.AssetKey]:
    keys = [stream_keys(plan, stream) for stream in plan.streams]
    return {key for each in keys for key in (each.table, each.quarantine)}


def _failed_before(instance: dg.DagsterInstance, run: dg.DagsterRun, plan: IngestPlan) -> bool:
    """Return whether the run of the job that ended before this one failed."""
    record = instance.get_run_record_by_id(run.run_id)
    if record is None:
        return False
    earlier = dg.RunsFilter(
        tags={TENANT: plan.tenant, JOB: plan.job},
        statuses=[dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE],
        created_before=record.create_timestamp,
    )
    found = [each for each in instance.get_run_records(earlier, limit=2) if each.dagster_run.run_id != run.run_id]
    return bool(found) and found[0].dagster_run.status is dg.DagsterRunStatus.FAILURE


def _tell(alerts: Sequence[Alert], news: Sequence[RunNews]) -> None:
    """Send all alerts side by side, so that one address that hangs delays no other. Raises AlertsNotSent."""
    wanted = [(alert, each) for each in news for alert in alerts if is_about(alert, each)]
    if not wanted:
        return
    with ThreadPoolExecutor(min(len(wanted), MAX_AT_ONCE)) as pool:
        problems = [problem for problem in pool.map(lambda each: _send(*each), wanted) if problem]
    if problems:
        text = f"{len(problems)} of {len(wanted)} alerts were not sent: {'; '.join(dict.fromkeys(problems))}"
        raise AlertsNotSent(text)


def _send(alert: Alert, news: RunNews) -> str | None:
    """Send one alert; return why it was not sent."""
    try:
        send_json(_address(alert), message(alert, news))
    except (NotSent, ConfigError) as error:
        return f"'{alert.name}': {error}"
    return None


def _address(alert: Alert) -> str:
    """Return where an alert goes; references look in the environment only, so that no tenant decides it."""
    url = expand(alert.url, _in_environment)
    problem = send_problem(url)
    if problem is not None:
        text = f"its address cannot be used: {problem}"
        raise NotSent(text)
    return url


def _in_environment(reference: Reference) -> str | None:
    return None if reference.kind is ReferenceKind.SECRET else os.environ.get(reference.name)
