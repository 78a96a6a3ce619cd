"""The types of the flat dialect in the words of the standard."""

from collections.abc import Mapping
from typing import Any

from dativo_core.odcs.nested_columns import SHAPES
from dativo_core.odcs.nested_types import size_options
from dativo_core.odcs.resolve_type import Context, Physical, flat_type, physical_type
from dativo_core.odcs.type_table import Vocabulary
from dativo_core.odcs.types import FieldType, TypeKind, TypeProblem

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

MOMENTS = frozenset(kind for kind, word in _LOGICAL.items() if word == "date")


def standard_type(text: str, vocabulary: Vocabulary, *, has_members: bool) -> dict[str, Any] | None:
    """Return the keys of a property that mean what a flat column's `type` means; None when none do.

    `vocabulary` is whose words physical types will be read in.
    """
    word = text.strip().lower()
    if has_members or word in SHAPES:
        return {"logicalType": word}
    type_ = flat_type(text)
    if isinstance(type_, TypeProblem):
        return None
    logical = {"logicalType": _LOGICAL[type_.kind]}
    if type_.kind in _ALONE and word != "json":
        return logical | _ALONE[type_.kind]
    context, wanted = Context(vocabulary), Physical(type_, size_options(text))
    physical = next((each for each in (text, _spelling(type_)) if physical_type(each, context) == wanted), None)
    return None if physical is None else {**logical, "physicalType": physical}


def _spelling(type_: FieldType) -> str:
    """Return a type as physical type names spell it, where `float` is a double."""
    if type_.kind is TypeKind.FLOAT:
        return "real"
    parts = [_spelling(member.type) for member in type_.members]
    if type_.kind is TypeKind.STRUCT:
        names = [f"{each.name}: {part}" for each, part in zip(type_.members, parts, strict=True)]
        required = [" not null" if member.required else "" for member in type_.members]
        return f"struct<{', '.join(map(str.__add__, names, required))}>"
    return f"{type_.kind.value}<{', '.join(parts)}>" if type_.is_nested else str(type_)
