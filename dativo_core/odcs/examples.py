"""Examples of a column against what the column itself says: its type and its own constraints."""

import json
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from dativo_core.model.finding import Finding, Severity
from dativo_core.odcs.contract import Metric, RuleKind
from dativo_core.odcs.declared import DeclaredColumn
from dativo_core.odcs.draft_rule import MEANING, DraftRule
from dativo_core.odcs.nested_rules import constraints
from dativo_core.odcs.options import bound_value, date_format
from dativo_core.odcs.patterns import searches
from dativo_core.odcs.types import FieldType, TypeKind
from dativo_core.workspace.document import Document

_MAX_SHOWN = 60
_MAX_COMPARED = 1000
_INTEGER = re.compile(r"[+-]?\d{1,40}", re.ASCII)
_LIMITS = {TypeKind.INT: 2**31, TypeKind.LONG: 2**63}


def check_examples(column: DeclaredColumn, document: Document) -> Iterator[Finding]:
    """Yield the examples of a column, or of a part of one, that it would reject."""
    if column.type is None or _is_other_form(column):
        return
    rules = constraints(column) if column.examples else []
    for index, example in enumerate(column.examples):
        broken = _broken(example, column.type, rules)
        if broken is not None:
            text = json.dumps(example, ensure_ascii=False, default=str)
            shown = text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 3] + "..."
            message = f"the example {shown} of '{column.name}' {broken}"
            hint = "Correct the example, or what the column says of its values."
            place = (*column.path, "examples", index)
            yield document.finding(place, "example-violates", message, hint, Severity.WARNING)


def _is_other_form(column: DeclaredColumn) -> bool:
    """Whether the column says that its values are written in another form than the one that is read."""
    described = date_format(dict(column.options)) if column.type and column.type.kind in _PARSERS else None
    return described is not None and not described.is_iso


def _broken(example: Any, type_: FieldType, rules: list[DraftRule]) -> str | None:
    """Return what an example breaks; None when it is sound as far as can be told."""
    if example is None:
        return "is null, and the column is required" if any(r.kind is RuleKind.REQUIRED for r in rules) else None
    value = _value(example, type_)
    if value is None:
        return f"is no value of type {type_}"
    broken = next((rule for rule in rules if not _holds(rule, value, type_)), None)
    if broken is None or not isinstance(broken.kind, RuleKind):
        return None
    return f"breaks that it {MEANING[broken.kind].format(', '.join(map(str, broken.arguments)))}"


def _value(example: Any, type_: FieldType) -> Any:
    """Return an example as a value that can be compared; None when it is none of the type."""
    kind = type_.kind
    if kind is TypeKind.BOOLEAN:
        return example if isinstance(example, bool) else None
    if kind in _LIMITS:
        number = int(str(example)) if not isinstance(example, bool) and _INTEGER.fullmatch(str(example)) else None
        return number if number is not None and -_LIMITS[kind] <= number < _LIMITS[kind] else None
    if kind in {TypeKind.FLOAT, TypeKind.DOUBLE, TypeKind.DECIMAL}:
        return _number(example, type_)
    if kind in _PARSERS:
        return _parsed(_PARSERS[kind], example)
    if kind is TypeKind.UUID:
        return _parsed(uuid.UUID, example)
    if kind in {TypeKind.STRUCT, TypeKind.MAP}:
        return example if isinstance(example, dict) else None
    return (example if isinstance(example, list) else None) if kind is TypeKind.LIST else example


def _number(example: Any, type_: FieldType) -> Decimal | None:
    try:
        number = None if isinstance(example, bool) else Decimal(str(example))
    except InvalidOperation:
        return None
    if number is None or type_.kind is not TypeKind.DECIMAL:
        return number
    if not number.is_finite():
        return None
    digits, exponent = number.as_tuple().digits, number.as_tuple().exponent
    scale = max(-int(exponent), 0)
    whole = max(len(digits) + int(exponent), 0) if number else 0
    return number if scale <= type_.scale and whole <= type_.precision - type_.scale else None


_PARSERS: dict[TypeKind, Callable[[str], Any]] = {
    TypeKind.DATE: date.fromisoformat,
    TypeKind.TIME: time.fromisoformat,
    TypeKind.TIMESTAMP: datetime.fromisoformat,
    TypeKind.TIMESTAMPTZ: datetime.fromisoformat,
}


def _parsed(parse: Callable[[str], Any], example: Any) -> Any:
    try:
        return parse(example) if isinstance(example, str) else None
    except ValueError:
        return None


def _holds(rule: DraftRule, value: Any, type_: FieldType) -> bool:
    """Return whether a value satisfies a rule; true where that cannot be told here."""
    if rule.kind in _COMPARED:
        return _compares(rule, value, type_)
    if rule.kind is RuleKind.HAS_MEMBER and isinstance(value, dict):
        return value.get(rule.arguments[0]) is not None
    if rule.kind in _SIZED:
        size = _size(value, rule.kind)
        return size is None or _SIZED[rule.kind](size, int(rule.arguments[0]))
    if rule.kind is RuleKind.PATTERN and isinstance(value, str):
        return searches(str(rule.arguments[0]), value) is not False
    if rule.kind is RuleKind.MULTIPLE_OF and isinstance(value, int | Decimal):
        return _is_multiple(Decimal(value), Decimal(str(rule.arguments[0])))
    if rule.kind is RuleKind.UNIQUE_ITEMS and isinstance(value, list):
        return all(each not in value[:index] for index, each in enumerate(value[:_MAX_COMPARED]))
    return True


def _size(value: Any, kind: RuleKind | Metric | None) -> int | None:
    """Return what a rule counts: characters of a text, elements of a list, members of an object that are not null."""
    if isinstance(value, str):
        return len(value) if kind in _OF_TEXTS else None
    if isinstance(value, dict):
        return sum(each is not None for each in value.values())
    return len(value) if isinstance(value, list) else None


def _is_multiple(number: Decimal, step: Decimal) -> bool:
    try:
        return number % step == 0
    except InvalidOperation:
        return True  # too many digits to tell


_OF_TEXTS = frozenset({RuleKind.MIN_LENGTH, RuleKind.MAX_LENGTH})
_SIZED: dict[Any, Callable[[int, int], bool]] = {
    RuleKind.MIN_LENGTH: int.__ge__,
    RuleKind.MAX_LENGTH: int.__le__,
    RuleKind.MIN_ITEMS: int.__ge__,
    RuleKind.MAX_ITEMS: int.__le__,
    RuleKind.MIN_PROPERTIES: int.__ge__,
    RuleKind.MAX_PROPERTIES: int.__le__,
}
_COMPARED: dict[Any, Callable[[Any, Any], bool]] = {
    RuleKind.MINIMUM: lambda value, bound: bool(value >= bound),
    RuleKind.MAXIMUM: lambda value, bound: bool(value <= bound),
    RuleKind.EXCLUSIVE_MINIMUM: lambda value, bound: bool(value > bound),
    RuleKind.EXCLUSIVE_MAXIMUM: lambda value, bound: bool(value < bound),
}


def _compares(rule: DraftRule, value: Any, type_: FieldType) -> bool:
    bound = bound_value(rule.arguments[0], type_)
    if bound is None or isinstance(value, str):
        return True
    if isinstance(bound, int | float):
        bound = Decimal(str(bound))
    try:
        return _COMPARED[rule.kind](value, bound)
    except (TypeError, InvalidOperation):
        return True  # a moment without a zone does not compare with one that has it
