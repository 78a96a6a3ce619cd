"""Secrets as variables of this process: `DATIVO_SECRET__<TENANT>__<NAME>[__JSON|__ENV|__TEXT|__RAW]`.

The tenant is written as its slug in capitals: `acme-west` becomes `ACME_WEST`. A slug never holds `__` and never ends in
`_`, so one tenant's variables are never another's.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dativo_core.errors import SecretError
from dativo_core.model.closed_variables import is_closed
from dativo_core.model.names import secret_scope
from dativo_core.secrets.base import Secret
from dativo_core.secrets.bundle import Bundle, Entry, Format
from dativo_core.secrets.store import log_loaded, require_tenant

DEFAULT_PREFIX = "DATIVO_SECRET"
DEFAULT_DELIMITER = "__"
GLOBAL_SCOPES = ("ALL", "GLOBAL")
"""What stands in the place of the tenant where a secret is every tenant's; the later one wins."""

_FORMATS = frozenset(known.value for known in Format)
_DELIMITER = re.compile(r"__+|[.:/-]+")


def is_delimiter(text: str) -> bool:
    """Return whether `text` can part a tenant from a name: only what no tenant's slug can hold."""
    return _DELIMITER.fullmatch(text) is not None


@dataclass(frozen=True)
class EnvironmentStore:
    """Reads the environment at every look-up; names are found in capitals and in small letters.

    With `allow_global_scope`, variables of the scopes GLOBAL and ALL are every tenant's; a tenant's own value wins.
    """

    prefix: str = DEFAULT_PREFIX
    delimiter: str = DEFAULT_DELIMITER
    allow_global_scope: bool = False

    def lookup(self, tenant: str, name: str) -> Secret | None:
        """Return a secret of `tenant`; raises SecretError when the variable's JSON or `.env` text cannot be read."""
        for scope in self._scopes(tenant):
            bundle = self._bundle(scope)
            found = bundle.get(name)
            found = bundle.get(name.lower()) if found is None else found
            if found is not None:
                return found
        return None

    def names(self, tenant: str) -> frozenset[str]:
        """Return the names of the tenant's secrets, in small letters."""
        return frozenset().union(*(self._bundle(scope).names() for scope in self._scopes(tenant)))

    def load(self, tenant: str) -> int:
        """Return how many variables hold secrets of the tenant; SecretError when one cannot be read."""
        count = sum(self._bundle(scope).size for scope in self._scopes(tenant))
        log_loaded(tenant, count)
        return count

    def describe(self, tenant: str) -> str:
        """Return how the tenant's variables begin."""
        return " or ".join(f"variables {self._start(scope)}…" for scope in self._scopes(tenant))

    def directories(self) -> tuple[Path, ...]:
        """Return no directory: secrets are variables."""
        return ()

    def keeps(self, variable: str) -> bool:
        """Return whether a variable opens secrets of tenants, all that begin with the prefix among them."""
        return is_closed(variable) or variable.startswith(f"{self.prefix}{self.delimiter}")

    def refresh(self, tenant: str) -> None:
        """Do nothing: every look-up reads the environment."""

    def _scopes(self, tenant: str) -> tuple[str, ...]:
        """Return the scopes a tenant reads, its own first."""
        require_tenant(tenant)
        own = secret_scope(tenant)
        if not self.allow_global_scope:
            return (own,)
        if own in GLOBAL_SCOPES:
            message = f"the secrets of the tenant {tenant} would be every tenant's"
            raise SecretError(message, hint="Rename the tenant, or set allow_global_scope to false")
        return (own, *reversed(GLOBAL_SCOPES))

    def _start(self, scope: str) -> str:
        return f"{self.prefix}{self.delimiter}{scope}{self.delimiter}"

    def _bundle(self, scope: str) -> Bundle:
        return Bundle(list(self._entries(self._start(scope))))

    def _entries(self, start: str) -> Iterator[Entry]:
        for variable, text in sorted(os.environ.items()):
            if not variable.startswith(start):
                continue
            name = variable.removeprefix(start).lower()
            stem, _, suffix = name.rpartition(self.delimiter)
            if stem and suffix in _FORMATS:
                yield Entry(stem, Format(suffix), variable, text)
            else:
                yield Entry(name, Format.TEXT, variable, text)
