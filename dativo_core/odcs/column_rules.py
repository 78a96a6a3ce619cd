"""Rules that follow from a column's flags and options, and from the key."""

from collections.abc import Mapping
from typing import Any

from dativo_core.odcs.checks import key_positions
from dativo_core.odcs.contract import RuleKind
from dativo_core.odcs.declared import DeclaredColumn, DeclaredObject
from dativo_core.odcs.draft_rule import DraftRule, executed, unique
from dativo_core.odcs.number_formats import says_more
from dativo_core.odcs.patterns import to_re2
from dativo_core.odcs.types import TypeKind

TEXT_FORMATS = frozenset({"email", "uri", "hostname", "ipv4", "ipv6", "uuid", "byte"})
"""Formats of text that say which text it is; `binary` and `password` say nothing of it."""


def column_rules(column: DeclaredColumn) -> list[DraftRule]:
    """Return the rules of one column."""
    return [*_required(column), *option_rules(column), *_unique(column)]


def option_rules(column: DeclaredColumn) -> list[DraftRule]:
    """Return the rules that follow from the options of single values."""
    return [*_text(column), *_bounds(column), *_form(column), *_multiple_of(column)]


def key_rules(declared: DeclaredObject) -> list[DraftRule]:
    """Return the uniqueness of the primary key."""
    positions = key_positions(declared.columns)
    key = [column for column in declared.columns if column.primary_key]
    if not key:
        return []
    names = sorted(positions, key=lambda name: positions[name])
    return [unique(tuple(names), key[0].primary_key_path, "primary key")]


def _required(column: DeclaredColumn) -> list[DraftRule]:
    if not (column.required or column.primary_key):
        return []
    path = (*column.path, "required") if column.required else column.primary_key_path
    return [executed(column.name, RuleKind.REQUIRED, (), path)]


def _text(column: DeclaredColumn) -> list[DraftRule]:
    rules: list[DraftRule] = []
    for key, kind in (("minLength", RuleKind.MIN_LENGTH), ("maxLength", RuleKind.MAX_LENGTH)):
        if key in column.options:
            rules.append(executed(column.name, kind, (column.options[key],), (*column.options_path, key)))
    if "pattern" in column.options:
        rules.append(_pattern(column, column.options["pattern"]))
    return rules


def _pattern(column: DeclaredColumn, written: str) -> DraftRule:
    try:
        pattern = to_re2(written)
    except ValueError:
        pattern = written  # its finding stops the job
    return executed(column.name, RuleKind.PATTERN, (pattern,), (*column.options_path, "pattern"))


def _bounds(column: DeclaredColumn) -> list[DraftRule]:
    return [
        executed(column.name, kind, (column.options[key],), (*column.options_path, key))
        for key, kind in (
            ("minimum", _minimum(column.options)),
            ("maximum", _maximum(column.options)),
        )
        if key in column.options
    ]


def _minimum(options: Mapping[str, Any]) -> RuleKind:
    return RuleKind.EXCLUSIVE_MINIMUM if options.get("exclusiveMinimum") else RuleKind.MINIMUM


def _maximum(options: Mapping[str, Any]) -> RuleKind:
    return RuleKind.EXCLUSIVE_MAXIMUM if options.get("exclusiveMaximum") else RuleKind.MAXIMUM


def _form(column: DeclaredColumn) -> list[DraftRule]:
    form = column.options.get("format")
    if column.type is None or form is None:
        return []
    is_text = column.type.kind is TypeKind.STRING and form in TEXT_FORMATS
    if not is_text and not says_more(form, column.type):
        return []
    return [executed(column.name, RuleKind.FORMAT, (form,), (*column.options_path, "format"))]


def _multiple_of(column: DeclaredColumn) -> list[DraftRule]:
    if "multipleOf" not in column.options:
        return []
    path = (*column.options_path, "multipleOf")
    return [executed(column.name, RuleKind.MULTIPLE_OF, (column.options["multipleOf"],), path)]


def _unique(column: DeclaredColumn) -> list[DraftRule]:
    return [unique((column.name,), (*column.path, "unique"))] if column.unique else []
