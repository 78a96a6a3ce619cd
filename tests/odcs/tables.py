"""The tables of ODCS v3.0.2 as data: the keys of every section and what their values are.

A key that ends in `*` is required. A value is the name of another table, `=` and the allowed words, a kind of
`documents.VALUES` (`S` text, `I` whole number, `N` number, `B` true or false), or any of these and `[]` for a list.
Written from the sections of the standard, not from the schema that is tested with them.
"""

Table = dict[str, str]


def _table(**keys: str) -> Table:
    return keys


def _texts(keys: str) -> Table:
    """Return a table of texts; `port` is a whole number."""
    return {key: "I" if key.rstrip("*") == "port" else "S" for key in keys.split()}


LINKS, FURTHER = {"authoritativeDefinitions": "Link[]"}, {"customProperties": "CustomProperty[]"}
OPERATORS: Table = {
    **dict.fromkeys(("mustBe", "mustNotBe"), "Any"),
    **dict.fromkeys(
        ("mustBeGreaterThan", "mustBeGreaterOrEqualTo", "mustBeLessThan", "mustBeLessOrEqualTo"),
        "N",
    ),
    **dict.fromkeys(("mustBeBetween", "mustNotBeBetween"), "Pair"),
}
RULE: Table = {
    **_texts("name description method businessImpact"),
    "severity": "Severity",
    "unit": "Unit",
    "schedule": "Cron",
    "scheduler": "Scheduler",
    "dimension": "=accuracy completeness conformity consistency coverage timeliness uniqueness",
    "tags": "S[]",
    **LINKS,
    **FURTHER,
}
RULES: dict[str, Table] = {
    "library": {**RULE, "type": "=library", "rule*": "S", **OPERATORS},
    "sql": {**RULE, "type*": "=sql", "query*": "Query"},
    "custom": {**RULE, "type*": "=custom", "engine*": "S", "implementation*": "Implementation"},
    "text": {**RULE, "type*": "=text"},
}
ELEMENT: Table = {
    **_texts("name physicalType description businessName"),
    "tags": "S[]",
    **LINKS,
    **FURTHER,
}
PROPERTY_BASE: Table = {
    **ELEMENT,
    **_texts("physicalName classification transformLogic transformDescription"),
    "encryptedName": "Sibling",
    **dict.fromkeys(("required", "unique", "partitioned", "primaryKey", "criticalDataElement"), "B"),
    **dict.fromkeys(("primaryKeyPosition", "partitionKeyPosition"), "I"),
    "transformSourceObjects": "S[]",
    "examples": "Any[]",
    "quality": "Rule[]",
}
_BOUNDS = {"exclusiveMinimum": "B", "exclusiveMaximum": "B"}
_NUMBERS = {"minimum": "N", "maximum": "N", "multipleOf": "Positive", **_BOUNDS}
OPTIONS: dict[str, Table] = {
    "string": {"minLength": "Count", "maxLength": "Count", "pattern": "S", "format": "TextFormat"},
    "date": {"format": "DateFormat", "minimum": "Day", "maximum": "Day", **_BOUNDS},
    "integer": {**_NUMBERS, "format": "=i8 i16 i32 i64 i128 u8 u16 u32 u64 u128"},
    "number": {**_NUMBERS, "format": "=f32 f64"},
    "object": {"minProperties": "Count", "maxProperties": "Count", "required": "Set"},
    "array": {"minItems": "Count", "maxItems": "Count", "uniqueItems": "B"},
    "boolean": {},
}
PROPERTIES: dict[str, Table] = {
    logical: {
        **{key: kind for key, kind in PROPERTY_BASE.items() if key != "name"},
        "name*": "S",
        "logicalType*": f"={logical}",
        "logicalTypeOptions": f"Options {logical}" if options else "Anything",
        **{"object": {"properties": "Property[]"}, "array": {"items": "Item"}}.get(logical, {}),
    }
    for logical, options in OPTIONS.items()
}

_FORMAT, _DELIMITER = "=parquet delta json csv", "=new_line array"
SERVERS: dict[str, Table] = {
    "api": _table(**{"location*": "Url"}),
    "athena": {**_texts("schema* stagingDir* catalog regionName"), "stagingDir*": "Url"},
    "azure": {"location*": "Url", "format*": _FORMAT, "delimiter": _DELIMITER},
    "bigquery": _texts("project* dataset*"),
    "clickhouse": _texts("host* port* database*"),
    "cloudsql": _texts("host* port* database* schema*"),
    "custom": {
        **_texts("account catalog database dataset delimiter format host path port project region regionName"),
        **_texts("schema serviceName stagingDir warehouse"),
        **dict.fromkeys(("endpointUrl", "location"), "Url"),
    },
    "databricks": _texts("catalog* schema* host"),
    "db2": _texts("host* port* database* schema"),
    "denodo": _texts("host* port* database"),
    "dremio": _texts("host* port* schema"),
    "duckdb": {"database*": "S", "schema": "I"},
    "glue": {**_texts("account* database* format"), "location": "Url"},
    "informix": _texts("host* database* port"),
    "kafka": _texts("host* format"),
    "kinesis": _texts("region format"),
    "local": _texts("path* format*"),
    "mysql": _texts("host* port* database*"),
    "oracle": _texts("host* port* serviceName*"),
    "postgres": _texts("host* port* database* schema*"),
    "postgresql": _texts("host* port* database* schema*"),
    "presto": _texts("host* catalog schema"),
    "pubsub": _texts("project*"),
    "redshift": _texts("database* schema* host region account"),
    "s3": {"location*": "Url", "endpointUrl": "Url", "format": _FORMAT, "delimiter": _DELIMITER},
    "sftp": {"location*": "Sftp", "format": _FORMAT, "delimiter": _DELIMITER},
    "snowflake": _texts("account* database* schema* host port warehouse"),
    "sqlserver": _texts("host* database* schema* port"),
    "synapse": _texts("host* port* database*"),
    "trino": _texts("host* port* catalog* schema*"),
    "vertica": _texts("host* port* database* schema*"),
}
SERVER: Table = {"server*": "S", "description": "S", "environment": "S", "roles": "Role[]", **FURTHER}

SECTIONS: dict[str, Table] = {
    "Root": {
        "apiVersion*": "=v3.0.2 v3.0.1 v3.0.0",
        "kind*": "=DataContract",
        **_texts("id* version* status* name tenant domain dataProduct"),
        "slaDefaultElement": "Column",
        "contractCreatedTs": "Instant",
        "description": "Description",
        "tags": "S[]",
        **LINKS,
        **FURTHER,
        "schema": "Object[]",
        "servers": "Server[]",
        "roles": "Role[]",
        "support": "Support[]",
        "price": "Price",
        "team": "Member[]",
        "slaProperties": "Sla[]",
    },
    "Description": {**_texts("purpose usage limitations"), **LINKS, **FURTHER},
    "Link": {"url*": "Url", "type*": "S"},
    "CustomProperty": {"property": "S", "value": "Any"},
    "Role": {**_texts("role* description access firstLevelApprovers secondLevelApprovers"), **FURTHER},
    "Support": {**_texts("channel* description tool scope"), "url*": "Url", "invitationUrl": "Url"},
    "Price": {"priceAmount": "N", "priceCurrency": "S", "priceUnit": "S"},
    "Member": {**_texts("username name description role replacedByUsername"), "dateIn": "Day", "dateOut": "Day"},
    "Sla": {
        "property*": "Promise",
        "value*": "Scalar",
        "valueExt": "Scalar",
        "unit": "TimeUnit",
        "element": "Column",
        "driver": "Driver",
    },
    "Object": {
        **{key: kind for key, kind in ELEMENT.items() if key != "name"},
        "name*": "S",
        "logicalType": "=object",
        "physicalName": "S",
        "dataGranularityDescription": "S",
        "properties": "Property[]",
        "quality": "Rule[]",
    },
}
LEGACY_VERSIONS = ("v2.2.2", "v2.2.1", "v2.2.0")
CLOSED = frozenset({"Root", "Object", "Property", "Item"})
"""Sections in which an unknown key is an error; in the others it passes."""


def _enumerations() -> list[tuple[str, ...]]:
    every = [*SECTIONS.values(), *OPTIONS.values(), *SERVERS.values(), RULE]
    written = {kind for table in every for kind in table.values() if kind.startswith("=")}
    versions = SECTIONS["Root"]["apiVersion*"]
    listed = [tuple(kind[1:].split()) for kind in sorted(written - {versions})]
    return [*listed, (*versions[1:].split(), *LEGACY_VERSIONS), tuple(SERVERS), tuple(PROPERTIES), tuple(RULES)]


ENUMERATIONS = _enumerations()
"""The words that are allowed in one place, for every place that allows only some."""
