"""References of a plan, resolved where and when a value is needed."""

from collections.abc import Mapping
from dataclasses import dataclass

from dativo_core.model.mode import Mode
from dativo_core.model.origin import Authority, Origin
from dativo_core.net.check import NetworkPolicy, NetworkRules
from dativo_core.plan.types import IngestPlan
from dativo_core.secrets.base import SecretStore, resolve_references


@dataclass(frozen=True)
class PlanReferences:
    """Resolves the references of one plan, on the authority of whoever wrote each. Picklable: places, never values."""

    tenant: str
    store: SecretStore
    mode: str
    origins: Mapping[str, Origin]
    job: Origin
    allowed_hosts: tuple[str, ...] = ()

    def resolve(self, text: str, key_path: str) -> str:
        """Return `text`, found at `key_path` of the plan, with its references replaced.

        Raises SecretError when one has no value, ConfigError when it may not stand there.
        """
        origin = self._origin(key_path)
        return resolve_references(
            text,
            tenant=self.tenant,
            store=self.store,
            mode=self.mode,
            authority=origin.authority,
            where=f"{origin.file}:{origin.line}: {key_path}",
        )

    def network_rules(self, key_path: str) -> NetworkRules:
        """Return what the address at `key_path` of the plan may be."""
        allowed = NetworkPolicy(self.allowed_hosts, allows_loopback=self.mode == Mode.SELF_HOSTED)
        return NetworkRules(self._origin(key_path).authority, allowed)

    def refresh(self) -> None:
        """Let the tenant's secrets be read again when the next reference is resolved."""
        self.store.refresh(self.tenant)

    def _origin(self, key_path: str) -> Origin:
        return self.origins.get(key_path, self.job)


def references_of(plan: IngestPlan, store: SecretStore, mode: str) -> PlanReferences:
    """Return the references of a plan; without an origin a value is its tenant's."""
    job = Origin(plan.file, plan.line, Authority.TENANT)
    return PlanReferences(plan.tenant, store, mode, plan.origins, job, plan.network.allowed_hosts)
