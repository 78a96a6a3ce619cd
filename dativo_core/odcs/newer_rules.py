"""Quality rules of ODCS 3.1 and 3.2 as those of v3.0.2: metrics become library rules, an `enum` its allowed values."""

from dativo_core.odcs.newer_parts import MEANINGS, Notes, kept
from dativo_core.workspace.tree import Node, made


def older_rules(quality: Node, notes: Notes) -> Node:
    """Return the rules of an element."""
    if not isinstance(quality.value, list):
        return quality
    return Node([_older(each, notes) for each in quality.items], quality.path)


def enum_rule(enum: Node) -> Node:
    """Return the rule that a property holds none but the values of its `enum`."""
    values = [each.entries.get("value", each) for each in enum.items]
    return made({"rule": "validValues", "validValues": made(values, enum.path)}, enum.path)


def _older(rule: Node, notes: Notes) -> Node:
    if not isinstance(rule.value, dict):
        return rule
    entries = rule.entries
    kept(entries, MEANINGS, notes)
    metric = entries.pop("metric", None)
    if metric is not None:
        entries["rule"] = metric
    return Node(entries, rule.path)
