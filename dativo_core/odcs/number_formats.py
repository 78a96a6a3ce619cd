"""The ranges of `logicalTypeOptions.format` for numbers, and which of them a column type alone does not enforce."""

from math import inf

from dativo_core.odcs.types import FieldType, TypeKind

INTEGER_FORMATS: dict[str, tuple[int, int]] = {
    **{f"i{width}": (-(2 ** (width - 1)), 2 ** (width - 1) - 1) for width in (8, 16, 32, 64, 128)},
    **{f"u{width}": (0, 2**width - 1) for width in (8, 16, 32, 64, 128)},
}
"""Lowest and highest value of each integer format."""

FLOAT32_MAX = 3.4028234663852886e38
"""The largest finite value of `f32` (IEEE 754, binary32)."""


def says_more(form: str, type_: FieldType) -> bool:
    """Return whether some value of a numeric column type is outside a format."""
    if type_.kind is TypeKind.DOUBLE:
        return form == "f32"
    limits = _limits(type_)
    if limits is None or form not in INTEGER_FORMATS:
        return False
    lowest, highest = INTEGER_FORMATS[form]
    return lowest > limits[0] or highest < limits[1]


def _limits(type_: FieldType) -> tuple[float, float] | None:
    if type_.kind is TypeKind.DECIMAL and not type_.precision:
        return -inf, inf
    if type_.kind is TypeKind.DECIMAL:
        largest: int = 10 ** (type_.precision - type_.scale) - 1
        return -largest, largest
    widths = {TypeKind.INT: "i32", TypeKind.LONG: "i64"}
    return INTEGER_FORMATS[widths[type_.kind]] if type_.kind in widths else None
