"""What an alert says: one JSON object for a webhook, one text for Slack. Names of keys are kept for good."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dativo_core.model.alerts import Alert, AlertEvent
from dativo_core.plan.types import ContractReference, IngestPlan

VERSION = 1
MAX_ERROR_LENGTH = 1024


@dataclass(frozen=True)
class RunNews:
    """What happened to one job in a run: `error` is redacted text, `run_url` the page of the run where that is known."""

    event: AlertEvent
    plan: IngestPlan
    run_id: str
    trigger: str
    at: datetime
    error: str | None = None
    run_url: str | None = None


def is_about(alert: Alert, news: RunNews) -> bool:
    """Return whether the operator wants this alert for this news."""
    plan = news.plan
    return (
        news.event in alert.on
        and (alert.tenants is None or plan.tenant in alert.tenants)
        and (alert.environments is None or plan.environment in alert.environments)
    )


def message(alert: Alert, news: RunNews) -> dict[str, Any]:
    """Return what is posted, as the alert's type says."""
    return {"text": "\n".join(_lines(news))} if alert.type == "slack" else _facts(alert, news)


def _facts(alert: Alert, news: RunNews) -> dict[str, Any]:
    plan = news.plan
    return {
        "version": VERSION,
        "event": news.event,
        "alert": alert.name,
        "tenant": plan.tenant,
        "job": plan.job,
        "environment": plan.environment,
        "run_id": news.run_id,
        "run_url": news.run_url,
        "trigger": news.trigger,
        "error": news.error,
        "at": news.at.isoformat(),
        "contracts": [_contract(each) for each in _contracts(plan)],
    }


def _contract(contract: ContractReference) -> dict[str, Any]:
    return {
        "name": contract.name,
        "version": contract.version,
        "owner": contract.owner,
        "oncall_rotation": contract.oncall,
        "channels": list(contract.alert_channels),
    }


def _contracts(plan: IngestPlan) -> tuple[ContractReference, ...]:
    return tuple(dict.fromkeys(stream.contract for stream in plan.streams))


def _lines(news: RunNews) -> Iterator[str]:
    plan = news.plan
    happened = "failed" if news.event == "failure" else "works again"
    where = f" ({plan.environment})" if plan.environment else ""
    yield _plain(f"{plan.tenant}/{plan.job}{where} {happened}")
    run = f"<{_plain(news.run_url)}|run {news.run_id}>" if news.run_url else f"run {news.run_id}"
    yield f"{run}, started by: {news.trigger}"
    if news.error:
        yield _plain(news.error)
    for contract in _contracts(plan):
        people = {"owner": contract.owner, "on call": contract.oncall, "channels": ", ".join(contract.alert_channels)}
        told = ", ".join(f"{role}: {who}" for role, who in people.items() if who)
        yield _plain(f"contract {contract.name} {contract.version}{f', {told}' if told else ''}")


def _plain(text: str) -> str:
    """Return text that Slack shows as it is: no mention, no link (https://docs.slack.dev/messaging/formatting-message-text)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
