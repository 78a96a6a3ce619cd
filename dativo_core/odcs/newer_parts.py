"""What every section of a newer contract needs on its way to v3.0.2: findings, and a place for keys that have none there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dativo_core.model.finding import Finding, Severity
from dativo_core.workspace.document import Document
from dativo_core.workspace.tree import Node, made

TARGET = "v3.0.2"
MEANINGS = {"id": "dativoId", **{key: key for key in ("context", "synonyms", "deprecated", "semanticType")}}
"""What newer elements say about themselves, and the custom properties it becomes."""


@dataclass(frozen=True)
class Notes:
    """The findings about one document that is read as an older version."""

    document: Document
    findings: list[Finding] = field(default_factory=list)

    def add(self, node: Node, code: str, message: str, hint: str, severity: Severity = Severity.WARNING) -> None:
        """Add a finding at the place of a node."""
        self.findings.append(self.document.finding(node.path or (), code, message, hint, severity))

    def lossy(self, node: Node, key: str) -> None:
        """Say that a key is left out, because v3.0.2 has no place for it."""
        message = f"'{key}' is left out: the contract is read as {TARGET}, which has no place for it"
        self.add(node, "downgrade-lossy", message, "It may stay in the file; nothing acts on it.")


def without(node: Node, keys: Iterable[str], notes: Notes) -> Node:
    """Return a section that has no custom properties, without `id` and `keys`; each of `keys` is said to be lost."""
    entries = node.entries
    entries.pop("id", None)
    for key in keys:
        dropped = entries.pop(key, None)
        if dropped is not None:
            notes.lossy(dropped, key)
    return Node(entries, node.path) if isinstance(node.value, dict) else node


def with_custom(entries: dict[str, Node], added: dict[str, Node]) -> None:
    """Append custom properties to a section."""
    if added:
        there = entries.get("customProperties")
        new = [made({"property": name, "value": node}, node.path) for name, node in added.items()]
        entries["customProperties"] = Node(
            [*(there.items if there else []), *new], there.path if there else next(iter(added.values())).path
        )


def kept(entries: dict[str, Node], names: Mapping[str, str], notes: Notes) -> None:
    """Make custom properties of keys, under the names given for them; tidy the custom properties that are there."""
    there = entries.get("customProperties")
    if there is not None and isinstance(there.value, list):
        tidy = [without(each, ("description", "vendor"), notes) for each in there.items]
        entries["customProperties"] = Node(tidy, there.path)
    with_custom(entries, {name: entries.pop(key) for key, name in names.items() if key in entries})
