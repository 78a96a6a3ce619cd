"""From what a contract writes to exactly one column type: physicalType, else the format option, else logicalType."""

import re

from dativo_core.odcs.nested_types import nested_type
from dativo_core.odcs.types import FieldType, TypeKind, TypeProblem

_WORDS: dict[TypeKind, str] = {
    TypeKind.BOOLEAN: "bool boolean",
    TypeKind.INT: "tinyint smallint mediumint int integer int2 int4 int16 int32 serial year",
    TypeKind.LONG: "bigint int8 int64 long bigserial oid uint32",
    TypeKind.FLOAT: "real float4 float16 float32 binary_float",
    TypeKind.DOUBLE: "double float8 float64 float binary_double",
    TypeKind.STRING: "string char character varchar nvarchar nchar varchar2 nvarchar2 text clob citext xml enum set json"
    " jsonb inet cidr macaddr",
    TypeKind.UUID: "uuid uniqueidentifier guid",
    TypeKind.BINARY: "binary varbinary bytea blob raw image bytes",
    TypeKind.DATE: "date date32",
    TypeKind.TIME: "time",
    TypeKind.TIMESTAMP: "timestamp datetime datetime2 timestamp_ntz timestampntz smalldatetime",
    TypeKind.TIMESTAMPTZ: "timestamptz datetimeoffset timestamp_ltz timestamp_tz",
}
PHYSICAL = {word: kind for kind, words in _WORDS.items() for word in words.split()}
"""Generic physical type names; those of one database only are not among them."""

FLAT = {
    **dict.fromkeys(("integer", "int", "bigint", "long"), TypeKind.LONG),
    **dict.fromkeys(("float", "double", "number"), TypeKind.DOUBLE),
    **dict.fromkeys(("timestamp", "datetime"), TypeKind.TIMESTAMP),
    **{kind.value: kind for kind in (TypeKind.BOOLEAN, TypeKind.DATE, TypeKind.TIME, TypeKind.TIMESTAMPTZ)},
    **{kind.value: kind for kind in (TypeKind.UUID, TypeKind.BINARY, TypeKind.STRING)},
    **dict.fromkeys(("json", "object", "array"), TypeKind.STRING),
}
"""The type words of the flat dialect; an object or array without a shape is JSON text."""

_DECIMALS = frozenset({"decimal", "numeric", "number", "dec"})
_HOMELESS = frozenset({"interval", "timetz", "duration", "geometry", "geography", "point"})
_PHYSICAL = re.compile(
    r"(?:\w+\.)?(?P<name>\w+)\s*(?:\(\s*(?P<first>-?\d+|max)\s*(?:,\s*(?P<second>-?\d+)\s*)?\))?\s*"
    r"(?P<unsigned>unsigned|zerofill)?\s*(?:(?P<zone>with|without)\s+(?:local\s+)?time\s+zone)?\Z",
    re.IGNORECASE,
)
_UNSIGNED = {"bigint": FieldType(TypeKind.DECIMAL, 20, 0), "int": FieldType(TypeKind.LONG)}
_UNSIGNED["integer"] = _UNSIGNED["int"]
_WIDE = FieldType(TypeKind.DECIMAL, 38, 0)

FAMILIES = {
    "string": {TypeKind.STRING, TypeKind.UUID, TypeKind.BINARY},
    "boolean": {TypeKind.BOOLEAN},
    "date": {TypeKind.DATE, TypeKind.TIME, TypeKind.TIMESTAMP, TypeKind.TIMESTAMPTZ},
    "integer": {TypeKind.INT, TypeKind.LONG, TypeKind.DECIMAL},
    "number": {TypeKind.INT, TypeKind.LONG, TypeKind.FLOAT, TypeKind.DOUBLE, TypeKind.DECIMAL},
    "object": {TypeKind.STRUCT, TypeKind.MAP, TypeKind.STRING},
    "array": {TypeKind.LIST, TypeKind.STRING},
}
"""Which column types each logical type agrees with."""


def flat_type(text: str) -> FieldType | TypeProblem:
    """Return the type of a flat column, or why there is none."""
    nested = nested_type(text, flat_type)
    if nested is not None:
        return nested
    match = _PHYSICAL.match(text.strip())
    name = match["name"].lower() if match else ""
    if match and name in _DECIMALS and (match["first"] or name != "number"):
        return _decimal(text, match["first"], match["second"])
    if match is None or name not in FLAT or match["first"] or match["unsigned"] or match["zone"]:
        hint = f"Use one of: {', '.join(sorted({*FLAT, 'decimal(p,s)'}))}."
        return TypeProblem("type-unparsed", f"the type '{text}' is not known", hint)
    return FieldType(FLAT[name])


def physical_type(text: str) -> FieldType | TypeProblem:
    """Return the type of a generic physical type name, or why there is none."""
    nested = nested_type(text, physical_type)
    if nested is not None:
        return nested
    match = _PHYSICAL.match(
        " ".join(text.lower().split()).replace("double precision", "double").replace(" varying", "")
    )
    name = match["name"].lower() if match else ""
    if match is None or name not in {*PHYSICAL, *_DECIMALS, *_HOMELESS, "hugeint", "int128", "uint64"}:
        hint = "Use a type name such as varchar, bigint, decimal(10,2), date or timestamp."
        return TypeProblem("type-unparsed", f"the physicalType '{text}' is not understood", hint)
    if name in _HOMELESS or (name == "time" and match["zone"] == "with"):
        return TypeProblem("type-no-iceberg", f"Iceberg has no type for '{text}'", "Declare it as string.")
    if name in _DECIMALS:
        return _decimal(text, match["first"], match["second"])
    if name in {"hugeint", "int128", "uint64"}:
        return _UNSIGNED["bigint"] if name == "uint64" else _WIDE
    if match["unsigned"] and name in _UNSIGNED:
        return _UNSIGNED[name]
    if name == "float" and match["first"] and match["first"].isdigit() and int(match["first"]) <= 24:
        return FieldType(TypeKind.FLOAT)
    if PHYSICAL[name] is TypeKind.TIMESTAMP and (match["zone"] or "").lower() == "with":
        return FieldType(TypeKind.TIMESTAMPTZ)
    return FieldType(PHYSICAL[name])


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


def _decimal(text: str, first: str | None, second: str | None) -> FieldType | TypeProblem:
    if first is None or not first.lstrip("-").isdigit():
        return TypeProblem(
            "decimal-unscaled", f"'{text}' has no precision and scale", "Write decimal(precision,scale)."
        )
    precision, scale = int(first), int(second or 0)
    if precision > 38:
        return TypeProblem("decimal-too-wide", f"'{text}' has more than 38 digits", "Use at most decimal(38,s).")
    if precision < 1 or scale < 0 or scale > precision:
        hint = "Write decimal(p,s) with 1 <= p <= 38 and 0 <= s <= p."
        return TypeProblem("type-unresolved", f"'{text}' is no decimal that can be stored", hint)
    return FieldType(TypeKind.DECIMAL, precision, scale)
