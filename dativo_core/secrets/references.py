"""References of a plan, resolved where and when a value is needed."""

from collections.abc import Mapping
from dataclasses import dataclass

from dativo_core.errors import ConfigError
from dativo_core.model.mode import Mode
from dativo_core.model.origin import Authority, Origin
from dativo_core.net.check import NetworkPolicy, NetworkRules
from dativo_core.plan.types import IngestPlan
from dativo_core.secrets.base import SecretStore, resolve_references
from dativo_core.workspace.references import ReferenceKind, find


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

    def takes_secret(self, text: str) -> bool:
        """Return whether a secret of the tenant stands in `text` once it is resolved. Raises SecretError as `resolve` does."""
        names = [each.name for each in find(text) if each.kind is not ReferenceKind.ENV]
        return any(self.store.lookup(self.tenant, name) is not None for name in names)

    def network_rules(self, key_path: str, written: str) -> NetworkRules:
        """Return what the address may be that is `written` at `key_path` of the plan.

        In cloud mode a secret of the tenant does not stand on the authority of whoever asks for it.
        """
        allowed = NetworkPolicy(self.allowed_hosts, allows_loopback=self.mode == Mode.SELF_HOSTED)
        is_of_tenant = self.mode == Mode.CLOUD and self.takes_secret(written)
        return NetworkRules(Authority.TENANT if is_of_tenant else self._origin(key_path).authority, allowed)

    def refresh(self) -> None:
        """Let the tenant's secrets be read again when the next reference is resolved."""
        self.store.refresh(self.tenant)

    def _origin(self, key_path: str) -> Origin:
        return self.origins.get(key_path, self.job)


def references_of(plan: IngestPlan, store: SecretStore, mode: str) -> PlanReferences:
    """Return the references of a plan; without an origin a value is its tenant's.

    Raises ConfigError where the files of the plan were checked for another mode, whose rules are not those of this one.
    """
    if mode != plan.mode:
        message = f"{plan.file} was checked for the mode {plan.mode.value}, and is to be used in the mode {mode}"
        raise ConfigError(message, hint="Check and run it in one mode: --mode, or DATIVO_MODE for Dagster")
    job = Origin(plan.file, plan.line, Authority.TENANT)
    return PlanReferences(plan.tenant, store, mode, plan.origins, job, plan.network.allowed_hosts)
