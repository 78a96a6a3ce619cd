"""Quality rules of ODCS 3.1 and 3.2 as those of v3.0.2: metrics become library rules, an `enum` its allowed values."""

from dativo_core.odcs.newer_parts import MEANINGS, Notes, kept
from dativo_core.workspace.tree import Node, made, plain

_VALIDITY = ("validValues", "pattern")
"""The arguments of `invalidValues`."""


def older_rules(quality: Node, notes: Notes) -> Node:
    """Return the rules of an element."""
    if not isinstance(quality.value, list):
        return quality
    return Node([rule for each in quality.items for rule in _older(each, notes)], quality.path)


def enum_rule(enum: Node) -> Node:
    """Return the rule that a property holds none but the values of its `enum`."""
    values = [each.entries.get("value", each) for each in enum.items]
    return made({"rule": "validValues", "validValues": made(values, enum.path)}, enum.path)


def _older(rule: Node, notes: Notes) -> list[Node]:
    if not isinstance(rule.value, dict):
        return [rule]
    entries = rule.entries
    kept(entries, MEANINGS, notes)
    metric = entries.pop("metric", None)
    if metric is None:
        return [Node(entries, rule.path)]
    entries["rule"] = metric
    arguments = entries.get("arguments")
    given = [name for name in _VALIDITY if arguments is not None and arguments.get(name) is not None]
    if metric.value != "invalidValues" or "pattern" not in given:
        return [Node(entries, rule.path)]
    each = [_one(entries, metric, name, rule) for name in given]
    return each if len(each) == 1 or _tolerates_nothing(entries) else [_foreign(entries, rule)]


def _one(entries: dict[str, Node], metric: Node, argument: str, rule: Node) -> Node:
    """Return the rule about one of the two things that make values valid."""
    arguments = entries["arguments"]
    kept = {name: node for name, node in arguments.entries.items() if name == argument or name not in _VALIDITY}
    own = {"rule": Node(argument, metric.path), "arguments": Node(kept, arguments.path)}
    return Node({**entries, **own}, rule.path)


def _tolerates_nothing(entries: dict[str, Node]) -> bool:
    operators = {key: plain(node) for key, node in entries.items() if key.startswith("must")}
    return not operators or operators == {"mustBe": 0}


def _foreign(entries: dict[str, Node], rule: Node) -> Node:
    """Return a rule that v3.0.2 has no word for: rows that break either of two conditions, counted together."""
    told = {key: entries[key] for key in ("name", "description", "severity", "dimension") if key in entries}
    said = {key: node for key, node in entries.items() if key not in told}
    return Node({**told, **made({"type": "custom", "engine": "dativo", "implementation": said}).entries}, rule.path)
