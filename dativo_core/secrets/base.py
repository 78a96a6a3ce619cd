"""The secret type and what every secret store satisfies."""

import os
from pathlib import Path
from typing import Any, NoReturn, Protocol

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from dativo_core.errors import ConfigError, SecretError
from dativo_core.model.closed_variables import REMEDY
from dativo_core.model.mode import Mode
from dativo_core.model.origin import Authority
from dativo_core.telemetry.redact import REDACTED, is_secret_name, register
from dativo_core.workspace.references import GRAMMAR, Reference, ReferenceKind, expand


class Secret:
    """A value that is shown only by `reveal()`: text and repr are masked, pickle and JSON refuse it.

    Making one also makes the value unprintable in the logs of this process. As a field of a pydantic model it is read from
    text; an error about it shows a masked value whatever was given.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value
        register(value)

    def reveal(self) -> str:
        """Return the value; called only where a client needs it."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({REDACTED})"

    def __str__(self) -> str:
        return REDACTED

    def __reduce__(self) -> NoReturn:
        message = "a secret cannot be pickled; pass its store and its name instead"
        raise TypeError(message)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        # Two steps, because an error shows what its own step was given: the first hides the value, the second judges it.
        hide = core_schema.no_info_plain_validator_function(_hidden)
        judge = core_schema.no_info_plain_validator_function(_judged)
        refuse = core_schema.plain_serializer_function_ser_schema(_refused, when_used="json")
        return core_schema.chain_schema([hide, judge], serialization=refuse)


class _NoText(Secret):
    """What was given for a secret and is no text."""

    __slots__ = ()


class _Number(_NoText):
    """A number, which may have been meant as the text it was spelt as."""

    __slots__ = ()


def _hidden(value: Any) -> Secret:
    if isinstance(value, Secret):
        return value
    if isinstance(value, str):
        return Secret(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return _Number(str(value)) if is_number else _NoText(str(value))


def _judged(value: Secret) -> Secret:
    if isinstance(value, _NoText):
        kind = "string_type" if isinstance(value, _Number) else "secret_type"
        raise PydanticCustomError(kind, "a secret must be text")
    return value


def _refused(_value: Secret) -> NoReturn:
    message = "a secret cannot be written as JSON"
    raise TypeError(message)


class SecretStore(Protocol):
    """Where the secrets of tenants are kept. Picklable: it holds places, never values.

    A name is that of a whole secret (`stripe_api_key`), of a part of one (`postgres.password`), or of a variable in
    one of the tenant's `.env` secrets (`AWS_REGION`).
    """

    def lookup(self, tenant: str, name: str) -> Secret | None:
        """Return a secret of `tenant`, None when there is none; raises SecretError when it cannot be read."""

    def names(self, tenant: str) -> frozenset[str]:
        """Return the names of all secrets of `tenant` that `lookup` knows; raises SecretError as `lookup` does."""

    def load(self, tenant: str) -> int:
        """Fetch the secrets of `tenant` now, unless they are here already, and return how many there are.

        Logs that they were loaded, if there are any. Raises SecretError as `lookup` does.
        """

    def describe(self, tenant: str) -> str:
        """Return where the tenant's secrets are looked for, for messages."""

    def directories(self) -> tuple[Path, ...]:
        """Return the directories that hold secrets of tenants, which nothing else reads."""

    def keeps(self, variable: str) -> bool:
        """Return whether a variable of this process holds a secret of a tenant, or the login to where they are kept."""

    def refresh(self, tenant: str) -> None:
        """Forget what was read for `tenant`, so that the next look-up reads again; for a login that was refused."""


def resolve_references(
    text: str,
    tenant: str,
    store: SecretStore,
    mode: str = Mode.SELF_HOSTED,
    *,
    authority: Authority = Authority.TENANT,
    where: str = "",
) -> str:
    """Return `text` with its references replaced; `where` is its `file:line: key.path`, for messages.

    `${NAME}` looks in the tenant's secrets first, then in the process environment; `${env:NAME}` looks there only. In
    cloud mode a tenant's text reads no environment and has no defaults, an operator's does. Raises SecretError that
    lists every reference without a value, ConfigError for a reference that may not stand there or is none.
    """
    reads_environment = mode == Mode.SELF_HOSTED or authority is not Authority.TENANT
    missing: list[Reference] = []

    def lookup(reference: Reference) -> str | None:
        if not reads_environment and (reference.default is not None or reference.kind is ReferenceKind.ENV):
            message = f"{_prefix(where)}{reference.text} is not allowed in cloud mode"
            raise ConfigError(message, hint="Write ${secret:file.key} and put the value in the tenant's secrets")
        value = _value(reference, tenant, store, reads_environment, where)
        if not value and reference.default is None:
            missing.append(reference)
            return ""
        return value

    try:
        expanded = expand(text, lookup)
    except ValueError as error:
        message = f"{_prefix(where)}{error}"
        raise ConfigError(message, hint=GRAMMAR) from None
    if missing:
        raise _missing(missing, tenant, store, reads_environment, where)
    return expanded


def _value(reference: Reference, tenant: str, store: SecretStore, reads_environment: bool, where: str) -> str | None:
    secret = None if reference.kind is ReferenceKind.ENV else store.lookup(tenant, reference.name)
    if secret is not None:
        return secret.reveal()
    if reference.kind is ReferenceKind.SECRET or not reads_environment:
        return None
    if store.keeps(reference.name):
        message = f"{_prefix(where)}{reference.text} is a variable that opens secrets of other tenants"
        raise ConfigError(message, hint=REMEDY)
    value = os.environ.get(reference.name)
    if value and is_secret_name(reference.name):
        register(value)
    return value


def _missing(
    missing: list[Reference], tenant: str, store: SecretStore, reads_environment: bool, where: str
) -> SecretError:
    names = ", ".join(dict.fromkeys(reference.text for reference in missing))
    places = []
    if any(reference.kind is not ReferenceKind.ENV for reference in missing):
        places.append(store.describe(tenant))
    if reads_environment and any(reference.kind is not ReferenceKind.SECRET for reference in missing):
        places.append("the process environment")
    message = f"{_prefix(where)}no value for {names} of tenant {tenant}; looked in {' and '.join(places)}"
    known = ", ".join(sorted(store.names(tenant)))
    hint = f"Add it there; the tenant's secrets are: {known}" if known else "Add it there"
    return SecretError(message, hint=hint, context={"missing": [reference.text for reference in missing]})


def _prefix(where: str) -> str:
    return f"{where}: " if where else ""
