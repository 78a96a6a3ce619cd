"""The data catalog a job tells about its tables: reached by the keys its type has, at an address that may be asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dativo_core.model.catalog_push import CatalogPush
from dativo_core.model.declared_options import is_inline_secret
from dativo_core.model.finding import Finding, Severity
from dativo_core.model.job import Job
from dativo_core.net.check import NetworkPolicy
from dativo_core.rules.reachable import check_address
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.validate import did_you_mean

_CONNECTION: KeyPath = ("catalog", "connection")


@dataclass(frozen=True)
class _Keys:
    """The connection keys of a type; `address` is the one among them that is a web address, `pair` needs both or none."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    address: str | None = None
    pair: tuple[str, ...] = ()

    @property
    def known(self) -> tuple[str, ...]:
        return (*self.required, *self.optional)


_GLUE_KEYS = ("aws_access_key_id", "aws_secret_access_key")
KEYS = {
    "openmetadata": _Keys(("api_url",), ("auth_token",), "api_url"),
    "aws_glue": _Keys(("region",), _GLUE_KEYS, pair=_GLUE_KEYS),
    "databricks_unity": _Keys(("workspace_url", "access_token"), ("catalog", "warehouse_id"), "workspace_url"),
    "nessie": _Keys(("uri",), address="uri"),
}


def check_catalog_push(job: Job, document: Document, allowed: NetworkPolicy) -> list[Finding]:
    """Return what is wrong with a job's data catalog, and that nothing is pushed to it."""
    push = job.catalog
    if push is None:
        return []
    keys = KEYS[push.type]
    return [
        *_not_pushed(push, document),
        *_check_keys(push, keys, document),
        *_check_values(push, keys, document, allowed),
    ]


def not_pushed(push: CatalogPush) -> str | None:
    """Return what of a table is not told to the data catalog, as a sentence; None when a job asks for nothing of it."""
    asked = [name for name, wanted in (("metadata", push.push_metadata), ("lineage", push.push_lineage)) if wanted]
    if not asked:
        return None
    are = "is" if len(asked) == 1 else "are"
    return f"{' and '.join(asked)} {are} not pushed to {push.type} in this version; the table lands without it"


def _not_pushed(push: CatalogPush, document: Document) -> list[Finding]:
    told = not_pushed(push)
    hint = "Remove 'catalog', or set push_metadata and push_lineage to false."
    path = ("catalog", "type")
    return [document.finding(path, "catalog-not-pushed", told, hint, Severity.WARNING)] if told else []


def _check_keys(push: CatalogPush, keys: _Keys, document: Document) -> Iterator[Finding]:
    written = push.connection or {}
    for key in keys.required:
        if written.get(key) is None:
            message = f"{push.type} needs '{key}'"
            yield document.finding((*_CONNECTION, key), "missing-key", message, f"Add {key} to catalog.connection.")
    given = [key for key in keys.pair if written.get(key) is not None]
    for key in keys.pair if len(given) == 1 else ():
        if key not in given:
            message = f"'{given[0]}' without '{key}'"
            hint = f"Add {key}, or remove both for the identity of the machine."
            yield document.finding((*_CONNECTION, given[0]), "missing-key", message, hint)
    for key in written:
        if key not in keys.known:
            message = f"the connection of {push.type} does not read '{key}'"
            hint = did_you_mean(str(key), keys.known)
            yield document.finding((*_CONNECTION, key), "unused-key", message, hint, Severity.WARNING)


def _check_values(push: CatalogPush, keys: _Keys, document: Document, allowed: NetworkPolicy) -> Iterator[Finding]:
    for key, value in (push.connection or {}).items():
        path = (*_CONNECTION, key)
        if key not in keys.known or value is None:
            continue
        if not isinstance(value, str):
            yield document.finding(path, "wrong-type", f"'{key}' is not text", _as_text(value))
        elif not value.strip():
            yield document.finding(path, "empty-value", f"'{key}' is empty", "Write a value, or remove the key.")
        elif key == keys.address:
            yield from check_address(document, path, value, allowed)
        elif is_inline_secret(key, value):
            message = f"'{key}' is written out in the file, where everybody who reads the file can read it"
            hint = "Write a reference such as ${secret:name.key}, and put the value in the tenant's secrets."
            yield document.finding(path, "secret-inline", message, hint, Severity.WARNING)


def _as_text(value: Any) -> str:
    return "Write one value, not several." if isinstance(value, dict | list) else "Put quotes around it."
