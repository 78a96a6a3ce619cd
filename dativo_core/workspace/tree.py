"""A document as a tree that can be rearranged, in which every part remembers where it was written."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from dativo_core.workspace.document import Document, KeyPath


@dataclass(frozen=True)
class Node:
    """A mapping of nodes, a list of nodes, or a plain value; `path` is its key path in the file, None of what is made."""

    value: Any
    path: KeyPath | None = None

    def get(self, key: str) -> "Node | None":
        """Return the value of a key that is written and not null."""
        found = self.value.get(key) if isinstance(self.value, dict) else None
        return found if found is not None and found.value is not None else None

    @property
    def entries(self) -> dict[str, "Node"]:
        """The keys of a mapping; none of anything else."""
        return dict(self.value) if isinstance(self.value, dict) else {}

    @property
    def items(self) -> list["Node"]:
        """The items of a list; none of anything else."""
        return list(self.value) if isinstance(self.value, list) else []


def tree_of(document: Document) -> Node:
    """Return the data of a document as a tree."""
    return _node(document.data, (), document)


def _node(value: Any, path: KeyPath, document: Document) -> Node:
    written = document.written(path)
    if isinstance(value, dict):
        return Node({key: _node(each, (*path, key), document) for key, each in value.items()}, written)
    if isinstance(value, list):
        return Node([_node(each, (*path, at), document) for at, each in enumerate(value)], written)
    return Node(value, written)


def made(value: Any, path: KeyPath | None = None) -> Node:
    """Return plain data as a tree; nodes within it stay as they are. `path` is where what it follows from was written."""
    if isinstance(value, Node):
        return value
    if isinstance(value, dict):
        return Node({key: made(each, None) for key, each in value.items()}, path)
    if isinstance(value, list):
        return Node([made(each, None) for each in value], path)
    return Node(value, path)


def listed(node: Node) -> Node:
    """Return a list; a single value is a list of one."""
    return node if isinstance(node.value, list) else Node([node], node.path)


def plain(node: Node) -> Any:
    """Return the data of a tree."""
    if isinstance(node.value, dict):
        return {key: plain(each) for key, each in node.value.items()}
    return [plain(each) for each in node.value] if isinstance(node.value, list) else node.value


def nodes(node: Node, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Node]]:
    """Yield every node of a tree with its key path in it."""
    yield path, node
    children = node.value.items() if isinstance(node.value, dict) else enumerate(node.items)
    for key, each in children:
        yield from nodes(each, (*path, key))


def rearranged(document: Document, node: Node) -> Document:
    """Return a document whose data is the tree's, and whose findings stand where the parts were written."""
    moved = {path: each.path for path, each in nodes(node) if each.path is not None}
    return replace(document, data=plain(node), moved=moved)
