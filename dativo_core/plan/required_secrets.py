"""Which secrets the two sides of a plan need, by their exact names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from dativo_core.model.declared_options import DeclaredOptions
from dativo_core.plan.types import IngestPlan
from dativo_core.workspace.references import ReferenceKind, find

BY_CONVENTION: Mapping[str, tuple[str, ...]] = {
    "stripe": ("stripe_api_key", "api_key"),
    "hubspot": ("hubspot_api_key", "api_key"),
    "postgres": ("postgres",),
    "mysql": ("mysql",),
}
"""Names a connector's secret has where no file says another."""

CATALOG_SECRETS = ("iceberg", "nessie")
CATALOG_VARIABLE = "NESSIE_URI"
DATABASE_VALUES = frozenset({"host", "database", "user", "password"})
"""What a connection to a database must have to be complete without a secret of its own."""

_OWN_KEYS = frozenset({"type", "from_env", "file_template"})


@dataclass(frozen=True)
class RequiredSecret:
    """One of `names` in the tenant's secrets, or `variable` of the process, or each of `parts`.

    `needed_by` says whose it is, for messages. `key_path` is where the variable is named, on whose authority it is read. A
    reference is resolved, and missed, where its value is used.
    """

    needed_by: str
    names: tuple[str, ...]
    variable: str | None = None
    key_path: str = ""
    parts: tuple["RequiredSecret", ...] = ()
    is_reference: bool = False

    def __str__(self) -> str:
        places = [f"the secret {' or '.join(self.names)}"] if self.names else []
        places += [f"the variable {self.variable}"] if self.variable else []
        values = dict.fromkeys(name for part in self.parts for name in (part.names or (part.variable or "",)))
        places += [f"all values of the connection ({', '.join(values)})"] if values else []
        return ", or ".join(places)


def required_secrets(plan: IngestPlan) -> tuple[RequiredSecret, ...]:
    """Return what must be there before a job of this plan can read and write, each once; local files need nothing."""
    options, declared = plan.source.options, plan.target.declared
    found = [*_of_catalog(plan)]
    if isinstance(options, DeclaredOptions):
        found += _of_side(
            f"the source {plan.source.type}", plan.source.type, options.settings, "source.options.settings"
        )
    connection = plan.source.connection
    for key in type(connection).model_fields if connection is not None else ():
        found += _of_references(getattr(connection, key), f"source.connection.{key}")
    if declared is not None:
        found += _of_side(
            f"the target {plan.target.type}", plan.target.type, declared.settings, "target.declared.settings"
        )
    return tuple(dict.fromkeys(found))


def _of_catalog(plan: IngestPlan) -> Iterator[RequiredSecret]:
    catalog = plan.target.catalog
    if catalog is not None and catalog.type != "local":
        key_path = "target.catalog.uri"
        yield RequiredSecret(f"the catalog {catalog.type}", CATALOG_SECRETS, CATALOG_VARIABLE, key_path)


def _of_side(needed_by: str, connector: str, settings: Mapping[str, Any], at: str) -> Iterator[RequiredSecret]:
    """Yield the secrets of one side: what its credentials say themselves, else where they are, else its connection's."""
    credentials, connection = settings.get("credentials") or {}, settings.get("connection") or {}
    parts = tuple(_of_references(connection, f"{at}.connection"))
    is_complete = set(connection) >= DATABASE_VALUES
    if credentials.get("type", "none") == "none":
        yield from parts
    elif _beyond(credentials):
        yield from _of_references(_beyond(credentials), f"{at}.credentials")
    elif parts or not is_complete:
        yield RequiredSecret(
            needed_by,
            _names(connector, credentials.get("file_template")),
            credentials.get("from_env"),
            f"{at}.credentials.from_env",
            parts if is_complete else (),
        )


def _beyond(credentials: Mapping[str, Any]) -> dict[str, Any]:
    """Return what credentials say themselves, beside where to look for them."""
    return {key: value for key, value in credentials.items() if key not in _OWN_KEYS and value}


def _names(connector: str, template: str | None) -> tuple[str, ...]:
    stems = (PurePosixPath(template).stem,) if template else ()
    return tuple(dict.fromkeys((*stems, *BY_CONVENTION.get(connector, ()))))


def _of_references(value: Any, key_path: str) -> Iterator[RequiredSecret]:
    """Yield what the references below `value` stand for, where they have no default."""
    match value:
        case Mapping():
            for key, item in value.items():
                yield from _of_references(item, f"{key_path}.{key}")
        case list() | tuple():
            for index, item in enumerate(value):
                yield from _of_references(item, f"{key_path}[{index}]")
        case str():
            for reference in find(value):
                if reference.default is None:
                    names = () if reference.kind is ReferenceKind.ENV else (reference.name,)
                    secret = RequiredSecret(key_path, names, key_path=key_path, is_reference=True)
                    is_secret = reference.kind is ReferenceKind.SECRET
                    yield secret if is_secret else replace(secret, variable=reference.name)
