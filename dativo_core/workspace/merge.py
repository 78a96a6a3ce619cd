"""Layers of settings, lowest first, merged to full depth; every value keeps where it was written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.origin import Authority, Origin
from dativo_core.workspace.document import Document, KeyPath, dotted


@dataclass(frozen=True)
class Leaf:
    """A scalar or a list, its origin, and its key path in the file it came from."""

    value: Any
    origin: Origin
    written: KeyPath


Tree = Mapping[str, Union["Tree", Leaf]]


def layer(document: Document, path: KeyPath, data: Mapping[str, Any], authority: Authority) -> Tree:
    """Return the settings `data`, found at `path` of a document, as a layer."""
    return {key: _node(document, (*path, key), value, authority) for key, value in data.items()}


def _node(document: Document, path: KeyPath, value: Any, authority: Authority) -> Tree | Leaf:
    if isinstance(value, Mapping):
        return layer(document, path, value, authority)
    return Leaf(value, Origin(document.file, document.line(path), authority), document.written(path))


@dataclass(frozen=True)
class Merged:
    """Effective settings as plain `data`, the leaf behind every scalar and list, and the conflicts between layers.

    `fallback` and `prefix` place findings on keys that were written nowhere.
    """

    data: dict[str, Any]
    leaves: Mapping[KeyPath, Leaf]
    findings: tuple[Finding, ...]
    fallback: Document
    prefix: KeyPath

    @property
    def origins(self) -> dict[str, Origin]:
        """The origin of every value by its dotted path."""
        return {dotted(path): leaf.origin for path, leaf in self.leaves.items()}

    def origin(self, path: KeyPath) -> Origin | None:
        """Return where a value was written; None when it was not."""
        leaf = self.leaves.get(path)
        return leaf.origin if leaf else None

    def finding(
        self, path: KeyPath, code: str, message: str, hint: str, severity: Severity = Severity.ERROR
    ) -> Finding:
        """Return a finding at the place the value of `path` was written, in whichever file that is."""
        for length in range(len(path), 0, -1):
            found = self._leaf_below(path[:length])
            if found is not None:
                at, leaf = found
                # A key that was written nowhere is named below its parent, not below the sibling that was found.
                owner = leaf.written[: len(leaf.written) - (len(at) - length)] if path[length:] else leaf.written
                key = dotted((*owner, *path[length:]))
                return Finding(leaf.origin.file, leaf.origin.line, key, code, severity, message, hint)
        return self.fallback.finding((*self.prefix, *path), code, message, hint, severity)

    def spelling(self, path: KeyPath) -> str | None:
        """Return None: layers hold values that were already read."""
        return None

    def _leaf_below(self, path: KeyPath) -> tuple[KeyPath, Leaf] | None:
        exact = self.leaves.get(path)
        if exact is not None:
            return path, exact
        return next(((key, leaf) for key, leaf in self.leaves.items() if key[: len(path)] == path), None)


def merge(layers: Sequence[Tree], fallback: Document, prefix: KeyPath) -> Merged:
    """Merge `layers`, lowest first: mappings merge, lists and scalars replace, null removes what lies below.

    A mapping over a scalar, or the reverse, is a finding; the lower value stays.
    """
    findings: list[Finding] = []
    tree: Tree = {}
    for upper in layers:
        tree = _over(tree, upper, findings)
    leaves: dict[KeyPath, Leaf] = {}
    data = _plain(tree, (), leaves)
    return Merged(data, leaves, tuple(findings), fallback, prefix)


def _over(lower: Tree, upper: Tree, findings: list[Finding]) -> Tree:
    merged: dict[str, Tree | Leaf] = dict(lower)
    for key, above in upper.items():
        below = merged.get(key)
        if isinstance(above, Mapping) and isinstance(below, Mapping):
            merged[key] = _over(below, above, findings)
        elif below is None or _is_null(below) or _is_null(above) or isinstance(above, Leaf) == isinstance(below, Leaf):
            merged[key] = above
        else:
            findings.append(_conflict(below, above))
    return merged


def _is_null(node: Tree | Leaf) -> bool:
    return isinstance(node, Leaf) and node.value is None


def _conflict(below: Tree | Leaf, above: Tree | Leaf) -> Finding:
    upper, lower = _any_leaf(above), _any_leaf(below)
    origin, written = (upper or lower or _NOWHERE).origin, (upper or lower or _NOWHERE).written
    there = f"{lower.origin.file}:{lower.origin.line}" if lower else "the layer below"
    said, meant = ("a mapping", "a single value") if isinstance(above, Mapping) else ("a single value", "a mapping")
    hint = f"Write {meant} here as there, or null to remove what is inherited."
    message = f"{said} cannot replace {meant} inherited from {there}"
    path = written if isinstance(above, Leaf) else written[:-1]
    return Finding(origin.file, origin.line, dotted(path), "merge-conflict", Severity.ERROR, message, hint)


_NOWHERE = Leaf(None, Origin("", 0, Authority.DEFAULT), ())


def _any_leaf(node: Tree | Leaf) -> Leaf | None:
    if isinstance(node, Leaf):
        return node
    return next((leaf for child in node.values() if (leaf := _any_leaf(child))), None)


def _plain(tree: Tree, path: KeyPath, leaves: dict[KeyPath, Leaf]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key, node in tree.items():
        if isinstance(node, Mapping):
            data[key] = _plain(node, (*path, key), leaves)
        elif node.value is not None:
            data[key] = node.value
            leaves[(*path, key)] = node
    return data
