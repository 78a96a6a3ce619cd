"""What each type of server says about itself (ODCS v3.0.2, section Infrastructure and Servers)."""

from dataclasses import dataclass

COMMON = ("server", "type", "description", "environment", "roles", "customProperties")
URIS = frozenset({"location", "endpointUrl", "stagingDir"})
"""Fields that hold a URI."""

FORMATS = ("parquet", "delta", "json", "csv")
DELIMITERS = ("new_line", "array")
OBJECT_STORES = frozenset({"azure", "s3", "sftp"})
"""Types whose `format` and `delimiter` are one of the above."""


@dataclass(frozen=True)
class ServerFields:
    """The fields of a type of server: those the schema requires, those only the prose requires, all others."""

    required: tuple[str, ...]
    wanted: tuple[str, ...]
    optional: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All fields, those every server has included."""
        return (*COMMON, *self.required, *self.wanted, *self.optional)


def _fields(required: str, optional: str = "", wanted: str = "") -> ServerFields:
    return ServerFields(tuple(required.split()), tuple(wanted.split()), tuple(optional.split()))


_DATABASE = _fields("host port database")
_SCHEMA = _fields("host port database schema")
_CUSTOM = (
    "account catalog database dataset delimiter endpointUrl format host location path port project region regionName "
    "schema serviceName stagingDir stream warehouse"
)

SERVERS = {
    "api": _fields("location"),
    "athena": _fields("schema stagingDir", "catalog regionName"),
    "azure": _fields("location format", "delimiter"),
    "bigquery": _fields("project dataset"),
    "clickhouse": _DATABASE,
    "cloudsql": _SCHEMA,
    "custom": _fields("", _CUSTOM),
    "databricks": _fields("catalog schema", "host"),
    "db2": _fields("host port database", "schema"),
    "denodo": _fields("host port", "database"),
    "dremio": _fields("host port", "schema"),
    "duckdb": _fields("database", "schema"),
    "glue": _fields("account database", "location format"),
    "informix": _fields("host database", "port"),
    "kafka": _fields("host", "format"),
    "kinesis": _fields("", "region format", wanted="stream"),
    "local": _fields("path format"),
    "mysql": _DATABASE,
    "oracle": _fields("host port serviceName"),
    "postgres": _SCHEMA,
    "postgresql": _SCHEMA,
    "presto": _fields("host", "catalog schema"),
    "pubsub": _fields("project"),
    "redshift": _fields("database schema", "host region account"),
    "s3": _fields("location", "endpointUrl format delimiter"),
    "sftp": _fields("location", "format delimiter"),
    "snowflake": _fields("account database schema", wanted="host port warehouse"),
    "sqlserver": _fields("host database schema", "port"),
    "synapse": _DATABASE,
    "trino": _fields("host port catalog schema"),
    "vertica": _SCHEMA,
}
"""The fields of every type."""

FIELD_NAMES = frozenset(name for fields in SERVERS.values() for name in fields.names)
