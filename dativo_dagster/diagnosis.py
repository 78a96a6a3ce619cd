"""What a run that failed says of the places its job depends on."""

from collections.abc import Sequence

import dagster as dg

from dativo_core.errors import DativoError, SecretError, SourceError, TargetError
from dativo_core.health import ProbeStatus, check_infrastructure
from dativo_core.health.events import failure_event
from dativo_core.plan.types import IngestPlan
from dativo_core.run import Services
from dativo_core.telemetry.redact import redact

TIME_LIMIT_S = 10.0

_OF_PLACES = (SourceError, TargetError, SecretError)


def diagnose(
    context: dg.AssetExecutionContext, plan: IngestPlan, services: Services, errors: Sequence[DativoError]
) -> None:
    """Put into the log of a failed run which places of its job do not work, one line with its remedy each.

    What `errors` say already is left out; those that no place can explain are not looked into. Takes a little over 20
    seconds at most, and raises nothing.
    """
    if not any(isinstance(error, _OF_PLACES) for error in errors):
        return
    told = "\n".join(map(str, errors))
    for result in check_infrastructure([plan], services, time_limit_s=TIME_LIMIT_S):
        if result.status is ProbeStatus.FAILED and result.message not in told:
            context.log.error(redact(f"{failure_event(result)} {result}"))
