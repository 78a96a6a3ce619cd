"""Whether values of two column types can be equal, so that one can point to the other."""

from dativo_core.odcs.types import MAX_DECIMAL_DIGITS, NESTED, FieldType, TypeKind

_WHOLE_DIGITS = {TypeKind.INT: 10, TypeKind.LONG: 19}
_EXACT = frozenset({*_WHOLE_DIGITS, TypeKind.DECIMAL})
_KINDS = (
    _EXACT,
    frozenset({TypeKind.FLOAT, TypeKind.DOUBLE}),
    frozenset({TypeKind.BINARY, TypeKind.FIXED}),
)
"""Types whose values are compared with each other without loss; every other type only with itself."""


def why_not_comparable(one: FieldType, other: FieldType) -> str:
    """Return why two types are not compared, empty if they are; what counts is how values are stored."""
    one, other = one.stored, other.stored
    if one.kind in NESTED or other.kind in NESTED:
        return f"{one} and {other} are not compared as a whole"
    if one.kind is not other.kind and not any({one.kind, other.kind} <= kinds for kinds in _KINDS):
        return f"{one} and {other} cannot be compared"
    if one.kind in _EXACT and other.kind in _EXACT:
        digits = max(_whole_digits(one), _whole_digits(other)) + max(one.scale, other.scale)
        if digits > MAX_DECIMAL_DIGITS:
            return f"{one} and {other} need {digits} digits to be compared, more than {MAX_DECIMAL_DIGITS}"
    return ""


def _whole_digits(type_: FieldType) -> int:
    return _WHOLE_DIGITS.get(type_.kind, type_.precision - type_.scale)
