"""Files that contracts refer to by `file.yaml#…`, in their relationships."""

import posixpath
from collections.abc import Iterator
from typing import Any

from dativo_core.workspace.document import Document

RELATIONSHIPS = "relationships"
PARTS = ("properties", "items", "key", "value")
"""The keys of a property below which others stand."""


def has_relationships(document: Document) -> bool:
    """Whether a contract says how its tables are related."""
    return any(True for _ in _relationships(document.value(("schema",))))


def related_files(document: Document) -> set[str]:
    """Return the files its relationships refer to, relative to the workspace root; they need not exist."""
    texts = (text for each in _relationships(document.value(("schema",))) for text in _texts(each))
    return {file for text in texts if (file := split_reference(document.file, text)[0]) is not None}


def split_reference(file: str, reference: str) -> tuple[str | None, str]:
    """Return the file a reference in `file` is about, None for the same one, and what it names there.

    A path is relative to the directory of `file`; what is returned is relative to what `file` is.
    """
    prefix, mark, name = reference.partition("#")
    if not mark:
        return None, reference.strip()
    path = posixpath.normpath(posixpath.join(posixpath.dirname(file), prefix.strip()))
    return (None if not prefix.strip() or path == file else path), name.strip()


def _relationships(value: Any) -> Iterator[Any]:
    """Yield every relationship in a part of a contract."""
    if isinstance(value, dict):
        written = value.get(RELATIONSHIPS)
        yield from written if isinstance(written, list) else ()
        for key in PARTS:
            yield from _relationships(value.get(key))
    elif isinstance(value, list):
        for each in value:
            yield from _relationships(each)


def _texts(relationship: Any) -> Iterator[str]:
    written = relationship.get("to") if isinstance(relationship, dict) else None
    for each in written if isinstance(written, list) else [written]:
        if isinstance(each, str):
            yield each
