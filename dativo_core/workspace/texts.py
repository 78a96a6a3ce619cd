"""The texts of a document, wherever they stand."""

from collections.abc import Iterator
from typing import Any

from dativo_core.workspace.document import Document, KeyPath


def texts_of(document: Document) -> Iterator[tuple[KeyPath, str]]:
    """Yield every text of a document with its key path, in order, without recursion."""
    waiting: list[tuple[KeyPath, Any]] = [((), document.data)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            waiting += reversed([((*path, key), each) for key, each in value.items()])
        elif isinstance(value, list):
            waiting += reversed([((*path, index), each) for index, each in enumerate(value)])
        elif isinstance(value, str):
            yield path, value
