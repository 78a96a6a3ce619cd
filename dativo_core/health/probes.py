"""Which places one job depends on."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, NoReturn

from dativo_core.health.declared import Side, declared_probes
from dativo_core.health.result import Surroundings
from dativo_core.lake.local_probe import local_probes
from dativo_core.model.declared_options import DeclaredOptions
from dativo_core.model.origin import Authority
from dativo_core.model.s3_connection import S3Connection
from dativo_core.places import boundary_of, require_own_directory
from dativo_core.plan.types import IngestPlan
from dativo_core.probe import Answer, Part, Probe
from dativo_core.rules.run_later import refusal
from dativo_core.rules.s3_connection import ALIASES, CREDENTIALS, NESTED
from dativo_core.secrets.probe import secret_probes
from dativo_core.secrets.references import PlanReferences, references_of
from dativo_core.sources.boundary import Boundary
from dativo_core.sources.load import source_probes

STORES = frozenset({"s3", "minio"})
"""Targets that are a bucket."""

_SETTINGS = "target.declared.settings"
_STORE = "target.connection"


def probes_of(plan: IngestPlan, surroundings: Surroundings, *, at_start: bool = False) -> Iterator[Probe]:
    """Yield a probe of everything a job of `plan` depends on, by its effective configuration.

    With `at_start` files of the source are not looked for, and the embedded lake is left out.
    """
    references = references_of(plan, surroundings.secrets, surroundings.mode)
    options, boundary = plan.source.options, boundary_of(plan, surroundings.secrets)
    if plan.not_runnable:
        yield Probe(Part.TARGET, "what the job asks for", partial(_refuse, plan))
    if isinstance(options, DeclaredOptions):
        side = Side(Part.SOURCE, plan.source.type, "source.options.settings", options.settings)
        yield from declared_probes(side, boundary, references)
    else:
        yield from source_probes(plan.source, plan.streams, boundary, references, lists_files=not at_start)
    if plan.target.catalog is not None and not at_start:
        yield from local_probes(plan.target.catalog, partial(require_own_directory, plan, references), references)
    yield from _declared_target_probes(plan, boundary, references)
    yield from secret_probes(plan, surroundings.secrets, surroundings.mode)


def _refuse(plan: IngestPlan, _limit_s: float) -> NoReturn:
    raise refusal(plan.not_runnable)


def _declared_target_probes(plan: IngestPlan, boundary: Boundary, references: PlanReferences) -> Iterator[Probe]:
    target = plan.target
    if target.declared is None:
        return
    settings = target.declared.settings
    if target.type in STORES:
        yield _store_probe(plan, settings.get("connection") or {}, references)
        settings = {key: value for key, value in settings.items() if key != "connection"}
    yield from declared_probes(
        Side(Part.TARGET, target.type, _SETTINGS, settings, bool(plan.not_runnable)), boundary, references
    )


def _store_probe(plan: IngestPlan, written: Mapping[str, Any], references: PlanReferences) -> Probe:
    nested = next((name for name in NESTED if isinstance(written.get(name), Mapping)), None)
    values = written[nested] if nested else written
    at = f"{_SETTINGS}.connection{f'.{nested}' if nested else ''}"
    places = {ALIASES.get(key, key): key for key in values if ALIASES.get(key, key) in S3Connection.model_fields}
    connection = S3Connection(**{key: _value(values[place]) for key, place in places.items()})
    subject = f"s3://{connection.bucket or ''}/{plan.tenant}/ at {connection.endpoint or 'AWS'}"
    moved = _moved(references, {f"{_STORE}.{key}": f"{at}.{place}" for key, place in places.items()})
    ask = partial(_ask_store, connection, f"{plan.tenant}/", moved)
    return Probe(Part.TARGET, subject, ask, identity=connection)


def _value(written: Any) -> str | bool | None:
    return written if written is None or isinstance(written, bool) else str(written)


def _moved(references: PlanReferences, places: Mapping[str, str]) -> PlanReferences:
    """Return references that know where a connection was written; keys stand on the authority of who wrote the endpoint."""
    origins = {key: references.origins[place] for key, place in places.items() if place in references.origins}
    endpoint = origins.get(f"{_STORE}.endpoint")
    if endpoint is not None and endpoint.authority is Authority.TENANT:
        keys = [f"{_STORE}.{key}" for key in CREDENTIALS if f"{_STORE}.{key}" in origins]
        origins |= {key: replace(origins[key], authority=Authority.TENANT) for key in keys}
    return replace(references, origins={**references.origins, **origins})


def _ask_store(connection: S3Connection, prefix: str, references: PlanReferences, limit_s: float) -> Answer:
    from dativo_core.health.object_store import Store, store_answer

    return store_answer(Store(connection, _STORE, prefix), references, limit_s)
