"""What every backend has in common: a tenant's secrets are fetched whole, once, by the process that needs them."""

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import Future
from contextvars import copy_context
from functools import partial
from pathlib import Path

from dativo_core.errors import SecretError, SecretsUnavailable
from dativo_core.model.closed_variables import is_closed
from dativo_core.model.names import TENANT_PATTERN
from dativo_core.secrets.base import Secret
from dativo_core.secrets.bundle import Bundle, Entry
from dativo_core.telemetry.events import Event
from dativo_core.telemetry.log import log_event

FETCH_LIMIT_S = 60.0

_logger = logging.getLogger(__name__)


class CachedStore(ABC):
    """Fetches a tenant's secrets at the first look-up and keeps them until `refresh`, in this process only.

    Safe to use from several threads: who asks while they are being fetched waits for that one answer, and nobody waits for
    those of another tenant. No look-up takes longer than FETCH_LIMIT_S. What a subclass pickles must be places alone.
    """

    def __init__(self) -> None:
        self._bundles: dict[str, Future[Bundle]] = {}
        self._lock = threading.Lock()

    def lookup(self, tenant: str, name: str) -> Secret | None:
        """Return a secret of `tenant`; raises SecretError when the tenant's secrets cannot be fetched."""
        return self._bundle(tenant).get(name)

    def names(self, tenant: str) -> frozenset[str]:
        """Return the names of the tenant's secrets; raises as `lookup` does."""
        return self._bundle(tenant).names()

    def load(self, tenant: str) -> int:
        """Fetch the tenant's secrets unless they are here, and return how many there are; raises as `lookup` does."""
        return self._bundle(tenant).size

    def refresh(self, tenant: str) -> None:
        """Forget what was fetched for `tenant`; the next look-up asks again."""
        with self._lock:
            self._bundles.pop(tenant, None)

    def directories(self) -> tuple[Path, ...]:
        """Return no directory: secrets are kept elsewhere."""
        return ()

    def keeps(self, variable: str) -> bool:
        """Return whether a variable opens secrets of tenants."""
        return is_closed(variable)

    @abstractmethod
    def describe(self, tenant: str) -> str:
        """Return where the tenant's secrets are looked for, for messages."""

    @abstractmethod
    def entries(self, tenant: str) -> Sequence[Entry]:
        """Fetch all secrets of a tenant, whose id is valid; none when there is no place for them.

        Raises SecretError, SecretsUnavailable when another try can help.
        """

    def _bundle(self, tenant: str) -> Bundle:
        with self._lock:
            fetched = self._bundles.get(tenant)
            if fetched is None:
                fetched = self._bundles[tenant] = Future()
                # A service that sends a byte now and then keeps within every limit of its client.
                work = partial(copy_context().run, self._fetch, tenant, fetched)
                threading.Thread(target=work, name=f"secrets of {tenant}", daemon=True).start()
        try:
            return fetched.result(FETCH_LIMIT_S)
        except TimeoutError:
            self._forget(tenant, fetched)
            message = f"{self.describe(tenant)} does not answer within {FETCH_LIMIT_S:g} s"
            raise SecretsUnavailable(message, hint="Check that the service is well, and the network") from None

    def _fetch(self, tenant: str, fetched: "Future[Bundle]") -> None:
        try:
            fetched.set_result(self._fetched(tenant))
        except BaseException as error:
            # The next look-up asks again.
            self._forget(tenant, fetched)
            fetched.set_exception(error)

    def _forget(self, tenant: str, fetched: "Future[Bundle]") -> None:
        with self._lock:
            if self._bundles.get(tenant) is fetched:
                del self._bundles[tenant]

    def _fetched(self, tenant: str) -> Bundle:
        require_tenant(tenant)
        entries = self.entries(tenant)
        bundle = Bundle(entries)
        log_loaded(tenant, bundle.size)
        return bundle


def log_loaded(tenant: str, count: int) -> None:
    """Log that so many secrets of a tenant were loaded; nothing when there is none."""
    if count:
        log_event(_logger, Event.SECRETS_LOADED, f"secrets of {tenant} loaded", secret_count=count)


def require_tenant(tenant: str) -> None:
    """Raise SecretError unless `tenant` can stand in a path or an id without leading out of it."""
    if TENANT_PATTERN.match(tenant) is None:
        message = f"{tenant!r} is not a tenant id"
        raise SecretError(message, hint="A tenant id is a-z, 0-9, _ and -, and starts with a letter")


def warn(message: str, place: str) -> None:
    """Log what is odd about a place where secrets are looked for, such as that it does not exist."""
    log_event(_logger, Event.SECRETS_WARNING, message, level=logging.WARNING, place=place)
