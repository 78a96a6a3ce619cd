"""Steps 3 to 6 of start-up: what jobs will need from their surroundings, looked at before the first of them runs.

What is missing is a warning, logged and returned. It stops nothing: the job that needs it fails by itself.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dativo_core.errors import ConfigError, DativoError, SecretError
from dativo_core.health import ProbeResult, ProbeStatus, check_infrastructure
from dativo_core.lake.catalog import open_lake
from dativo_core.lake.places import DATABASE
from dativo_core.lake.writable import prove_writable
from dativo_core.plan.referenced import referenced_texts
from dativo_core.plan.required_secrets import required_secrets
from dativo_core.plan.types import IngestPlan
from dativo_core.probe import Part
from dativo_core.run.job import lake_directory
from dativo_core.run.services import Services
from dativo_core.secrets.references import references_of
from dativo_core.secrets.required import lacking_secrets
from dativo_core.telemetry.events import Event
from dativo_core.telemetry.log import log_event
from dativo_core.workspace.references import find

PROBE_LIMIT_S = 3.0
"""How long start-up waits for a place; all are asked at the same time."""

_ASKED = frozenset(Part) - {Part.SECRETS, Part.STATE}
"""Secrets and state have a step of their own, which asks no backend that no job needs."""
_BAD = frozenset({ProbeStatus.WARNING, ProbeStatus.FAILED})
_OF_SECRETS, _OF_VARIABLES = "${secret:", "${env:"

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Warned:
    """A warning: its event, and what it says."""

    event: Event
    text: str


def _warn(event: Event, text: str, **fields: object) -> Warned:
    log_event(_logger, event, text, level=logging.WARNING, exc_info=None, **fields)
    return Warned(event, text)


def prepare_surroundings(plans: Sequence[IngestPlan], services: Services, *, creates: bool) -> tuple[Warned, ...]:
    """Take steps 3 to 6 for some jobs and return every warning; where `creates` is false, no catalog is made.

    Nothing more is found out about a job whose values are not known.
    """
    secrets = load_secrets(plans, services)
    readable = [plan for plan in plans if plan.tenant not in secrets.unreadable]
    missing = {plan.file: tuple(_missing_values(plan, services)) for plan in readable}
    complete = [plan for plan in readable if not missing[plan.file]]
    return (
        *secrets.warnings,
        *validate_environment(readable, [each for found in missing.values() for each in found]),
        *validate_infrastructure(complete, services),
        *(initialise_state(complete, services) if creates else ()),
    )


@dataclass(frozen=True)
class LoadedSecrets:
    """Which secrets are missing, and the tenants whose secrets cannot be read."""

    warnings: tuple[Warned, ...]
    unreadable: frozenset[str]


def load_secrets(plans: Sequence[IngestPlan], services: Services) -> LoadedSecrets:
    """Fetch the secrets of every tenant with a job that may need one, and find out which are missing."""
    warnings: list[str] = []
    unreadable: set[str] = set()
    for tenant in dict.fromkeys(plan.tenant for plan in plans if _looks_for_secrets(plan)):
        try:
            services.secrets.load(tenant)
            own = [plan for plan in plans if plan.tenant == tenant]
            warnings += [lack for plan in own for lack in lacking_secrets(plan, services.secrets, services.mode)]
        except SecretError as error:
            unreadable.add(tenant)
            warnings.append(str(error))
    told = tuple(_warn(Event.SECRETS_WARNING, warning) for warning in warnings)
    return LoadedSecrets(told, frozenset(unreadable))


def _looks_for_secrets(plan: IngestPlan) -> bool:
    if any(text.replace(_OF_VARIABLES, "").count("${") for _, text in referenced_texts(plan)):
        return True
    return bool(required_secrets(plan))


@dataclass(frozen=True)
class MissingValue:
    """A reference without a value, and where it is written; `is_told`: as one of the secrets that the job needs."""

    reference: str
    place: str
    key_path: str
    is_told: bool

    def __str__(self) -> str:
        return f"{self.reference} ({self.place}: {self.key_path})"


def validate_environment(plans: Sequence[IngestPlan], missing: Iterable[MissingValue]) -> tuple[Warned, ...]:
    """Tell of references without a value, all in one warning, less those that are told with the secrets."""
    told = [each for each in dict.fromkeys(missing) if not each.is_told]
    if not told:
        count = sum(len(referenced_texts(plan)) for plan in plans)
        if plans:
            log_event(_logger, Event.ENV_VALIDATED, "every variable has a value", reference_count=count)
        return ()
    text = f"no value for {', '.join(map(str, told))}. Set it, or write a default"
    names, places = [each.reference for each in told], [f"{each.place}: {each.key_path}" for each in told]
    return (_warn(Event.ENV_VALIDATION_WARNING, text, missing=names, places=places),)


def _missing_values(plan: IngestPlan, services: Services) -> Iterator[MissingValue]:
    """Yield every reference of the effective configuration that cannot be resolved."""
    references = references_of(plan, services.secrets, services.mode)
    of_secrets = {secret.key_path for secret in required_secrets(plan) if secret.is_reference}
    for key_path, text in referenced_texts(plan):
        try:
            references.resolve(text, key_path)
        except (SecretError, ConfigError) as error:
            origin = plan.origins.get(key_path)
            place = f"{origin.file}:{origin.line}" if origin else f"{plan.file}:{plan.line}"
            found = error.context.get("missing")
            for written in map(str, found if isinstance(found, list) else [each.text for each in find(text)]):
                is_told = written.startswith(_OF_SECRETS) and key_path in of_secrets
                yield MissingValue(written, place, key_path, is_told)


def validate_infrastructure(plans: Sequence[IngestPlan], services: Services) -> tuple[Warned, ...]:
    """Ask every place that jobs depend on, within a few seconds, whether it would work."""
    results = check_infrastructure(plans, services, time_limit_s=PROBE_LIMIT_S, parts=_ASKED, at_start=True)
    warnings = tuple(map(_warn_of, (each for each in results if each.status in _BAD)))
    if plans and not warnings:
        asked = sum(result.status is ProbeStatus.OK for result in results)
        text = "everything these jobs depend on would work"
        jobs = [plan.job for plan in plans]
        log_event(_logger, Event.INFRA_VALIDATED, text, probe_count=asked, job_count=len(plans), jobs=jobs)
    return warnings


def _warn_of(result: ProbeResult) -> Warned:
    return _warn(
        Event.INFRASTRUCTURE_WARNING,
        str(result),
        part=result.part.value,
        subject=result.subject,
        status=result.status.value,
        hint=result.hint,
        jobs=list(result.jobs),
    )


def initialise_state(plans: Sequence[IngestPlan], services: Services) -> tuple[Warned, ...]:
    """Make the catalogs that tables keep the state in, where they are missing, and prove that they can be written to."""
    warnings: dict[str, None] = {}
    proven: set[Path] = set()
    for plan in (plan for plan in plans if plan.target.catalog is not None):
        try:
            directory = lake_directory(plan, services)
            if directory not in proven:
                warnings |= dict.fromkeys(_prove(directory))
                proven.add(directory)
        except DativoError as error:
            warnings[str(error)] = None
    return tuple(_warn(Event.STATE_WARNING, warning) for warning in warnings)


def _prove(directory: Path) -> tuple[str, ...]:
    """Return what should be done about a lake, which is made where it is missing; TargetError when it takes no load."""
    if not (directory / DATABASE).exists():
        with open_lake(directory):
            pass
    files, catalog = prove_writable(directory, PROBE_LIMIT_S)
    if catalog.status is ProbeStatus.OK:
        log_event(_logger, Event.STATE_INITIALIZED, "state can be written", directory=str(directory))
    return tuple(f"{each.message}. {each.hint}" for each in (files, catalog) if each.status is ProbeStatus.WARNING)
