"""The table of physical types: every spelling a contract may use, the database it is one of, and the type that follows.

A spelling is a word and its arguments: `p,s` (the scale may be left out), `n`, a range such as `1..24`, a number, `max`, or
`...` for anything; `[(n)]` may be left out. Rows are tried from first to last.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Vocabulary(StrEnum):
    """Whose words a physical type is written in; GENERIC where the source is no database, or an unknown one."""

    GENERIC = "generic"
    BIGQUERY = "bigquery"
    DUCKDB = "duckdb"
    MYSQL = "mysql"
    ORACLE = "oracle"
    POSTGRES = "postgres"
    REDSHIFT = "redshift"
    SNOWFLAKE = "snowflake"
    SPARK = "spark"
    SQLSERVER = "sqlserver"


_OTHER_NAMES = {
    Vocabulary.MYSQL: "mariadb",
    Vocabulary.POSTGRES: "postgresql alloydb cloudsql cockroachdb",
    Vocabulary.SPARK: "databricks delta",
    Vocabulary.SQLSERVER: "mssql synapse azure_sql",
}
VOCABULARIES = {
    **{each.value: each for each in Vocabulary},
    **{name: vocabulary for vocabulary, names in _OTHER_NAMES.items() for name in names.split()},
}
"""The vocabulary of each type of source and of server."""

_V = Vocabulary

PHRASES = {
    "double precision": "double",
    "national character varying": "nvarchar",
    "national char varying": "nvarchar",
    "national character": "nchar",
    "national varchar": "nvarchar",
    "character varying": "varchar",
    "char varying": "varchar",
    "character large object": "clob",
    "bit varying": "varbit",
    "binary varying": "varbinary",
    "binary large object": "blob",
    "long raw": "blob",
    "long varchar": "text",
}
"""Words in more than one part, and the one word that stands for them in the table."""


@dataclass(frozen=True)
class TypeRow:
    """Spellings that mean one type.

    `type` is the Iceberg spelling, with arguments computed from those of the spelling; empty where Iceberg has none, or
    none follows, as `code` says: then `as_text` is what a column declared to be stringified has. `of` is empty for all
    vocabularies; `where` is a condition on the arguments or on the rest of the property. `options` are constraints that
    follow, as in `logicalTypeOptions`. `loss` says which values of the source the type does not hold.
    """

    spellings: tuple[str, ...]
    type: str
    of: tuple[Vocabulary, ...] = ()
    where: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    loss: str = ""
    code: str = ""
    as_text: str = "string"


def _row(spellings: str, type_: str, *of: Vocabulary, **more: Any) -> TypeRow:
    return TypeRow(tuple(spellings.split(" | ")), type_, of, **more)


def _range(lowest: int, highest: int | str) -> dict[str, Any]:
    return {"minimum": lowest, "maximum": highest}


_BITS = {"pattern": "n bits"}
_BEYOND = "more digits or scale, NaN, infinity"
_NO_DAY = "infinity, BC, zero dates, years above 9999"
_NO_INSTANT = f"{_NO_DAY}, digits beyond the microsecond"

BOOLEANS_AND_BITS = (
    _row("tinyint(1)", "boolean", where="logicalType boolean", loss="other than 0 and 1"),
    _row("bool | boolean", "boolean"),
    _row("bit | bit(1)", "string", _V.POSTGRES, _V.REDSHIFT, _V.DUCKDB, options={"pattern": "^[01]$"}),
    _row("bit | bit(1)", "boolean"),
    _row("bit(64)", "decimal(20,0)", _V.MYSQL, options=_range(0, 2**64 - 1)),
    _row("bit(n)", "long", _V.MYSQL, options=_range(0, "2^n - 1")),
    _row("bit(n)", "string", options=_BITS, loss="other than n digits 0 and 1"),
    _row("varbit[(n)] | bitstring", "string", options={"pattern": "at most n bits"}, loss="more than n digits 0 and 1"),
)

INTEGERS = (
    _row(
        "int | integer | bigint | smallint | tinyint | byteint",
        "decimal(38,0)",
        _V.SNOWFLAKE,
        loss="more than 38 digits",
    ),
    _row("int | integer | smallint", "decimal(38,0)", _V.ORACLE, loss="more than 38 digits"),
    _row("int | integer | bigint | smallint | tinyint | byteint", "long", _V.BIGQUERY),
    _row("tinyint", "int", _V.SQLSERVER, options=_range(0, 2**8 - 1)),
    _row("tinyint unsigned | tinyint(n) unsigned | uint8 | utinyint | u8", "int", options=_range(0, 2**8 - 1)),
    _row("smallint unsigned | smallint(n) unsigned | uint16 | usmallint | u16", "int", options=_range(0, 2**16 - 1)),
    _row("mediumint unsigned | mediumint(n) unsigned", "int", options=_range(0, 2**24 - 1)),
    _row("tinyint[(n)] | int1 | byteint", "int", _V.MYSQL, _V.SPARK, _V.DUCKDB, options=_range(-(2**7), 2**7 - 1)),
    _row("smallint[(n)] | int2 | smallserial | int16", "int", options=_range(-(2**15), 2**15 - 1)),
    _row("mediumint[(n)]", "int", options=_range(-(2**23), 2**23 - 1)),
    _row("year | year(4)", "int", options=_range(0, 2155), loss="beyond 2155"),
    _row(
        "int unsigned | int(n) unsigned | integer unsigned | integer(n) unsigned", "long", options=_range(0, 2**32 - 1)
    ),
    _row("uint32 | uinteger | u32 | oid", "long", options=_range(0, 2**32 - 1)),
    _row(
        "bigint unsigned | bigint(n) unsigned | uint64 | ubigint | u64",
        "decimal(20,0)",
        options=_range(0, 2**64 - 1),
    ),
    _row("tinyint[(n)] | int1 | byteint", "int"),
    _row("int[(n)] | integer[(n)] | int4 | int32 | serial | serial4", "int", loss="beyond 32 bits"),
    _row("bigint[(n)] | int8 | int64 | long | bigserial | serial8", "long", loss="beyond 64 bits"),
    _row("hugeint | int128 | uint128 | uhugeint | int256 | uint256", "decimal(38,0)", loss="more than 38 digits"),
)

DECIMALS = (
    _row("money", "decimal(19,2)", _V.POSTGRES, loss="other than plain digits, or with more than 2 behind the point"),
    _row("money", "decimal(19,4)", loss="other than plain digits, or with more than 4 behind the point"),
    _row("smallmoney", "decimal(10,4)", loss="other than plain digits, or with more than 4 behind the point"),
    _row("decimal | numeric | dec", "decimal(10,0)", _V.MYSQL, _V.SPARK, loss=_BEYOND),
    _row("decimal | numeric | dec", "decimal(18,0)", _V.SQLSERVER, _V.REDSHIFT, loss=_BEYOND),
    _row("decimal | numeric | dec", "decimal(18,3)", _V.DUCKDB, loss=_BEYOND),
    _row("decimal | numeric | number", "decimal(38,0)", _V.SNOWFLAKE, loss=_BEYOND),
    _row("decimal | numeric", "decimal(38,9)", _V.BIGQUERY, loss=_BEYOND),
    _row("bignumeric | bigdecimal", "decimal(76,38)"),
    _row("float[(n)]", "", _V.ORACLE, code="decimal-unscaled", as_text="decimal", loss="decimal inside, of any scale"),
    _row(
        "decimal | numeric | number | dec", "", code="decimal-unscaled", as_text="decimal", loss="any number of digits"
    ),
)
_DECIMAL = "decimal(p,s) | numeric(p,s) | number(p,s) | dec(p,s) | bignumeric(p,s) | bigdecimal(p,s)"
SCALED_DECIMALS = (
    _row(_DECIMAL, "decimal(p-s,0)", where="s < 0", loss=_BEYOND),
    _row(_DECIMAL, "decimal(s,s)", where="s > p", loss=_BEYOND),
    _row(_DECIMAL, "decimal(p,s)", where="p >= 1", loss=_BEYOND),
    _row(_DECIMAL, "", code="type-unresolved", as_text=""),
)

_BEYOND_FLOAT = "digits before the point that are rounded, from 2^24 on"
_BEYOND_DOUBLE = "digits before the point that are rounded, from 2^53 on"
FLOATS = (
    _row("float(1..24)", "float", loss=_BEYOND_FLOAT),
    _row("float", "float", _V.MYSQL, _V.SPARK, _V.DUCKDB, loss=_BEYOND_FLOAT),
    _row("real", "double", _V.MYSQL, loss=_BEYOND_DOUBLE),
    _row("real | float4 | float16 | half | float32 | binary_float", "float", loss=_BEYOND_FLOAT),
    _row("double | float8 | float64 | float | float(25..53) | binary_double", "double", loss=_BEYOND_DOUBLE),
    _row("float(p,s)", "float", _V.MYSQL, loss=_BEYOND_FLOAT),
    _row("double(p,s)", "double", _V.MYSQL, loss=_BEYOND_DOUBLE),
)

TEXTS = (
    _row("char(36) | binary(16)", "uuid", where="format uuid", loss="malformed"),
    _row("long", "string", _V.ORACLE),
    _row(
        "varchar[(n)] | nvarchar[(n)] | varchar2[(n)] | nvarchar2[(n)] | char[(n)] | character[(n)] | nchar[(n)] | bpchar[(n)]"
        " | string(n) | sysname",
        "string",
        options={"maxLength": "n"},
        loss="more than n characters, bad UTF-8, NUL",
    ),
    _row("varchar(max) | nvarchar(max)", "string"),
    _row("string | text[(n)] | tinytext | mediumtext | longtext | ntext | clob | nclob | citext", "string"),
    _row("xml | name | enum[(...)] | set[(...)] | utf8 | large_string", "string"),
    _row("json | jsonb | variant | super | hstore | object | struct | record | composite | array | map", "string"),
    _row("inet | inet4 | inet6 | cidr | macaddr | macaddr8 | ltree | objectid | rowid | urowid", "string"),
    _row("tsvector | tsquery | int4range | int8range | numrange | tsrange | tstzrange | daterange", "string"),
    _row("uuid | uniqueidentifier | guid", "uuid", loss="malformed"),
)

TIMES = (
    _row("date", "timestamp", _V.ORACLE, loss=_NO_INSTANT),
    _row("date | date32 | date64", "date", loss=_NO_DAY),
    _row("time[(n)] with time zone | timetz[(n)]", "", code="type-no-iceberg"),
    _row("time[(n)]", "time", loss="24:00 and beyond, negative, digits beyond the microsecond"),
    _row("datetime", "timestamp", _V.BIGQUERY, loss=_NO_INSTANT),
    _row("timestamp[(n)]", "timestamptz", _V.MYSQL, _V.BIGQUERY, _V.SPARK, loss=_NO_INSTANT),
    _row("timestamp", "fixed(8)", _V.SQLSERVER, loss="other than 8 bytes"),
    _row("rowversion", "fixed(8)", loss="other than 8 bytes"),
    _row("timestamp[(n)] with time zone", "timestamptz", loss=_NO_INSTANT),
    _row(
        "timestamptz[(n)] | timestamp_ltz[(n)] | timestamp_tz[(n)] | datetimeoffset[(n)]",
        "timestamptz",
        loss=_NO_INSTANT,
    ),
    _row("timestamp[(n)] | datetime[(n)] | datetime2[(n)] | smalldatetime", "timestamp", loss=_NO_INSTANT),
    _row("timestamp_ntz[(n)] | timestampntz[(n)]", "timestamp", loss=_NO_INSTANT),
    _row("interval[(...)] | duration[(...)]", "", code="type-no-iceberg"),
)

BYTES = (
    _row("fixed(n) | fixed_size_binary(n)", "fixed(n)", where="n >= 1", loss="other than n bytes"),
    _row("binary[(n)] | varbinary[(n)] | varbyte[(n)] | raw[(n)] | bytes[(n)]", "binary"),
    _row("varbinary(max) | bytea | blob[(n)] | tinyblob | mediumblob | longblob | image", "binary"),
)

SHAPES = (
    _row("geometry[(...)] | geography[(...)] | point | linestring | polygon", "", code="type-no-iceberg"),
    _row("multipoint | multilinestring | multipolygon | geometrycollection", "", code="type-no-iceberg"),
    _row("line | lseg | box | path | circle | sdo_geometry", "", code="type-no-iceberg"),
)

GROUPS = {
    "Text": TEXTS,
    "Booleans and bits": BOOLEANS_AND_BITS,
    "Integers": INTEGERS,
    "Decimals": DECIMALS + SCALED_DECIMALS,
    "Floats": FLOATS,
    "Dates and times": TIMES,
    "Bytes": BYTES,
    "Shapes": SHAPES,
}
PHYSICAL_TYPES = tuple(row for rows in GROUPS.values() for row in rows)
