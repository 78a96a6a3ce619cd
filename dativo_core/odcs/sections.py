"""The sections of a contract file as they were written, in whichever dialect."""

from collections.abc import Iterator, Mapping
from typing import Any

from dativo_core.workspace.document import KeyPath

_FREE = frozenset({"examples", "implementation"})
_FREE_VALUES = frozenset({"customProperties", "slaProperties"})


def is_free(path: KeyPath) -> bool:
    """Return whether the standard lets anything stand at `path`: examples, values of custom properties and promises."""
    if not path or path[-1] in _FREE:
        return bool(path)
    return len(path) > 2 and path[-1] in {"value", "valueExt"} and path[-3] in _FREE_VALUES


def mappings(value: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    """Yield every mapping of a document with its place, outermost first, but none in a free value."""
    found: list[tuple[KeyPath, Mapping[str, Any]]] = []
    if isinstance(value, dict | list):
        _collect(value, path, found)
    return iter(found)


def _collect(value: Any, path: KeyPath, found: list[tuple[KeyPath, Mapping[str, Any]]]) -> None:
    if is_free(path):
        return
    if isinstance(value, dict):
        found.append((path, value))
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(inner, dict | list):
            _collect(inner, (*path, key), found)


def entries(section: Mapping[str, Any], key: str, path: KeyPath) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    """Yield the mappings of the list at `key` of a section found at `path`, each with its place."""
    written = section.get(key)
    for index, entry in enumerate(written if isinstance(written, list) else ()):
        if isinstance(entry, dict):
            yield (*path, key, index), entry
