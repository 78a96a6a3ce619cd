"""Properties of a table, which follow from contract and job: nobody writes one out."""

from collections.abc import Iterator
from typing import Any

from dativo_core.model.finding import Finding
from dativo_core.model.table_properties import ALLOWED, is_container, is_property, is_told
from dativo_core.workspace.document import Document, KeyPath

_TARGETS = frozenset({"target", "target_overrides", "dativoTarget"})


def check_table_properties(document: Document) -> list[Finding]:
    """Return the properties of tables that a job or a contract writes out."""
    hint = f"Remove it; a table's properties are {ALLOWED}, and they follow from contract and job."
    return [
        document.finding(path, "table-property", f"the table property '{name}' is not allowed", hint)
        for path, name in _written(document.data)
    ]


def _written(data: dict[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """Yield where properties are written, with their names: below the target, and as custom properties of a contract.

    Those that stand together below a key are at that key, which may be no key of the format itself.
    """
    waiting: list[tuple[KeyPath, Any, bool]] = [((), data, False)]
    while waiting:
        path, value, is_target = waiting.pop()
        if isinstance(value, list):
            waiting += [((*path, index), each, is_target) for index, each in enumerate(value)]
        if not isinstance(value, dict):
            continue
        name = value.get("property")
        if "customProperties" in path and isinstance(name, str) and is_property(name):
            yield (*path, "property"), name
        for key, each in value.items():
            is_below = is_target or key in _TARGETS or (key == "value" and (isinstance(name, str) and name in _TARGETS))
            if is_below and _is_held(path, str(key)):
                yield path, str(key)
            elif is_below and is_property(str(key)):
                yield (*path, key), str(key)
            else:
                waiting.append(((*path, key), each, is_below))


def _is_held(path: KeyPath, key: str) -> bool:
    return bool(path) and is_container(str(path[-1])) and not is_told(key)
