"""Places that a tenant's files name: none of them is another tenant's, and in cloud mode all of them are the tenant's own.

Looks at what the files of tenants say themselves; recipes, registry and runner.yaml are the operator's.
"""

import posixpath

from dativo_core.model.finding import Finding
from dativo_core.model.mode import Mode
from dativo_core.model.ownership import TenantBounds
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.paths import CONTAINER_ROOT
from dativo_core.workspace.pointers import foreign_place
from dativo_core.workspace.related import RELATIONSHIPS, split_reference
from dativo_core.workspace.texts import texts_of

_SECTIONS = ("source", "target", "source_overrides", "target_overrides", "catalog")
_TARGET = ("target", "dativoTarget")
_DOTTED = frozenset({"branch", "default_branch", "ref", "namespace"})
_PLACES = _DOTTED | {"bucket", "container", "prefix", "warehouse", "directory", "location", "state_path", "staging"}
"""Keys whose value is a place even when it is a single name."""

_REMOTE = frozenset({"bucket", "container", "prefix", "warehouse", "location", "staging"})
"""Keys whose value is a place in a store, which has no directories of a workspace."""

_TEXTS = frozenset(
    {"description", "query", "queries", "tables", "sheets", "objects", "partitioning", "sort_order", "range"}
)
_FILE_KEYS = frozenset({"path", "file_path", "file"})
_WEB = ("http://", "https://")


def check_locations(document: Document, contract: Document | None, bounds: TenantBounds, mode: Mode) -> list[Finding]:
    """Return the places of a job, and of its contract, that its tenant may not name."""
    own = [(path, text) for path, text in texts_of(document) if path[0] in _SECTIONS]
    findings = [found for path, text in own for found in _check(document, path, text, bounds)]
    known = {finding.key_path for finding in findings}
    findings += [
        found
        for path, text in own
        if _is_local(path)
        for found in _check_local(document, path, text, bounds, mode)
        if found.key_path not in known
    ]
    return findings + (_check_contract(contract, bounds) if contract is not None else [])


def _check_contract(contract: Document, bounds: TenantBounds) -> list[Finding]:
    findings: list[Finding] = []
    for path, text in texts_of(contract):
        if _is_of_target(contract, path):
            findings += _check(contract, path, text, bounds)
        elif RELATIONSHIPS in path and "to" in path[-2:]:
            other = split_reference(contract.file, text)[0]
            if other is not None and bounds.is_foreign(other):
                findings.append(foreign_place(contract, path))
    return findings


def _is_of_target(contract: Document, path: KeyPath) -> bool:
    """Return whether a text belongs to the contract's own settings of the target, in any dialect."""
    if any(key in _TARGET for key in path[:2]):
        return True
    if len(path) > 2 and path[0] == "customProperties":
        return contract.value((*path[:2], "property")) in _TARGET
    return False


def _check(document: Document, path: KeyPath, text: str, bounds: TenantBounds) -> list[Finding]:
    key = next((str(each) for each in reversed(path) if isinstance(each, str)), "")
    if _TEXTS.intersection(map(str, path)) or text.startswith(_WEB):
        return []
    if key not in _PLACES and not _FILE_KEYS.intersection({key}) and not _has_separator(text):
        return []
    is_foreign = bounds.is_foreign(text, "." if key in _DOTTED else "/" if key in _REMOTE else "")
    return [foreign_place(document, path)] if is_foreign else []


def _has_separator(text: str) -> bool:
    lowered = text.lower()
    return any(each in lowered for each in ("/", "\\", "%2f", "%5c", "\uff0f", "\uff3c"))


def _is_local(path: KeyPath) -> bool:
    """Return whether a path on the disk may stand here."""
    return path[-1] in _FILE_KEYS or path[-2:] == ("catalog", "directory")


def _check_local(document: Document, path: KeyPath, text: str, bounds: TenantBounds, mode: Mode) -> list[Finding]:
    if "://" in text and not text.startswith("file://"):
        return []
    is_absolute = text.startswith(("/", "file://")) and not text.startswith(f"{CONTAINER_ROOT}/")
    is_directory = path[-1] == "directory"
    if _leads_out(text) or (is_absolute and is_directory):
        hint = "Write a path below the workspace root; another place is the operator's to choose, in a recipe."
        return [document.finding(path, "path-outside", f"'{text}' lies outside the workspace", hint)]
    if mode is Mode.SELF_HOSTED or ("${" in text and not is_absolute):
        return []
    if is_absolute or not bounds.is_own(text if is_directory else posixpath.dirname(posixpath.normpath(text))):
        message = f"'{text}' is in no directory of the tenant"
        hint = f"In cloud mode write a path with the tenant's directory, such as data/{bounds.tenant}/orders.csv."
        return [document.finding(path, "place-outside-tenant", message, hint)]
    return []


def _leads_out(text: str) -> bool:
    return "://" not in text and posixpath.normpath(text).split("/")[0] == ".."
