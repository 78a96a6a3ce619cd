"""ODCS 3.1.0 and 3.2.0, read as v3.0.2: every key finds its place there, or a finding says that it is left out."""

from collections.abc import Callable

from dativo_core.model.finding import Finding, Severity
from dativo_core.odcs.newer_parts import MEANINGS, TARGET, Notes, kept, with_custom, without
from dativo_core.odcs.newer_rules import enum_rule, older_rules
from dativo_core.odcs.newer_types import older_type
from dativo_core.workspace.document import Document
from dativo_core.workspace.tree import Node, made, rearranged, tree_of

VERSIONS = ("v3.1.0", "v3.2.0")
_TEAM = ("name", "description", "tags", "customProperties", "authoritativeDefinitions")
_MEMBER = ("tags", "customProperties", "authoritativeDefinitions")
_NEW_SERVERS = frozenset(
    {
        *("btrieve", "exasol", "fastobjects", "hana", "hive", "iceberg", "impala"),
        *("ingres", "poet", "teradata", "vectorwise", "versant", "zen"),
    }
)
_SERVER_KEYS = {"id": "dativoId", "catalogUrl": "dativoCatalogUrl", "namespace": "dativoNamespace"}
_PROMISE = ("description", "schedule", "scheduler", "customProperties", "authoritativeDefinitions")


def is_newer(document: Document) -> bool:
    """Whether a document is written in a version of the standard that is read as an older one."""
    return document.value(("apiVersion",)) in VERSIONS


def older(document: Document) -> tuple[Document, tuple[Finding, ...]]:
    """Return the document as v3.0.2 says it, its findings still at the lines of the file, and what that left out."""
    notes = Notes(document)
    entries = tree_of(document).entries
    version = entries["apiVersion"]
    message, hint = f"apiVersion {version.value} is read as {TARGET}", "The file may stay as it is."
    notes.add(version, "api-version-upgraded", message, hint, Severity.INFO)
    entries["apiVersion"] = made(TARGET, version.path)
    if version.value == VERSIONS[1] and "status" not in entries:
        notes.add(version, "status-missing", "without a status the contract is a draft", "Add status.")
        entries["status"] = made("draft", version.path)
    kept(entries, {key: key for key in MEANINGS if key != "id"}, notes)
    _team(entries, notes)
    _each(entries, "servers", lambda node: [_server(node, notes)])
    _each(entries, "slaProperties", lambda node: [without(node, _PROMISE, notes)])
    _each(entries, "schema", lambda node: [_element(node, notes)])
    return rearranged(document, Node(entries)), tuple(notes.findings)


def _each(entries: dict[str, Node], key: str, rewrite: Callable[[Node], list[Node]]) -> None:
    """Rewrite the items of a list of mappings in place; what is no such list is left for the validation."""
    section = entries.get(key)
    if section is not None and isinstance(section.value, list):
        items = [new for each in section.items for new in (rewrite(each) if isinstance(each.value, dict) else [each])]
        entries[key] = Node(items, section.path)


def _team(entries: dict[str, Node], notes: Notes) -> None:
    team = entries.get("team")
    if team is not None and isinstance(team.value, dict):
        for key in _TEAM:
            if (dropped := team.get(key)) is not None:
                notes.lossy(dropped, key)
        entries["team"] = team.entries.get("members", Node([], team.path))
    _each(entries, "team", lambda node: [without(node, _MEMBER, notes)])


def _server(node: Node, notes: Notes) -> Node:
    """Return a server; one of a newer type is a custom server, which has a place for all that matters of it."""
    entries = node.entries
    type_ = entries.get("type")
    if type_ is not None and isinstance(type_.value, str) and type_.value in _NEW_SERVERS:
        entries["type"] = made("custom", type_.path)
    kept(entries, _SERVER_KEYS, notes)
    return Node(entries, node.path)


def _element(node: Node, notes: Notes) -> Node:
    """Return a table, a property or the items of an array."""
    entries = node.entries
    relationships = entries.pop("relationships", None)
    if relationships is not None:
        message, hint = "relationships are not checked by this version", "They are shown here and nowhere else."
        notes.add(relationships, "relationship-unexecuted", message, hint)
    _say_deprecated(entries, notes)
    older_type(entries, notes)
    kept(entries, MEANINGS, notes)
    _quality(entries, notes)
    _each(entries, "properties", lambda each: _property(each, notes))
    items = entries.get("items")
    if items is not None and isinstance(items.value, dict):
        entries["items"] = _element(items, notes)
    return Node(entries, node.path)


def _property(node: Node, notes: Notes) -> list[Node]:
    kind = node.get("semanticType")
    if kind is None or kind.value != "measure":
        return [_element(node, notes)]
    hint = "It is computed by those who read the table."
    notes.add(kind, "element-unexecuted", "a measure is no stored column", hint, Severity.INFO)
    return []


def _say_deprecated(entries: dict[str, Node], notes: Notes) -> None:
    flag = entries.get("deprecated")
    if flag is not None and flag.value is True:
        message, hint = "a deprecated part of the contract is loaded", "Move to its successor."
        notes.add(flag, "element-deprecated", message, hint)


def _quality(entries: dict[str, Node], notes: Notes) -> None:
    """Rewrite the rules of an element, and add the one its `enum` stands for; the enumeration itself is kept too."""
    enum = entries.pop("enum", None)
    quality = entries.get("quality")
    if quality is not None:
        entries["quality"] = older_rules(quality, notes)
    if enum is None:
        return
    rules = entries["quality"].items if quality is not None else []
    entries["quality"] = Node([*rules, enum_rule(enum)], quality.path if quality is not None else enum.path)
    with_custom(entries, {"enum": enum})
