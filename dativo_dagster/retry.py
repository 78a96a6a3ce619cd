"""How a failed run ends: Dagster tries again when the plan says so, else the run fails for good."""

import logging
from collections.abc import Sequence

import dagster as dg

from dativo_core.errors import DativoError
from dativo_core.model.job_logging import level_number
from dativo_core.plan.types import IngestPlan
from dativo_core.run.retry import retry_delay_s
from dativo_core.telemetry.events import Event


def failed_try(
    context: dg.AssetExecutionContext, plan: IngestPlan, errors: Sequence[DativoError], failure: dg.Failure
) -> dg.Failure | dg.RetryRequested:
    """Return what a run raises after its streams failed with `errors`; `failure` tells them to whoever looks."""
    failed_attempts = context.retry_number + 1
    delay_s = retry_delay_s(plan.retry, errors, failed_attempts)
    if delay_s is None:
        return failure
    if level_number(plan.logging.level) <= logging.WARNING:
        of = plan.retry.max_attempts
        context.log.warning("%s attempt=%d of=%d delay_s=%.1f", Event.RETRY_ATTEMPT, failed_attempts + 1, of, delay_s)
    again = dg.RetryRequested(max_retries=plan.retry.max_attempts - 1, seconds_to_wait=delay_s)
    again.__cause__ = failure
    return again
