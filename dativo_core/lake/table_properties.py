"""Properties that tell other programs about a table, kept as the plan says them."""

from collections.abc import Mapping

from pyiceberg.table import Table
from pyiceberg.table.update import RemovePropertiesUpdate, SetPropertiesUpdate, TableUpdate

_SECTIONS = {
    "asset": ("name", "version", "domain", "data_product", "source_type", "object"),
    "governance": ("owner", "retention_days", "domain", "data_product", "regulations"),
    "finops": ("cost_center", "business_tags", "project", "environment"),
    "classification": ("default",),
}
_OWN = frozenset(f"{section}.{key}" for section, keys in _SECTIONS.items() for key in keys)
_OF_COLUMNS = "classification.fields."


def property_updates(table: Table, wanted: Mapping[str, str]) -> tuple[TableUpdate, ...]:
    """Return the updates that make the table say what is `wanted` and no more; none when it does. Others' are left alone."""
    stored = table.properties
    changed = {key: text for key, text in wanted.items() if _is_own(key) and stored.get(key) != text}
    gone = sorted(key for key in stored if _is_own(key) and key not in wanted)
    updates: list[TableUpdate] = []
    if changed:
        updates.append(SetPropertiesUpdate(updates=changed))
    if gone:
        updates.append(RemovePropertiesUpdate(removals=gone))
    return tuple(updates)


def _is_own(key: str) -> bool:
    return key in _OWN or key.startswith(_OF_COLUMNS)
