"""Rules that follow from the options of objects and arrays."""

from dataclasses import replace

from dativo_core.odcs.column_rules import column_rules, option_rules
from dativo_core.odcs.contract import RuleKind
from dativo_core.odcs.declared import DeclaredColumn
from dativo_core.odcs.draft_rule import DraftRule, executed, not_executed
from dativo_core.odcs.types import FieldType, TypeKind, member_path

_SIZES = {
    "minItems": (RuleKind.MIN_ITEMS, frozenset({TypeKind.LIST})),
    "maxItems": (RuleKind.MAX_ITEMS, frozenset({TypeKind.LIST})),
    "minProperties": (RuleKind.MIN_PROPERTIES, frozenset({TypeKind.STRUCT, TypeKind.MAP})),
    "maxProperties": (RuleKind.MAX_PROPERTIES, frozenset({TypeKind.STRUCT, TypeKind.MAP})),
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
    """Return the rules about size and members; of what is stored as JSON text they are not executed."""
    rules: list[DraftRule] = []
    for key, (kind, kinds) in _SIZES.items():
        if key in column.options:
            path = (*column.options_path, key)
            rule = executed(column.name, kind, (column.options[key],), path)
            rules.append(
                rule if _is_one_of(column.type, kinds) else not_executed(column.name, kind, rule.description, path)
            )
    return [*rules, *_unique_items(column), *_required_members(column)]


def _unique_items(column: DeclaredColumn) -> list[DraftRule]:
    if not column.options.get("uniqueItems"):
        return []
    path = (*column.options_path, "uniqueItems")
    rule = executed(column.name, RuleKind.UNIQUE_ITEMS, (), path)
    if _is_one_of(column.type, frozenset({TypeKind.LIST})):
        return [rule]
    return [not_executed(column.name, RuleKind.UNIQUE_ITEMS, rule.description, path)]


def _required_members(column: DeclaredColumn) -> list[DraftRule]:
    names = column.options.get("required", ())
    paths = [(*column.options_path, "required", index) for index in range(len(names))]
    if _is_one_of(column.type, frozenset({TypeKind.STRUCT})):
        return [
            executed(member_path(column.name, (name,)), RuleKind.REQUIRED, (), path)
            for name, path in zip(names, paths, strict=True)
        ]
    return [
        not_executed(column.name, f"required_{name}", f"{column.name} has the member {name}", path)
        for name, path in zip(names, paths, strict=True)
    ]


def _is_one_of(type_: FieldType | None, kinds: frozenset[TypeKind]) -> bool:
    return type_ is not None and type_.kind in kinds
