"""From what a contract writes to exactly one column type: physicalType, else the format option, else logicalType."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dativo_core.odcs.nested_types import nested_type, size_options
from dativo_core.odcs.spelling import Written, arguments_of, name_of, read_written
from dativo_core.odcs.type_table import PHYSICAL_TYPES, TypeRow, Vocabulary
from dativo_core.odcs.types import MAX_DECIMAL_DIGITS, FieldType, OnLoss, TypeKind, TypeProblem

FLAT = {
    **dict.fromkeys(("integer", "int", "bigint", "long"), TypeKind.LONG),
    **dict.fromkeys(("float", "double", "number"), TypeKind.DOUBLE),
    **dict.fromkeys(("timestamp", "datetime"), TypeKind.TIMESTAMP),
    **{kind.value: kind for kind in (TypeKind.BOOLEAN, TypeKind.DATE, TypeKind.TIME, TypeKind.TIMESTAMPTZ)},
    **{kind.value: kind for kind in (TypeKind.UUID, TypeKind.BINARY, TypeKind.STRING)},
    **dict.fromkeys(("json", "object", "array"), TypeKind.STRING),
}
"""The type words of the flat dialect; an object or array without a shape is JSON text."""

_FLAT_DECIMALS = ("decimal", "numeric", "number", "dec")
_ANY_DECIMAL = FieldType(TypeKind.DECIMAL, on_loss=OnLoss.STRINGIFY)
_WIDE = FieldType(TypeKind.DECIMAL, MAX_DECIMAL_DIGITS, 0)

FAMILIES = {
    "string": {TypeKind.STRING, TypeKind.UUID, TypeKind.BINARY, TypeKind.FIXED},
    "boolean": {TypeKind.BOOLEAN},
    "date": {TypeKind.DATE, TypeKind.TIME, TypeKind.TIMESTAMP, TypeKind.TIMESTAMPTZ},
    "integer": {TypeKind.INT, TypeKind.LONG, TypeKind.DECIMAL},
    "number": {TypeKind.INT, TypeKind.LONG, TypeKind.FLOAT, TypeKind.DOUBLE, TypeKind.DECIMAL},
    "object": {TypeKind.STRUCT, TypeKind.MAP, TypeKind.STRING},
    "array": {TypeKind.LIST, TypeKind.STRING},
}
"""Which column types each logical type agrees with."""


@dataclass(frozen=True)
class Context:
    """What a physical type is read by: whose words it is in, and what else the property says."""

    vocabulary: Vocabulary = Vocabulary.GENERIC
    logical: str | None = None
    form: str | None = None


_NO_CONTEXT = Context()


@dataclass(frozen=True)
class Physical:
    """What a physical type says: the type, or why there is none, and the constraints that follow."""

    type: FieldType | TypeProblem
    options: Mapping[str, Any] = field(default_factory=dict)


def flat_type(text: str) -> FieldType | TypeProblem:
    """Return the type of a flat column, or why there is none."""
    nested = nested_type(text, flat_type)
    if nested is not None:
        return _whole_as_text(nested)
    written = read_written(text)
    if written is not None and written.name in _FLAT_DECIMALS and (written.arguments or written.name != "number"):
        return _physical(text, written, _NO_CONTEXT).type
    if written is None or written.name not in FLAT or written.arguments is not None or written.suffix:
        hint = f"Use one of: {', '.join(sorted({*FLAT, 'decimal(p,s)'}))}."
        return TypeProblem("type-unparsed", f"the type '{text}' is not known", hint)
    return FieldType(FLAT[written.name])


def physical_type(text: str, context: Context = _NO_CONTEXT) -> Physical:
    """Return what a physical type says, read in the words of its source."""
    nested = nested_type(text, lambda inner: physical_type(inner, context).type)
    if nested is not None:
        return Physical(_whole_as_text(nested), {} if isinstance(nested, TypeProblem) else size_options(text))
    written = read_written(text)
    return _physical(text, written, context) if written else Physical(_unparsed(text))


def _whole_as_text(nested: FieldType | TypeProblem) -> FieldType | TypeProblem:
    """Return what a nested type says; when a part has no home, only the column as a whole can be text."""
    if isinstance(nested, FieldType):
        return nested
    return replace(nested, as_text=nested.as_text and FieldType(TypeKind.STRING))


def _physical(text: str, written: Written, context: Context) -> Physical:
    for spelling, row in _ROWS.get(written.name, ()):
        found = arguments_of(spelling, written)
        is_of_source = not row.of or context.vocabulary in row.of
        if found is not None and is_of_source and _CONDITIONS[row.where](found, context):
            return _by_row(text, row, found)
    return _unsigned(text, written, context) if written.suffix == "unsigned" else Physical(_unparsed(text))


def _unsigned(text: str, written: Written, context: Context) -> Physical:
    """Return what an unsigned number is that has no form of its own in the table: one that is not below zero."""
    signed = _physical(text, Written(written.name, written.arguments), context)
    is_number = isinstance(signed.type, TypeProblem) or signed.type.kind in FAMILIES["number"]
    return Physical(signed.type, {**signed.options, "minimum": 0}) if is_number else Physical(_unparsed(text))


def _rows_by_name() -> dict[str, list[tuple[str, TypeRow]]]:
    rows: dict[str, list[tuple[str, TypeRow]]] = {}
    for row in PHYSICAL_TYPES:
        for spelling in row.spellings:
            rows.setdefault(name_of(spelling), []).append((spelling, row))
    return rows


_ROWS = _rows_by_name()
"""The rows of each word, in the order of the table."""


_CONDITIONS: dict[str, Callable[[Mapping[str, int], Context], bool]] = {
    "": lambda *_: True,
    "p >= 1": lambda given, _: given["p"] >= 1,
    "n >= 1": lambda given, _: given["n"] >= 1,
    "s < 0": lambda given, _: given["p"] >= 1 and given["s"] < 0,
    "s > p": lambda given, _: given["p"] >= 1 and given["s"] > given["p"],
    "logicalType boolean": lambda _, context: context.logical == "boolean",
    "format uuid": lambda _, context: context.form == "uuid",
}
_COMPUTED: dict[str, Callable[[Mapping[str, int]], int]] = {
    "p": lambda given: given["p"],
    "s": lambda given: given["s"],
    "n": lambda given: given["n"],
    "p-s": lambda given: given["p"] - given["s"],
}
_LIMITS: dict[str, Callable[[int], int | str]] = {
    "n": lambda n: n,
    "2^n - 1": lambda n: 2**n - 1,
    "n bits": lambda n: f"^[01]{{{n}}}$",
    "at most n bits": lambda n: f"^[01]{{0,{n}}}$",
}


def _by_row(text: str, row: TypeRow, given: Mapping[str, int]) -> Physical:
    if row.type:
        return Physical(_of_table(text, row.type, given), _options(row, given))
    message, hint = _REASONS[row.code]
    as_text = {"decimal": _ANY_DECIMAL, "string": FieldType(TypeKind.STRING)}.get(row.as_text)
    return Physical(TypeProblem(row.code, message.format(text), hint, as_text))


_STRINGIFY = "or add the custom property dativoOnLoss: stringify (on_loss in the flat dialect)"
_REASONS = {
    "type-no-iceberg": ("Iceberg has no type for '{}'", f"Declare it as string, {_STRINGIFY}."),
    "decimal-unscaled": ("'{}' has no precision and scale", f"Write decimal(precision,scale), {_STRINGIFY}."),
    "type-unresolved": (
        "'{}' is no decimal that can be stored",
        "Write decimal(p,s) with at least one digit, such as decimal(10,2).",
    ),
}


def _of_table(text: str, type_: str, given: Mapping[str, int]) -> FieldType | TypeProblem:
    name, _, rest = type_.rstrip(")").partition("(")
    numbers = [_COMPUTED[each](given) if each in _COMPUTED else int(each) for each in rest.split(",") if each]
    if name == TypeKind.FIXED:
        return FieldType(TypeKind.FIXED, length=numbers[0])
    if name != TypeKind.DECIMAL:
        return FieldType(TypeKind(name))
    precision, scale = numbers
    if precision <= MAX_DECIMAL_DIGITS:
        return FieldType(TypeKind.DECIMAL, precision, scale)
    as_text = FieldType(TypeKind.DECIMAL, precision, scale, on_loss=OnLoss.STRINGIFY)
    hint = f"Use at most decimal({MAX_DECIMAL_DIGITS},s), {_STRINGIFY}."
    message = f"'{text}' has more than {MAX_DECIMAL_DIGITS} digits"
    return TypeProblem("decimal-too-wide", message, hint, as_text)


def _options(row: TypeRow, given: Mapping[str, int]) -> dict[str, Any]:
    size = given.get("n")
    return {
        key: _LIMITS[limit](size) if limit in _LIMITS and size is not None else limit
        for key, limit in row.options.items()
        if size is not None or limit not in _LIMITS
    }


def _unparsed(text: str) -> TypeProblem:
    hint = "Use a type name such as varchar, bigint, decimal(10,2), date or timestamp."
    return TypeProblem("type-unparsed", f"the physicalType '{text}' is not understood", hint)


def logical_type(word: str, form: str | None) -> FieldType | None:
    """Return the type of a logical type and its `format` option, dates apart; None when none follows."""
    formats: dict[str, dict[str | None, FieldType]] = {
        "string": {"uuid": FieldType(TypeKind.UUID), "binary": FieldType(TypeKind.BINARY)},
        "integer": {
            **dict.fromkeys(("i8", "i16", "i32", "u8", "u16"), FieldType(TypeKind.INT)),
            "u64": FieldType(TypeKind.DECIMAL, 20, 0),
            **dict.fromkeys(("i128", "u128"), _WIDE),
        },
        "number": {"f32": FieldType(TypeKind.FLOAT)},
    }
    defaults = {
        "string": TypeKind.STRING,
        "integer": TypeKind.LONG,
        "number": TypeKind.DOUBLE,
        "boolean": TypeKind.BOOLEAN,
    }
    if word not in defaults:
        return None
    return formats.get(word, {}).get(form, FieldType(defaults[word]))
