"""Whether a tenant's secrets can be read, and those that its jobs need are among them."""

from collections.abc import Iterator
from functools import partial

from dativo_core.errors import SecretError
from dativo_core.plan.required_secrets import RequiredSecret, required_secrets
from dativo_core.plan.types import IngestPlan
from dativo_core.probe import Answer, Part, Probe, failed, ok, skipped, warned
from dativo_core.secrets.base import SecretStore
from dativo_core.secrets.filesystem import FilesystemStore
from dativo_core.secrets.required import missing_secrets


def secret_probes(plan: IngestPlan, store: SecretStore, mode: str) -> Iterator[Probe]:
    """Yield a probe of each secret the job needs."""
    for secret in required_secrets(plan):
        ask = partial(_ask_for, secret, plan, store, mode)
        yield Probe(Part.SECRETS, f"{secret} for {secret.needed_by}", ask, identity=secret)


def store_probe(store: SecretStore, tenant: str) -> Probe:
    """Return a probe of where a tenant's secrets are."""
    return Probe(Part.SECRETS, _place(store, tenant), partial(_ask_store, store, tenant))


def _place(store: SecretStore, tenant: str) -> str:
    try:
        return store.describe(tenant)
    except SecretError:
        return f"the secrets of {tenant}"  # where that is wrong, asking tells why


def _ask_store(store: SecretStore, tenant: str, _limit_s: float) -> Answer:
    count = len(store.names(tenant))
    if isinstance(store, FilesystemStore) and not store.directory.is_dir():
        return warned(f"there is no directory {store.directory}", "Create it, or correct --secrets-dir")
    exposed = store.exposed(tenant) if isinstance(store, FilesystemStore) else ()
    if exposed:
        names = ", ".join(path.name for path in exposed)
        return warned(f"everybody on this machine can read {names}", f"chmod -R o= {exposed[0].parent}")
    return ok(f"{count} {'name' if count == 1 else 'names'} of secrets can be read" if count else "it holds no secrets")


def _ask_for(secret: RequiredSecret, plan: IngestPlan, store: SecretStore, mode: str, _limit_s: float) -> Answer:
    try:
        missing = secret in missing_secrets(plan, store, mode)
    except SecretError:
        return skipped("the secrets cannot be read")
    if missing:
        return failed("it is not there", f"Add it to {store.describe(plan.tenant)}")
    return ok("it is there")
