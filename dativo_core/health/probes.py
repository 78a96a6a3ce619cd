"""Which places one job depends on."""

from collections.abc import Iterator
from pathlib import Path

from dativo_core.health.result import Surroundings
from dativo_core.lake.local_probe import local_probes
from dativo_core.plan.types import IngestPlan
from dativo_core.probe import Probe
from dativo_core.secrets.probe import secret_probes
from dativo_core.secrets.references import references_of


def probes_of(plan: IngestPlan, surroundings: Surroundings) -> Iterator[Probe]:
    """Yield a probe of everything a job of `plan` depends on, by its effective configuration."""
    references = references_of(plan, surroundings.secrets, surroundings.mode)
    if plan.target.catalog is not None:
        yield from local_probes(plan.target.catalog, Path(plan.root), references)
    yield from secret_probes(plan, surroundings.secrets, surroundings.mode)
