"""What changed in a contract outside of types, rules and service levels: what it is called, who uses it, how it is explained.

What only explains is a patch; whatever else is written, and no rule here knows, counts as an addition.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from dativo_core.model.ladder import Ladder
from dativo_core.odcs.change import Changes
from dativo_core.odcs.read import ContractFile, is_flat
from dativo_core.odcs.sections import entries
from dativo_core.odcs.versions import Level
from dativo_core.workspace.document import KeyPath

_EXPLAINS = frozenset(
    {
        *("description", "tags", "team", "support", "examples", "authoritativeDefinitions", "businessName", "name"),
        *("status", "contractCreatedTs", "dataProduct", "price", "physicalType", "type", "slaDefaultElement"),
        *("transformLogic", "transformDescription", "transformSourceObjects"),
        *("data_quality", "change_management", "finops", "quality", "slaProperties"),
        *("dativoDataQuality", "dativoChangeManagement", "dativoFinops"),
    }
)
"""Keys and custom properties of Dativo that explain, or whose meaning is compared elsewhere."""

_PROPERTY = frozenset(
    {
        *("name", "properties", "items", "logicalType", "logicalTypeOptions", "required", "unique"),
        *("primary_key", "primaryKey", "primaryKeyPosition", "partitioned", "partitionKeyPosition", "classification"),
    }
)
_COMPARED = {
    "contract": frozenset(
        {
            *("$schema", "apiVersion", "kind", "version", "id", "schema", "domain", "servers", "roles"),
            *("target", "compliance"),
        }
    ),
    "table": frozenset({"name", "properties", "dataGranularityDescription", "logicalType"}),
    "property": _PROPERTY,
    "property of another type": _PROPERTY | {"type", "physicalType", "format"},
}
"""Keys whose meaning is compared, and that say nothing beside it."""

_COMPARED_CUSTOM = frozenset(
    {"dativoId", "dativoPartitionTransform", "dativoTarget", "dativoCompliance", "dativoTimezone"}
)
_COMPARED_CARE = frozenset({"retention_days", "classification"})
_NAMED = {"servers": "server", "roles": "role"}


def compare_identity(old: ContractFile, new: ContractFile, changes: Changes) -> None:
    """Add whether readers find the contract and its tables elsewhere."""
    before, after = old.document.data, new.document.data
    for key, why in (("id", "it is another contract"), ("domain", "its tables are in another namespace")):
        is_written = key != "id" or (before.get("id") and after.get("id"))
        if is_written and before.get(key) != after.get(key):
            told = f"from {before.get(key) or 'none'} to {after.get(key) or 'none'}"
            changes.add(Level.MAJOR, (key,), f"the {key} changed {told}: {why}")


def compare_care(old: ContractFile, new: ContractFile, ladder: Ladder, changes: Changes) -> None:
    """Add what changed in the care of the data; the classification of columns that say none may rise."""
    before, after = (file.contract.governance.classification if file.contract else () for file in (old, new))
    if {*before} != {*after}:
        is_raised = ladder.is_raised(before, after)
        told = f"from {', '.join(before) or 'none'} to {', '.join(after) or 'none'}"
        message = f"the default classification {'rises' if is_raised else 'changes'} {told}"
        changes.add(Level.MAJOR if is_raised else Level.MINOR, classification_path(new), message)
    (_, was), (path, is_now) = compliance(old), compliance(new)
    for key in _changed(was, is_now):
        if key not in _COMPARED_CARE:
            changes.add(Level.MINOR, (*path, key), f"'{key}' of compliance changed")
    before_target, after_target = ({**file.target, "partitioning": None} for file in (old, new))
    for key in _changed(before_target, after_target):
        changes.add(Level.MINOR, (*new.target_path, key), f"'{key}' of the target changed")


def compliance(file: ContractFile) -> tuple[KeyPath, Mapping[str, Any]]:
    """Return what a contract says of compliance, in either dialect, and where."""
    path: KeyPath = ("compliance",)
    for place, entry in entries(file.document.data, "customProperties", ()):
        if entry.get("property") == "dativoCompliance":
            path = (*place, "value")
    section = file.document.value(path)
    return path, section if isinstance(section, dict) else {}


def classification_path(file: ContractFile) -> KeyPath:
    """Return where a contract says the classification of all its columns."""
    return (*compliance(file)[0], "classification")


def compare_root(old: ContractFile, new: ContractFile, changes: Changes) -> None:
    """Add what changed in the sections around the tables."""
    before, after = old.document.data, new.document.data
    if is_flat(old.document) is not is_flat(new.document):
        _compare_meaning(old, new, changes)
        return
    for key, word in _NAMED.items():
        _compare_named(before, after, key, word, changes)
    compare_keys(before, after, "contract", "the contract", (), changes)


def _compare_meaning(old: ContractFile, new: ContractFile, changes: Changes) -> None:
    """Add what changed between two dialects, of which few sections look alike."""
    if old.contract is None or new.contract is None:
        return
    for key in ("name", "status", "description", "tags"):
        if getattr(old.contract, key) != getattr(new.contract, key):
            changes.add(Level.PATCH, (key,), f"'{key}' of the contract changed")
    if old.contract.owner != new.contract.owner:
        changes.add(Level.PATCH, ("team",), "the owner changed")


def _compare_named(before: Mapping[str, Any], after: Mapping[str, Any], key: str, word: str, changes: Changes) -> None:
    """Add which entries of a list came, went or changed; they are known by the name at the key `word`."""
    was, is_now = (
        {str(entry.get(word)): (path, entry) for path, entry in entries(data, key, ())} for data in (before, after)
    )
    for name in dict.fromkeys([*was, *is_now]):
        path = is_now[name][0] if name in is_now else (key,)
        if name not in is_now:
            changes.add(Level.MINOR, path, f"the {word} '{name}' was removed")
        elif name not in was:
            changes.add(Level.MINOR, path, f"the {word} '{name}' was added")
        elif was[name][1] != is_now[name][1]:
            changes.add(Level.MINOR, path, f"the {word} '{name}' changed")


def compare_keys(before: Any, after: Any, kind: str, shown: str, path: KeyPath, changes: Changes) -> None:
    """Add which keys of a section found at `path`, and which of its custom properties, say something else."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return
    left = {"customProperties", *_COMPARED[kind]}
    was, is_now = ({key: value for key, value in each.items() if key not in left} for each in (before, after))
    for key in _changed(was, is_now):
        _add(key, key in _EXPLAINS, shown, (*path, key), changes)
    customs = [
        {str(entry.get("property")): entry for _, entry in entries(each, "customProperties", ())}
        for each in (before, after)
    ]
    for key in _changed(*customs):
        if key not in _COMPARED_CUSTOM:
            explains = key in _EXPLAINS or not key.startswith("dativo")
            _add(key, explains, shown, (*path, "customProperties"), changes)


def _add(key: str, explains: bool, shown: str, path: KeyPath, changes: Changes) -> None:
    changes.add_section(Level.PATCH if explains else Level.MINOR, path, f"'{key}' of {shown} changed")


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    yield from (key for key in dict.fromkeys([*before, *after]) if before.get(key) != after.get(key))
