"""Properties that tell other programs about a table, kept as the plan says them."""

from collections.abc import Collection, Iterable, Mapping

from pyiceberg.table import Table
from pyiceberg.table.update import RemovePropertiesUpdate, SetPropertiesUpdate, TableUpdate

from dativo_core.errors import TargetError
from dativo_core.model.table_properties import ALLOWED, is_redirecting, is_told


def property_updates(table: Table, wanted: Mapping[str, str]) -> tuple[TableUpdate, ...]:
    """Return the updates that make the table say what is `wanted` and no more; none when it does. Others' are left alone."""
    stored = table.properties
    changed = {key: text for key, text in wanted.items() if is_told(key) and stored.get(key) != text}
    gone = sorted(key for key in stored if is_told(key) and key not in wanted)
    updates: list[TableUpdate] = []
    if changed:
        updates.append(SetPropertiesUpdate(updates=changed))
    if gone:
        updates.append(RemovePropertiesUpdate(removals=gone))
    return tuple(updates)


def require_allowed(keys: Iterable[str], own: Collection[str]) -> None:
    """Raise TargetError unless a new table has no property but those that tell of it and our `own`."""
    strange = sorted(key for key in keys if not is_told(key) and key not in own)
    if strange:
        message = f"the table property {strange[0]!r} is not allowed"
        raise TargetError(message, hint=f"A table's properties are {ALLOWED}")


def redirecting(properties: Mapping[str, str]) -> list[str]:
    """Return the properties of a table that say where its files are written, or which code reads and writes them."""
    return sorted(key for key in properties if is_redirecting(key))
