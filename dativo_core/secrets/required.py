"""Secrets that a plan needs and a tenant does not have: a warning at start-up, an error when they are needed."""

import os

from dativo_core.errors import SecretError
from dativo_core.model.mode import Mode
from dativo_core.model.origin import Authority
from dativo_core.plan.required_secrets import RequiredSecret, required_secrets
from dativo_core.plan.types import IngestPlan
from dativo_core.secrets.base import SecretStore


def missing_secrets(plan: IngestPlan, store: SecretStore, mode: str) -> tuple[RequiredSecret, ...]:
    """Return what the plan needs and is nowhere; raises SecretError when the store cannot be asked.

    In cloud mode a variable counts only where an operator's file names it.
    """
    required = required_secrets(plan)
    if not required:
        return ()
    stems = {name.partition(".")[0] for name in store.names(plan.tenant) if "." in name}

    def is_there(secret: RequiredSecret) -> bool:
        if any(name in stems or _has_value(store, plan.tenant, name) for name in secret.names):
            return True
        if secret.variable and os.environ.get(secret.variable) and _reads_variables(plan, secret, store, mode):
            return True
        return bool(secret.parts) and all(map(is_there, secret.parts))

    return tuple(secret for secret in required if not is_there(secret))


def require_secrets(plan: IngestPlan, store: SecretStore, mode: str) -> None:
    """Raise SecretError that names every secret the plan needs and the tenant does not have.

    References are left to whoever resolves them, who knows the line each is written in.
    """
    if all(secret.is_reference for secret in required_secrets(plan)):
        return
    missing = [secret for secret in missing_secrets(plan, store, mode) if not secret.is_reference]
    if missing:
        message = "; ".join(f"{plan.file}: {_lack(secret, plan)}" for secret in missing)
        raise SecretError(message, hint=f"Add it to {store.describe(plan.tenant)}")


def lacking_secrets(plan: IngestPlan, store: SecretStore, mode: str) -> tuple[str, ...]:
    """Return a sentence for every secret a plan needs and its tenant does not have; raises as `missing_secrets` does.

    What a variable may say as well is left out: references to variables are told apart.
    """
    missing = [each for each in missing_secrets(plan, store, mode) if not (each.is_reference and each.variable)]
    return tuple(f"{_lack(secret, plan)}. Add it to {store.describe(plan.tenant)}" for secret in missing)


def _has_value(store: SecretStore, tenant: str, name: str) -> bool:
    found = store.lookup(tenant, name)
    return found is not None and bool(found.reveal())


def _lack(secret: RequiredSecret, plan: IngestPlan) -> str:
    return f"{secret.needed_by} needs {secret} of tenant {plan.tenant}"


def _reads_variables(plan: IngestPlan, secret: RequiredSecret, store: SecretStore, mode: str) -> bool:
    if secret.variable is not None and store.keeps(secret.variable):
        return False
    origin = plan.origins.get(secret.key_path)
    return mode == Mode.SELF_HOSTED or (origin is not None and origin.authority is Authority.OPERATOR)
