"""Secrets as variables of this process: `DATIVO_SECRET__<TENANT>__<NAME>[__JSON|__ENV|__TEXT|__RAW]`.

The tenant is written as its slug in capitals: `acme-west` becomes `ACME_WEST`. A slug never holds `__`, so one tenant's
variables are never another's.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from dativo_core.model.names import slug
from dativo_core.secrets.base import Secret
from dativo_core.secrets.bundle import Bundle, Entry, Format

_FORMATS = frozenset(known.value for known in Format)


@dataclass(frozen=True)
class EnvironmentStore:
    """Reads the environment at every look-up; names are found in capitals and in small letters."""

    prefix: str = "DATIVO_SECRET"

    def lookup(self, tenant: str, name: str) -> Secret | None:
        """Return a secret of `tenant`; raises SecretError when the variable's JSON or `.env` text cannot be read."""
        bundle = Bundle(list(self._entries(tenant)))
        found = bundle.get(name)
        return bundle.get(name.lower()) if found is None else found

    def names(self, tenant: str) -> frozenset[str]:
        """Return the names of the tenant's secrets, in small letters."""
        return Bundle(list(self._entries(tenant))).names()

    def describe(self, tenant: str) -> str:
        """Return how the tenant's variables begin."""
        return f"variables {self._scope(tenant)}…"

    def _scope(self, tenant: str) -> str:
        return f"{self.prefix}__{slug(tenant).upper()}__"

    def _entries(self, tenant: str) -> Iterator[Entry]:
        scope = self._scope(tenant)
        for variable, text in sorted(os.environ.items()):
            if not variable.startswith(scope):
                continue
            name = variable.removeprefix(scope).lower()
            stem, _, suffix = name.rpartition("__")
            if stem and suffix in _FORMATS:
                yield Entry(stem, Format(suffix), variable, text)
            else:
                yield Entry(name, Format.TEXT, variable, text)
