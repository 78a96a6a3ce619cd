"""Secrets that could not be read a moment ago: nobody asks for them again, so one fault is told once."""

from dataclasses import dataclass
from pathlib import Path

from dativo_core.errors import SecretError
from dativo_core.secrets.base import Secret, SecretStore


class SecretsUnread(SecretError):
    """The secrets of a tenant were asked for already, and that failed."""


@dataclass(frozen=True)
class UnreadStore:
    """A store less the secrets of some tenants, which it refuses at once."""

    store: SecretStore
    tenants: frozenset[str]

    def lookup(self, tenant: str, name: str) -> Secret | None:
        """Return a secret; raises SecretsUnread."""
        return self._of(tenant).lookup(tenant, name)

    def names(self, tenant: str) -> frozenset[str]:
        """Return the names of the tenant's secrets; raises SecretsUnread."""
        return self._of(tenant).names(tenant)

    def load(self, tenant: str) -> int:
        """Fetch the tenant's secrets; raises SecretsUnread."""
        return self._of(tenant).load(tenant)

    def refresh(self, tenant: str) -> None:
        """Forget what was fetched."""
        self.store.refresh(tenant)

    def describe(self, tenant: str) -> str:
        """Return where the tenant's secrets are looked for."""
        return self.store.describe(tenant)

    def directories(self) -> tuple[Path, ...]:
        """Return the directories of secrets."""
        return self.store.directories()

    def keeps(self, variable: str) -> bool:
        """Return whether a variable opens secrets."""
        return self.store.keeps(variable)

    def _of(self, tenant: str) -> SecretStore:
        if tenant in self.tenants:
            message = "not asked, as the secrets cannot be read"
            raise SecretsUnread(message)
        return self.store
