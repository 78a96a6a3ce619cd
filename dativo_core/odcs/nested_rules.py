"""Rules that follow from the options of objects and arrays."""

from collections.abc import Iterator
from dataclasses import replace

from dativo_core.model.names import slug, slug_or
from dativo_core.odcs.column_rules import column_rules, option_rules
from dativo_core.odcs.contract import RuleKind
from dativo_core.odcs.declared import DeclaredColumn
from dativo_core.odcs.draft_rule import DraftRule, executed
from dativo_core.odcs.types import member_path

_SIZES = {
    "minItems": RuleKind.MIN_ITEMS,
    "maxItems": RuleKind.MAX_ITEMS,
    "minProperties": RuleKind.MIN_PROPERTIES,
    "maxProperties": RuleKind.MAX_PROPERTIES,
}


def constraints(column: DeclaredColumn) -> list[DraftRule]:
    """Return the rules a column or a part of one states itself, and the limits of its physical type.

    Rules that the physical type implies are marked; those that an option of the column stands in for are added.
    """
    rules = [*column_rules(column), *_nested_rules(column)]
    if not column.type_options:
        return rules
    of_type = replace(column, options=column.type_options)
    limits = [*option_rules(of_type), *_nested_rules(of_type)]
    hidden = [replace(each, id=f"{each.id}_of_type", is_of_type=True) for each in limits if each not in rules]
    return [replace(each, is_of_type=True) if each in limits else each for each in rules] + hidden


def _nested_rules(column: DeclaredColumn) -> list[DraftRule]:
    """Return the rules about size, elements and members, of what is stored as JSON text too."""
    rules = [
        executed(column.name, kind, (column.options[key],), (*column.options_path, key))
        for key, kind in _SIZES.items()
        if key in column.options
    ]
    if column.options.get("uniqueItems"):
        rules.append(executed(column.name, RuleKind.UNIQUE_ITEMS, (), (*column.options_path, "uniqueItems")))
    return [*rules, *_required_members(column)]


def _required_members(column: DeclaredColumn) -> Iterator[DraftRule]:
    # A physical type such as STRUCT<a: int> declares no part that a rule could be about.
    declared = {member.name for member in column.members}
    for index, name in enumerate(column.options.get("required", ())):
        path = (*column.options_path, "required", index)
        if name in declared:
            yield executed(member_path(column.name, (name,)), RuleKind.REQUIRED, (), path)
        else:
            rule = executed(column.name, RuleKind.HAS_MEMBER, (name,), path)
            yield replace(rule, id=f"{slug(column.name)}__required_{slug_or(name, 'member')}")
