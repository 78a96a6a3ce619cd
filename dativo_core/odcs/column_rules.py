"""Rules that follow from a column's flags and options, and from the key."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dativo_core.model.finding import Severity
from dativo_core.odcs.contract import RuleKind
from dativo_core.odcs.declared import DeclaredColumn, DeclaredObject
from dativo_core.odcs.draft_rule import DraftRule, executed, not_executed
from dativo_core.odcs.patterns import to_re2
from dativo_core.odcs.types import TypeKind

_WIDTHS_OF_TYPES = frozenset({"i32", "i64", "i128"})
"""Integer formats that a column type alone enforces."""


def column_rules(column: DeclaredColumn) -> list[DraftRule]:
    """Return the rules of one column."""
    return [*_required(column), *_text(column), *_bounds(column), *_not_executed(column)]


def key_rules(declared: DeclaredObject) -> list[DraftRule]:
    """Return the uniqueness of the primary key, which is not executed."""
    key = [column for column in declared.columns if column.primary_key]
    if not key:
        return []
    names = ", ".join(column.name for column in key)
    rule = not_executed("primary_key", "unique", f"({names}) has no value twice", key[0].primary_key_path)
    return [replace(rule, noted=Severity.INFO)]


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


def _not_executed(column: DeclaredColumn) -> list[DraftRule]:
    rules: list[DraftRule] = []
    form, place = column.options.get("format"), (*column.options_path, "format")
    if column.type is not None and form is not None and _is_left_over(column.type.kind, form):
        rules.append(not_executed(column.name, "format", f"{column.name} has the format {form}", place))
    if "multipleOf" in column.options:
        described = f"{column.name} is a multiple of {column.options['multipleOf']}"
        path = (*column.options_path, "multipleOf")
        rules.append(not_executed(column.name, "multiple_of", described, path))
    if column.unique:
        path = (*column.path, "unique")
        rules.append(not_executed(column.name, "unique", f"{column.name} has no value twice", path))
    return rules


def _is_left_over(kind: TypeKind, form: str) -> bool:
    """Return whether a format says more than the column's type enforces."""
    if kind is TypeKind.STRING:
        return True
    return kind in {TypeKind.INT, TypeKind.LONG, TypeKind.DECIMAL} and form not in _WIDTHS_OF_TYPES
