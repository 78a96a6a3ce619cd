"""Whether everything that jobs depend on would work: files, stores, databases, catalogs, secrets, clock."""

from dativo_core.health.check import check_infrastructure
from dativo_core.health.result import ProbeResult, Surroundings
from dativo_core.probe import Part, ProbeStatus

__all__ = ["Part", "ProbeResult", "ProbeStatus", "Surroundings", "check_infrastructure"]
