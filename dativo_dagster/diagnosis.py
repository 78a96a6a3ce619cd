"""What a run says of the places its job depends on: what they lack before it starts, and why it failed afterwards."""

import logging

import dagster as dg

from dativo_core.errors import SecretError
from dativo_core.health import ProbeStatus, check_infrastructure
from dativo_core.health.events import failure_event
from dativo_core.model.job_logging import level_number
from dativo_core.plan.types import IngestPlan
from dativo_core.run import Services
from dativo_core.secrets.required import secret_warnings
from dativo_core.telemetry.events import Event
from dativo_core.telemetry.redact import redact

TIME_LIMIT_S = 10.0


def warn_of_secrets(context: dg.AssetExecutionContext, plan: IngestPlan, services: Services) -> None:
    """Put a warning into the run's log for each secret its job needs and the tenant does not have; raises nothing.

    Whether the job can do without is for whoever needs the secret to say.
    """
    try:
        warnings = secret_warnings(plan, services.secrets, services.mode)
    except SecretError as error:
        warnings = (str(error),)
    if level_number(plan.logging.level) <= logging.WARNING:
        for warning in warnings:
            context.log.warning(redact(f"{Event.SECRETS_WARNING} {warning}"))


def diagnose(context: dg.AssetExecutionContext, plan: IngestPlan, services: Services, told: str) -> None:
    """Put into the log of a failed run which places of its job do not work, one line with its remedy each.

    What `told` says already is left out. Takes a little over 10 seconds at most, and raises nothing.
    """
    for result in check_infrastructure([plan], services, time_limit_s=TIME_LIMIT_S):
        if result.status is ProbeStatus.FAILED and result.message not in told:
            context.log.error(redact(f"{failure_event(result)} {result}"))
