"""The nested form of the flat dialect: everything below `asset:`, and below `asset.governance` what is now elsewhere."""

from dataclasses import dataclass

from dativo_core.model.finding import Finding, Severity
from dativo_core.workspace.document import Document, KeyPath, dotted
from dativo_core.workspace.tree import Node, plain, tree_of
from dativo_core.workspace.validate import did_you_mean

_GOVERNANCE: dict[str, KeyPath] = {
    "owner": ("team", "owner"),
    "tags": ("tags",),
    "classification": ("compliance", "classification"),
    "retention_days": ("compliance", "retention_days"),
}


@dataclass(frozen=True)
class Flattened:
    """A nested contract in the flat form, and what there is to say about it."""

    tree: Node
    findings: tuple[Finding, ...]


def is_nested(document: Document) -> bool:
    """Whether a document is written in the nested form."""
    return isinstance(document.value(("asset",)), dict)


def flattened(document: Document) -> Flattened:
    """Return a nested contract in the flat form.

    What stands outside `asset` wins over what stands in it, and that over `governance`, which fills gaps only; a value
    that is left out because another one differs is a warning.
    """
    tree = tree_of(document)
    asset = tree.value["asset"]
    hint = f"It is read as the flat form. Write it anew with: dativo asset upgrade {document.file}"
    message = "the nested form 'asset:' is deprecated"
    findings = [document.finding(("asset",), "dialect-nested", message, hint, Severity.WARNING)]
    merged = {key: node for key, node in tree.entries.items() if key != "asset"}
    for key, node in asset.entries.items():
        if key != "governance":
            _fill(merged, (key,), node, document, findings)
    governance = asset.value.get("governance")
    if governance is not None:
        _govern(merged, governance, document, findings)
    return Flattened(Node(merged, asset.path), tuple(findings))


def _govern(merged: dict[str, Node], governance: Node, document: Document, findings: list[Finding]) -> None:
    path = governance.path or ()
    if governance.value is not None and not isinstance(governance.value, dict):
        message, hint = "expected a mapping", "Write 'key: value' lines below it."
        findings.append(document.finding(path, "wrong-type", message, hint))
    for key, node in governance.entries.items():
        if key in _GOVERNANCE:
            _fill(merged, _GOVERNANCE[key], node, document, findings)
        else:
            message, hint = f"unknown key '{key}'", did_you_mean(key, _GOVERNANCE)
            findings.append(document.finding((*path, key), "unknown-key", message, hint))


def _fill(merged: dict[str, Node], place: KeyPath, node: Node, document: Document, findings: list[Finding]) -> None:
    """Put a node at `place` unless something stands there; of two mappings the gaps of the first are filled."""
    key, rest = str(place[0]), place[1:]
    there = merged.get(key)
    if there is None or there.value is None:
        merged[key] = node if not rest else Node({str(rest[0]): node}, node.path)
    elif isinstance(there.value, dict) and (rest or isinstance(node.value, dict)):
        inner = there.entries
        added = [(rest, node)] if rest else [((name,), each) for name, each in node.entries.items()]
        for below, each in added:
            _fill(inner, below, each, document, findings)
        merged[key] = Node(inner, there.path)
    elif rest or _meaning(there) != _meaning(node):
        findings.append(_difference(there, node, document))


def _meaning(node: Node) -> object:
    """Return a value; a single text in place of a list is a list of one."""
    value = plain(node)
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _difference(kept: Node, left_out: Node, document: Document) -> Finding:
    path = kept.path or ()
    message = f"the value differs from that of {dotted(path)} on line {document.line(path)}, which is used"
    hint = "Remove one of them."
    return document.finding(left_out.path or (), "dialect-nested-differs", message, hint, Severity.WARNING)
