"""The expectations of the flat dialect as quality rules of the standard, each below the table or property it is about."""

from dataclasses import dataclass, field

from dativo_core.odcs.flat import ARGUMENTS, EXPECTATIONS, MEASURED, NAMES, RANGES
from dativo_core.odcs.library import DUPLICATES, OTHER_TYPES
from dativo_core.odcs.standard_model import QualityRule
from dativo_core.workspace.tree import Node, made, plain

_KEPT = frozenset(info.alias or name for name, info in QualityRule.model_fields.items()) - {
    "type",
    "rule",
    "validValues",
}
_CAMEL = {"nullcheck": "nullCheck", "validvalues": "validValues", "missingvalues": "missingValues"}
_CAMEL["rowcount"] = "rowCount"


@dataclass
class Rules:
    """Rules by the path of the column they are about, such as `items[].price`; those of the table under None."""

    by_subject: dict[str | None, list[Node]] = field(default_factory=dict)
    impossible: list[tuple[Node, str]] = field(default_factory=list)

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
    reason = _contradiction(written, kind)
    if reason:
        rules.impossible.append((expectation, reason))
        return
    columns = written.pop("columns", None)
    is_named_by_column = columns is not None
    subject = columns if columns is not None else written.pop("column", None)
    subjects = subject.items if subject is not None and isinstance(subject.value, list) else [subject or made(None)]
    if kind in DUPLICATES and len(subjects) > 1 and subject is not None:
        written["properties"] = subject
        subjects, is_named_by_column = [made(None)], False
    for each in subjects:
        rule = _rule(expectation, kind, name, written, str(each.value) if is_named_by_column and each.value else "")
        about = each.value if isinstance(each.value, str) else None
        rules.by_subject.setdefault(about, []).append(rule)


def _spread(expectation: Node) -> dict[str, Node]:
    """Return `not_null: id` and `between: {column: x}` as `{type: …, column: …}`; what is null is left out."""
    entries = {key: node for key, node in expectation.entries.items() if node.value is not None}
    short = next((key for key in entries if key in EXPECTATIONS), None)
    if short is None or any(key in entries for key in NAMES):
        return entries
    inner = entries.pop(short)
    named = {"type": made(short, expectation.path), **entries}
    if not isinstance(inner.value, dict):
        return {**named, "column": inner}
    return {**named, **{key: node for key, node in inner.entries.items() if node.value is not None}}


def _contradiction(written: dict[str, Node], kind: str) -> str:
    """Return why an expectation cannot be said; two keys that mean the same thing are one too many."""
    other = written.get("type")
    if other is not None and (other.value != "library" or kind in OTHER_TYPES):
        return f"'type: {other.value}' says something else than its rule"
    written.pop("type", None)
    names = [_name(key, kind) for key in written]
    twice = next((name for name in names if names.count(name) > 1), "")
    return f"'{twice}' is written twice, under two names" if twice else ""


def _name(key: str, kind: str) -> str:
    """Return what a key of an expectation is called in a rule of the standard."""
    if kind in MEASURED and key in RANGES:
        return RANGES[key].value
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
        elif target == "validValues":
            rule[target] = node if isinstance(node.value, list) else Node([node], node.path)
        elif target in _KEPT or target.startswith("must"):
            rule[target] = node
        else:
            custom.append(made({"property": target, "value": node}, None if plain(node) is None else node.path))
    if custom:
        rule["customProperties"] = Node(custom)
    return Node(rule, expectation.path)
