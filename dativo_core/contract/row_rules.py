"""Rules of a contract compiled to tests over Arrow arrays."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, reduce

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.bounds import Broken, breaks_bound
from dativo_core.contract.canonical_text import canonical_text
from dativo_core.contract.formats import TEXT_FORMATS
from dativo_core.contract.json_text import JSON_ARRAYS, breaks_json
from dativo_core.contract.multiples import breaks_multiple
from dativo_core.contract.nested_rules import (
    SIZES,
    breaks_size,
    has_repeated_elements,
    lacks_entry,
    lacks_member,
    part_type,
    required_parts,
)
from dativo_core.contract.parse_text import parse_text
from dativo_core.errors import ContractError
from dativo_core.model.names import slug
from dativo_core.odcs.contract import Column, Rule, RuleKind, Scalar
from dativo_core.odcs.number_formats import FLOAT32_MAX, INTEGER_FORMATS
from dativo_core.odcs.types import FieldType, OnLoss, TypeKind, member_path

SHOWN_ALTERNATIVES = 10


@dataclass(frozen=True)
class Cells:
    """One column of a batch: what the source delivered, and the values in the table's type (null where it is none)."""

    delivered: pa.Array
    values: pa.Array

    @cached_property
    def text(self) -> pa.StringArray:
        """The text as delivered, or the canonical text of what was delivered otherwise."""
        return canonical_text(self.delivered)


@dataclass(frozen=True)
class RowRule:
    """A compiled rule. `complaint` completes a sentence that begins with the value, or stands alone.

    `broken` is true for each cell that breaks the rule, false or null elsewhere; None stands for no such cell. The cells are
    those of the column, or of the part of it that the steps `member` lead to. `rejects`: a row that breaks it is held back;
    `stops`: it may not even be.
    """

    id: str
    column: str
    rejects: bool
    broken: Callable[[Cells], pa.BooleanArray | None]
    complaint: str
    shows_value: bool = True
    member: tuple[str, ...] = ()
    stops: bool = False


def compile_rules(columns: tuple[Column, ...], rules: tuple[Rule, ...]) -> tuple[RowRule, ...]:
    """Return the tests in the order their results are reported: `required` first, then as the contract has them.

    A required column or part that no rule speaks of gets a rule of its own; `unique` is no test of single rows. Raises
    ContractError naming every rule that cannot be evaluated, such as a bound that is no value of the column's type.
    """
    by_name = {column.name: column for column in columns}
    compiled = [*_compiled(by_name, rules), *_bare(columns, rules)]
    return tuple(sorted(compiled, key=lambda rule: rule.shows_value))


def compile_tests(column: Column, rules: tuple[Rule, ...]) -> tuple[RowRule, ...]:
    """Return the tests of rules about one column and no others. Raises ContractError like `compile_rules`."""
    return tuple(_compiled({column.name: column}, rules))


def _compiled(by_name: Mapping[str, Column], rules: tuple[Rule, ...]) -> list[RowRule]:
    compiled: list[RowRule] = []
    problems: list[str] = []
    for rule in rules:
        if rule.kind is RuleKind.UNIQUE:
            continue
        try:
            compiled.append(_compile(rule, _asked(by_name[rule.column], rule.member)))
        except ValueError as error:
            problems.append(f"{rule.origin.file}:{rule.origin.line}: {rule.id}: {error}")
    if problems:
        raise ContractError("; ".join(problems), hint="Correct the argument of the rule in the contract")
    return compiled


def _bare(columns: tuple[Column, ...], rules: tuple[Rule, ...]) -> list[RowRule]:
    """Return a rule for each required column and part that no rule which holds rows back requires."""
    ruled = {(rule.column, rule.member) for rule in rules if rule.kind is RuleKind.REQUIRED and rule.holds_back}
    required: list[tuple[str, tuple[str, ...]]] = [(column.name, ()) for column in columns if column.required]
    required += [(column.name, steps) for column in columns for steps in required_parts(column.type)]
    return [
        _required(f"{slug(member_path(name, steps))}__required" if steps else f"{name}__required", name, steps)
        for name, steps in required
        if (name, steps) not in ruled
    ]


def _asked(column: Column, member: tuple[str, ...]) -> Column:
    return replace(column, type=part_type(column.type, member)) if member else column


def _compile(rule: Rule, column: Column) -> RowRule:
    if rule.kind is RuleKind.REQUIRED:
        return _required(rule.id, column.name, rule.member, rejects=rule.holds_back)
    broken, complaint = _COMPILERS[rule.kind](rule, column)
    stops = rule.is_of_type and column.type.on_loss is OnLoss.FAIL
    return RowRule(rule.id, column.name, rule.holds_back, broken, complaint, member=rule.member, stops=stops)


def _required(rule_id: str, column: str, member: tuple[str, ...], *, rejects: bool = True) -> RowRule:
    def broken(cells: Cells) -> pa.BooleanArray | None:
        has_nulls = pc.count(cells.delivered, mode="only_null").as_py() > 0
        return pc.is_null(cells.delivered) if has_nulls else None

    return RowRule(rule_id, column, rejects, broken, "value is required", shows_value=False, member=member)


Compiled = tuple[Callable[[Cells], pa.BooleanArray | None], str]


def _pattern(rule: Rule, _: Column) -> Compiled:
    pattern = str(rule.arguments[0])
    try:
        pc.match_substring_regex(pa.array([""]), pattern)
    except pa.ArrowInvalid as error:
        message = f"{pattern!r} is not a regular expression of RE2: {error}"
        raise ValueError(message) from error

    def broken(cells: Cells) -> pa.BooleanArray:
        return pc.invert(pc.match_substring_regex(cells.text, pattern))

    return broken, f"does not match {pattern}"


def _length(rule: Rule, _: Column) -> Compiled:
    limit = int(rule.arguments[0])
    is_least = rule.kind is RuleKind.MIN_LENGTH
    test = breaks_bound(RuleKind.MINIMUM if is_least else RuleKind.MAXIMUM, FieldType(TypeKind.INT), limit)

    def broken(cells: Cells) -> pa.BooleanArray | None:
        # Characters are at most as many as bytes, which need no counting.
        if not is_least and test(pc.binary_length(cells.text)) is None:
            return None
        return test(pc.utf8_length(cells.text))

    return broken, f"is {'shorter' if is_least else 'longer'} than {limit} characters"


def _bounded(words: str) -> Callable[[Rule, Column], Compiled]:
    def compiled(rule: Rule, column: Column) -> Compiled:
        test: Broken = breaks_bound(rule.kind, column.type, rule.arguments[0])
        return lambda cells: test(cells.values), f"{words} {rule.arguments[0]}"

    return compiled


def _enum(rule: Rule, column: Column) -> Compiled:
    allowed, bad = parse_text(pa.array([_spelling(value) for value in rule.arguments], pa.string()), column.type)
    if bad.true_count:
        wrong = [value for value, is_bad in zip(rule.arguments, bad.to_pylist(), strict=True) if is_bad]
        message = f"{', '.join(map(repr, wrong))}: no value of type {column.type}"
        raise ValueError(message)
    allowed = _comparable(allowed)
    shown = ", ".join(_spelling(value) for value in rule.arguments[:SHOWN_ALTERNATIVES])
    more = ", …" if len(rule.arguments) > SHOWN_ALTERNATIVES else ""

    def broken(cells: Cells) -> pa.BooleanArray:
        is_unknown = pc.invert(pc.is_in(_comparable(cells.values), value_set=allowed))
        return pc.and_(is_unknown, pc.is_valid(cells.values))

    return broken, f"is not one of {shown}{more}"


def _size(rule: Rule, column: Column) -> Compiled:
    limit = int(rule.arguments[0])
    if column.type.kind is TypeKind.STRING:
        return _of_json(rule, SIZES[rule.kind][0].format(limit))
    if column.type.kind not in _SIZED[rule.kind]:
        message = f"values of type {column.type} have no {rule.kind.value.replace('_', ' ')}"
        raise ValueError(message)
    test = breaks_size(rule.kind, limit)
    return lambda cells: test(cells.values), SIZES[rule.kind][0].format(limit)


def _of_json(rule: Rule, complaint: str) -> Compiled:
    test = breaks_json(rule.kind, rule.arguments)
    shape = "an array" if rule.kind in JSON_ARRAYS else "an object"
    return lambda cells: test(cells.values), f"{complaint}, or is not {shape} in JSON"


def _has_member(rule: Rule, column: Column) -> Compiled:
    name = str(rule.arguments[0])
    complaint = f"lacks the member {name}"
    if column.type.kind is TypeKind.STRING:
        return _of_json(rule, complaint)
    if column.type.kind is TypeKind.STRUCT:
        part_type(column.type, (name,))
        return lambda cells: lacks_member(cells.values, name), complaint
    if column.type.kind is not TypeKind.MAP:
        message = f"values of type {column.type} have no members"
        raise ValueError(message)
    return lambda cells: lacks_entry(cells.values, name), complaint


def _unique_items(rule: Rule, column: Column) -> Compiled:
    if column.type.kind is TypeKind.STRING:
        return _of_json(rule, "has an element twice")
    if column.type.kind is not TypeKind.LIST:
        message = f"values of type {column.type} have no elements"
        raise ValueError(message)
    return lambda cells: has_repeated_elements(cells.values), "has an element twice"


def _spelling(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _comparable(values: pa.Array) -> pa.Array:
    return values.storage if isinstance(values, pa.ExtensionArray) else values


def _multiple_of(rule: Rule, column: Column) -> Compiled:
    test = breaks_multiple(Fraction(str(rule.arguments[0])), column.type)
    return lambda cells: test(cells.values), f"is not a multiple of {rule.arguments[0]}"


def _format(rule: Rule, column: Column) -> Compiled:
    form = str(rule.arguments[0])
    if form in INTEGER_FORMATS:
        lowest, highest = INTEGER_FORMATS[form]
        tests = (
            breaks_bound(RuleKind.MINIMUM, column.type, lowest),
            breaks_bound(RuleKind.MAXIMUM, column.type, highest),
        )
        return lambda cells: any_of(
            [test(cells.values) for test in tests]
        ), f"is not between {lowest} and {highest} ({form})"
    if form == "f32":
        return lambda cells: _is_beyond(cells.values, FLOAT32_MAX), "is beyond the range of f32"
    wanted = TEXT_FORMATS[form]
    return lambda cells: wanted.broken(cells.text), f"is not {wanted.noun}"


def _is_beyond(values: pa.Array, largest: float) -> pa.BooleanArray:
    return pc.and_(pc.greater(pc.abs(values), largest), pc.is_finite(values))


def _missing_values(rule: Rule, column: Column) -> Compiled:
    """Compare the text, and the value where a marker is one: `-1` is also written `-1.0`."""
    markers = pa.array([_spelling(value) for value in rule.arguments], pa.string())
    typed, _ = parse_text(markers, column.type)
    values = _comparable(typed).drop_null()

    def broken(cells: Cells) -> pa.BooleanArray:
        is_text = pc.is_in(cells.text, value_set=markers)
        return pc.or_(is_text, pc.is_in(_comparable(cells.values), value_set=values)) if len(values) else is_text

    return broken, "stands for a missing value"


def any_of(masks: Iterable[pa.BooleanArray | None]) -> pa.BooleanArray | None:
    """Return where any mask is true; a null counts as false, and None stands for no such row."""
    known = [mask.fill_null(False) for mask in masks if mask is not None]
    return reduce(pc.or_, known) if known else None


_COMPILERS: dict[RuleKind, Callable[[Rule, Column], Compiled]] = {
    RuleKind.PATTERN: _pattern,
    RuleKind.MIN_LENGTH: _length,
    RuleKind.MAX_LENGTH: _length,
    RuleKind.MINIMUM: _bounded("is less than"),
    RuleKind.MAXIMUM: _bounded("is greater than"),
    RuleKind.EXCLUSIVE_MINIMUM: _bounded("is not greater than"),
    RuleKind.EXCLUSIVE_MAXIMUM: _bounded("is not less than"),
    RuleKind.ENUM: _enum,
    RuleKind.MULTIPLE_OF: _multiple_of,
    RuleKind.FORMAT: _format,
    RuleKind.MISSING_VALUES: _missing_values,
    RuleKind.UNIQUE_ITEMS: _unique_items,
    RuleKind.HAS_MEMBER: _has_member,
    **dict.fromkeys(SIZES, _size),
}
_OF_LISTS, _OF_OBJECTS = frozenset({TypeKind.LIST}), frozenset({TypeKind.STRUCT, TypeKind.MAP})
_SIZED = {
    RuleKind.MIN_ITEMS: _OF_LISTS,
    RuleKind.MAX_ITEMS: _OF_LISTS,
    RuleKind.MIN_PROPERTIES: _OF_OBJECTS,
    RuleKind.MAX_PROPERTIES: _OF_OBJECTS,
}
