"""The types of the flat dialect in the words of the standard."""

from collections.abc import Iterator, Mapping
from typing import Any

from dativo_core.odcs.loss_policy import stringified
from dativo_core.odcs.nested_columns import SHAPES
from dativo_core.odcs.nested_types import size_options
from dativo_core.odcs.resolve_type import Context, Physical, flat_type, physical_type
from dativo_core.odcs.type_table import Vocabulary
from dativo_core.odcs.types import FieldType, OnLoss, TypeKind, TypeProblem

_LOGICAL: Mapping[TypeKind, str] = {
    TypeKind.BOOLEAN: "boolean",
    **dict.fromkeys((TypeKind.INT, TypeKind.LONG), "integer"),
    **dict.fromkeys((TypeKind.FLOAT, TypeKind.DOUBLE, TypeKind.DECIMAL), "number"),
    **dict.fromkeys((TypeKind.DATE, TypeKind.TIME, TypeKind.TIMESTAMP, TypeKind.TIMESTAMPTZ), "date"),
    **dict.fromkeys((TypeKind.STRING, TypeKind.UUID, TypeKind.BINARY), "string"),
    **dict.fromkeys((TypeKind.STRUCT, TypeKind.MAP), "object"),
    TypeKind.LIST: "array",
}
_ALONE: Mapping[TypeKind, dict[str, Any]] = {
    TypeKind.BOOLEAN: {},
    TypeKind.LONG: {},
    TypeKind.DOUBLE: {"logicalTypeOptions": {"format": "f64"}},
    TypeKind.STRING: {},
}
"""What the logical type needs besides to mean these types; for all others a physical type says it."""

_WORDS: Mapping[TypeKind, tuple[str, ...]] = {
    TypeKind.LONG: ("bigint", "int64"),
    TypeKind.FLOAT: ("real", "float4"),
    TypeKind.DATE: ("date", "date32"),
    TypeKind.TIMESTAMP: ("timestamp", "datetime"),
    TypeKind.DECIMAL: ("decimal", "number", "dec"),
}
"""Physical types to choose from where a type's own word means something else in the words of some source."""

MOMENTS = frozenset(kind for kind, word in _LOGICAL.items() if word == "date")


def standard_type(
    text: str, on_loss: OnLoss | None, vocabulary: Vocabulary, *, has_members: bool
) -> dict[str, Any] | None:
    """Return the keys of a property that mean what a flat column's `type` means; None when none do.

    `on_loss` is what the column declares of values that do not fit; `vocabulary` is whose words physical types will be
    read in.
    """
    word = text.strip().lower()
    if has_members or word in SHAPES:
        return {"logicalType": word}
    type_ = stringified(flat_type(text), on_loss)
    if isinstance(type_, TypeProblem):
        return None
    logical = {"logicalType": _LOGICAL[type_.kind]}
    if type_.kind in _ALONE and flat_type(text) == type_ and word != "json":
        return logical | _ALONE[type_.kind]
    wanted = Physical(type_, size_options(text))
    spellings = (text, *_spellings(type_, vocabulary))
    physical = next((each for each in spellings if _read(each, on_loss, vocabulary) == wanted), None)
    return None if physical is None else {**logical, "physicalType": physical}


def _read(spelling: str, on_loss: OnLoss | None, vocabulary: Vocabulary) -> Physical:
    found = physical_type(spelling, Context(vocabulary))
    return Physical(stringified(found.type, on_loss), found.options)


def _spellings(type_: FieldType, vocabulary: Vocabulary) -> Iterator[str]:
    """Yield the physical types that may mean a type in the words of a source."""
    if type_.is_nested:
        yield _nested(type_, vocabulary)
    elif not type_.precision:
        yield from _WORDS.get(type_.kind, ())
    yield str(type_)


def _nested(type_: FieldType, vocabulary: Vocabulary) -> str:
    parts = [_part(member.type, vocabulary) for member in type_.members]
    if type_.kind is TypeKind.STRUCT:
        names = [f"{each.name}: {part}" for each, part in zip(type_.members, parts, strict=True)]
        required = [" not null" if member.required else "" for member in type_.members]
        return f"struct<{', '.join(map(str.__add__, names, required))}>"
    return f"{'map' if type_.kind is TypeKind.MAP else 'array'}<{', '.join(parts)}>"


def _part(type_: FieldType, vocabulary: Vocabulary) -> str:
    spellings = _spellings(type_, vocabulary)
    return next((each for each in spellings if _read(each, None, vocabulary).type == type_), str(type_))
