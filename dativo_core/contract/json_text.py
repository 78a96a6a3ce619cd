"""Rules about arrays and objects whose shape nobody declared: a column holds them as JSON text.

A text that is no JSON array, or object, breaks what is asked of one; JSON's `null` is a missing value. Each distinct text of
a batch is read once.
"""

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa

from dativo_core.contract.read_json_rows import Number, parse_cell
from dativo_core.odcs.contract import RuleKind, Scalar

JSON_ARRAYS = frozenset({RuleKind.MIN_ITEMS, RuleKind.MAX_ITEMS, RuleKind.UNIQUE_ITEMS})
"""Rules about arrays; the others are about objects."""

Broken = Callable[[pa.StringArray], pa.BooleanArray]


def breaks_json(kind: RuleKind, arguments: tuple[Scalar, ...]) -> Broken:
    """Return the test of a rule about size, elements or members of what is JSON text."""
    shape, holds = list if kind in JSON_ARRAYS else dict, _HOLDS[kind]

    def broken(texts: pa.StringArray) -> pa.BooleanArray:
        encoded = texts.dictionary_encode()
        values = [parse_cell(text) for text in encoded.dictionary.to_pylist()]
        verdicts = [
            problem is not None or (value is not None and not (isinstance(value, shape) and holds(value, *arguments)))
            for value, problem in values
        ]
        return pa.array(verdicts, pa.bool_()).take(encoded.indices)

    return broken


def _has_members(compare: Callable[[int, Any], bool]) -> Callable[..., bool]:
    return lambda value, limit: compare(sum(each is not None for each in value.values()), limit)


def _has_elements(compare: Callable[[int, Any], bool]) -> Callable[..., bool]:
    return lambda value, limit: compare(len(value), limit)


def _are_unique(elements: list[Any]) -> bool:
    return len(set(map(_comparable, elements))) == len(elements)


def _comparable(value: Any) -> Any:
    """Return what is equal exactly for equal JSON: 1 and 1.0 are one number, and members have no order."""
    if isinstance(value, Number):
        try:
            return "number", Decimal(value)
        except InvalidOperation:
            return "number", str(value)
    if isinstance(value, list):
        return "array", tuple(map(_comparable, value))
    if isinstance(value, dict):
        return "object", frozenset((name, _comparable(member)) for name, member in value.items())
    return value


_HOLDS: Mapping[RuleKind, Callable[..., bool]] = {
    RuleKind.MIN_ITEMS: _has_elements(operator.ge),
    RuleKind.MAX_ITEMS: _has_elements(operator.le),
    RuleKind.UNIQUE_ITEMS: _are_unique,
    RuleKind.MIN_PROPERTIES: _has_members(operator.ge),
    RuleKind.MAX_PROPERTIES: _has_members(operator.le),
    RuleKind.HAS_MEMBER: lambda value, name: value.get(name) is not None,
}
