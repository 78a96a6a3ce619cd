"""The expectations of the flat dialect as quality rules of the standard, each below the table or property it is about."""

from dataclasses import dataclass, field

from dativo_core.odcs.flat import ARGUMENTS, EXPECTATIONS, MEASURED, NAMES, RANGES
from dativo_core.odcs.library import DUPLICATES, OTHER_TYPES
from dativo_core.odcs.standard_model import QualityRule
from dativo_core.workspace.tree import Node, listed, made, plain

_KEPT = frozenset(info.alias or name for name, info in QualityRule.model_fields.items()) - {
    "type",
    "rule",
    "validValues",
}
_CAMEL = {"nullcheck": "nullCheck", "validvalues": "validValues", "missingvalues": "missingValues"}
_CAMEL["rowcount"] = "rowCount"


@dataclass(frozen=True)
class Impossible:
    """A part that the standard has no words for, why, and what to do."""

    node: Node
    why: str
    hint: str


@dataclass
class Rules:
    """Rules by the path of the column they are about, such as `items[].price`; those of the table under None.

    `named` says where each column is named first.
    """

    by_subject: dict[str | None, list[Node]] = field(default_factory=dict)
    named: dict[str | None, Node] = field(default_factory=dict)
    impossible: list[Impossible] = field(default_factory=list)

    def take(self, subject: str | None) -> list[Node]:
        """Return the rules of a subject, which have a place now."""
        return self.by_subject.pop(subject, [])


def standard_rules(expectations: Node | None) -> Rules:
    """Return all expectations as rules, and those that the standard has no words for, with the reason."""
    rules = Rules()
    for each in expectations.items if expectations is not None else ():
        _add(each, rules)
    return rules


def _add(expectation: Node, rules: Rules) -> None:
    written = _spread(expectation)
    name_key = next(key for key in NAMES if key in written and isinstance(written[key].value, str))
    name = written.pop(name_key)
    kind = EXPECTATIONS.get(name.value.lower(), name.value.lower())
    if written.get("type", made(None)).value == "library" and kind not in OTHER_TYPES:
        del written["type"]
    columns = written.pop("columns", None)
    is_named_by_column = columns is not None
    subject = columns if columns is not None else written.pop("column", None)
    if kind in DUPLICATES and subject is None:
        subject = _only_column(written)
    subjects = subject.items if subject is not None and isinstance(subject.value, list) else [subject or made(None)]
    if kind in DUPLICATES and len(subjects) > 1 and subject is not None:
        written["columns"] = subject
        subjects, is_named_by_column = [made(None)], False
    said = _Said(kind)
    written = said.once(written)
    rules.impossible += said.contradictions
    for each in subjects:
        rule = _rule(expectation, kind, name, written, str(each.value) if is_named_by_column and each.value else "")
        about = each.value if isinstance(each.value, str) else None
        rules.by_subject.setdefault(about, []).append(rule)
        rules.named.setdefault(about, each)


def _only_column(written: dict[str, Node]) -> Node | None:
    """Return the column that a rule lists alone, below which it belongs as one that names it does."""
    arguments = written.get("arguments", made({}))
    listed = written.get("properties") or arguments.get("properties") or made([])
    return listed.items[0] if len(listed.items) == 1 else None


def _spread(expectation: Node) -> dict[str, Node]:
    """Return `not_null: id` and `between: {column: x}` as `{type: …, column: …}`; what is null is left out."""
    entries = {key: node for key, node in expectation.entries.items() if node.value is not None}
    short = next((key for key in entries if key in EXPECTATIONS), None)
    if short is None or any(key in entries for key in NAMES):
        return entries
    inner = entries.pop(short)
    named = {"type": made(short, expectation.path), **entries}
    if not isinstance(inner.value, dict):
        return {**named, short if "column" in named else "column": inner}
    return {**named, **{key: node for key, node in inner.entries.items() if node.value is not None}}


class _Said:
    """What a rule says so far, by the name it has in the standard; `contradictions` are second values that differ."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.contradictions: list[Impossible] = []
        self._first: dict[str, tuple[str, Node]] = {}

    def once(self, written: dict[str, Node]) -> dict[str, Node]:
        """Return the keys of an expectation without those that say again what another one says.

        The arguments below `arguments` and `customProperties` have the names of the standard then.
        """
        kept = {key: node for key, node in written.items() if self._is_new(_name(key, self.kind), key, node)}
        arguments, custom = kept.get("arguments"), kept.get("customProperties")
        if arguments is not None and arguments.entries:
            kept["arguments"] = self._renamed(arguments)
        if custom is not None and custom.items:
            kept["customProperties"] = Node(list(filter(None, map(self._property, custom.items))), custom.path)
        return kept

    def _renamed(self, arguments: Node) -> Node:
        named = {
            _name(key, ""): node
            for key, node in arguments.entries.items()
            if node.value is not None and self._is_new(_name(key, ""), key, node)
        }
        return Node(named, arguments.path)

    def _property(self, written: Node) -> Node | None:
        name, value = written.get("property"), written.get("value")
        if name is None or value is None or not isinstance(name.value, str):
            return written
        if not self._is_new(_name(name.value, ""), name.value, value):
            return None
        return Node({**written.entries, "property": made(_name(name.value, ""), name.path)}, written.path)

    def _is_new(self, name: str, key: str, node: Node) -> bool:
        """Whether nothing of that name was said before; what was, and differs, is a contradiction."""
        other, first = self._first.setdefault(name.lower(), (key, node))
        if first is node:
            return True
        if plain(first) != plain(node):
            same = "a second time" if key == other else f"and '{other}', which means the same,"
            why = f"the rule says '{key}' {same} with another value"
            self.contradictions.append(Impossible(node, why, f"Remove '{key}' here, or the other one."))
        return False


def _name(key: str, kind: str) -> str:
    """Return what a key of an expectation is called in a rule of the standard."""
    if kind in MEASURED and key in RANGES:
        return RANGES[key].value
    if kind in DUPLICATES and key == "columns":
        return "properties"
    if key in _KEPT or key.startswith("must"):
        return key
    name = ARGUMENTS.get(key.lower(), key)
    return _CAMEL.get(name, name)


def _rule(expectation: Node, kind: str, name: Node, written: dict[str, Node], column: str) -> Node:
    spelt = name.value if name.value.lower() == kind else _CAMEL.get(kind, kind)
    rule = {"type": made(kind, name.path)} if kind in OTHER_TYPES else {"rule": made(spelt, name.path)}
    custom: list[Node] = []
    for key, node in written.items():
        target = _name(key, kind)
        if target == "customProperties":
            custom = [*node.items, *custom]
        elif target == "name" and column and node.value:
            rule["name"] = made(f"{node.value} {column}", node.path)
        elif target in {"validValues", "tags"}:
            rule[target] = listed(node)
        elif target in _KEPT or target.startswith("must"):
            rule[target] = node
        else:
            custom.append(made({"property": target, "value": node}, None if plain(node) is None else node.path))
    if custom:
        rule["customProperties"] = Node(custom)
    return Node(rule, expectation.path)
