"""Values at the edges of every type: as text, as what the table must hold, and texts just outside."""

import re
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any

from dativo_core.odcs.types import MAX_DECIMAL_DIGITS, FieldType, TypeKind

WHOLE = {TypeKind.INT: 2**31, TypeKind.LONG: 2**63}
EXACT = Context(prec=2000)
ANY_DIGITS = 900
NIL = "00000000-0000-0000-0000-000000000000"

PLAIN: dict[TypeKind, tuple[dict[str, str], tuple[str, ...]]] = {
    TypeKind.BOOLEAN: ({"true": "true", "F": "false", "1": "true", "no": "false"}, ("2", "null", "-1", "NaN")),
    TypeKind.FLOAT: (
        {"3.4028235e38": "3.4028235e+38", "-1e-45": "-1e-45", "NaN": "nan", "-inf": "-inf", "0": "0"},
        ("3.5e38", "1e999", "1,5", "x"),
    ),
    TypeKind.DOUBLE: (
        {"1.7976931348623157e308": "1.7976931348623157e+308", "5e-324": "5e-324", "nan": "nan", "Infinity": "inf"},
        ("1.8e308", "1e999", "0x1p3", "x"),
    ),
    TypeKind.UUID: (
        {NIL: NIL, NIL.replace("-", "").replace("0", "F"): NIL.replace("0", "f")},
        ("0" * 31, "0" * 33, "g" * 32),
    ),
    TypeKind.BINARY: ({"00ff": "00ff", "\\x0A": "0a", "0x": ""}, ("0", "0g")),
    TypeKind.DATE: (
        {"0001-01-01": "0001-01-01", "9999-12-31": "9999-12-31", "2024-02-29": "2024-02-29"},
        ("0000-00-00", "0000-12-31", "10000-01-01", "2023-02-29", "infinity", "44-03-15 BC"),
    ),
    TypeKind.TIME: (
        {"00:00": "00:00:00", "23:59:59.999999": "23:59:59.999999", "12:00:00.100": "12:00:00.1"},
        ("24:00:00", "-01:00:00", "838:59:59", "00:00:00.0000001", "23:59:60"),
    ),
    TypeKind.TIMESTAMP: (
        {"0001-01-01": "0001-01-01T00:00:00", "9999-12-31 23:59:59.999999": "9999-12-31T23:59:59.999999"},
        ("0000-00-00 00:00:00", "infinity", "2024-01-01 00:00:00.0000001", "2024-01-01T00:00:00Z", "2024-01-01 24:00"),
    ),
    TypeKind.TIMESTAMPTZ: (
        {"0001-01-01T00:00Z": "0001-01-01T00:00:00Z", "9999-12-31 23:59:59.999999+00": "9999-12-31T23:59:59.999999Z"},
        ("-infinity", "0001-01-01T00:00+01:00", "9999-12-31T23:59:59-00:01", "2024-01-01T00:00:00.0000001Z"),
    ),
}


@dataclass(frozen=True)
class Boundaries:
    """`kept` maps a text to the canonical text of what the table has for it; none of `refused` is in it."""

    kept: dict[str, str]
    refused: tuple[str, ...]


def boundaries(type_: FieldType, options: dict[str, Any]) -> Boundaries:
    """Return the edges of a type, narrowed by the constraints that its spelling implies."""
    if type_.kind in WHOLE:
        return _whole(WHOLE[type_.kind], options)
    if type_.kind is TypeKind.DECIMAL:
        return _decimal(type_, options)
    if type_.kind is TypeKind.FIXED:
        good = "ab" * type_.length
        return Boundaries({good: good, f"0x{good}": good}, (good[2:], good + "00", "zz" * type_.length))
    if type_.kind is TypeKind.STRING:
        return _text(options)
    if type_.kind is TypeKind.LIST:
        return _vector(options)
    return Boundaries(*PLAIN[type_.kind])


def _whole(limit: int, options: dict[str, Any]) -> Boundaries:
    low, high = options.get("minimum", -limit), options.get("maximum", limit - 1)
    kept = {str(low): str(low), f"+{high}.0": str(high), f" {high - 1} ": str(high - 1)}
    return Boundaries(kept, (str(low - 1), str(high + 1), "1.5", "NaN", "0x1"))


def _decimal(type_: FieldType, options: dict[str, Any]) -> Boundaries:
    digits, scale = type_.precision or ANY_DIGITS, type_.scale
    step = Decimal(1).scaleb(-scale)
    most = Decimal(10**digits - 1).scaleb(-scale, EXACT)
    low, high = Decimal(options.get("minimum", most.copy_negate())), Decimal(options.get("maximum", most))
    kept = {f"{each:f}": _stored(each, type_) for each in (low, high, step)}
    outside = (
        [f"{EXACT.add(high, step):f}", f"{EXACT.subtract(low, step):f}", f"{step / 10:f}"] if type_.precision else []
    )
    return Boundaries(kept, (*outside, "NaN", "Infinity", "x"))


def _stored(value: Decimal, type_: FieldType) -> str:
    is_plain = not type_.precision or type_.precision > 2 * MAX_DECIMAL_DIGITS
    text = f"{value:f}" if is_plain else f"{value:.{type_.scale}f}"
    return text.rstrip("0").rstrip(".") if is_plain and "." in text else text


def _text(options: dict[str, Any]) -> Boundaries:
    if "pattern" in options:
        length = int((re.findall(r"(\d+)}", options["pattern"]) or [1])[0])
        good = ("10" * length)[:length]
        return Boundaries({good: good}, (f"{good}0", "2" * length))
    if "maxLength" in options:
        most = options["maxLength"]
        return Boundaries({"ü" * most: "ü" * most}, ("ü" * (most + 1),))
    return Boundaries({"NaN": "NaN", " ü ": " ü ", "1.50": "1.50"}, ())


def _vector(options: dict[str, Any]) -> Boundaries:
    length = options.get("minItems", 2)
    numbers = ",".join(["0.5"] * length)
    outside = (f"[{numbers},1.0]", "[]") if "minItems" in options else ()
    return Boundaries({f"[{numbers}]": f"[{numbers}]"}, (*outside, f"[{numbers[:-3]}1e39]", "x"))
