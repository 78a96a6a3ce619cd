"""The shape of a server entry (Open Data Contract Standard v3.0.2, section Infrastructure & Servers).

A server is documentation: where the data lives, not how a run reaches it. So everything is checked and nothing acted on.
"""

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidatorFunctionWrapHandler, WrapValidator, create_model

from dativo_core.model.base import Whole
from dativo_core.odcs.section_models import CustomProperty, Open, Role

_FIELDS = {
    "api": "location*",
    "athena": "schema* stagingDir* catalog regionName",
    "azure": "location* format*=file delimiter=lines",
    "bigquery": "project* dataset*",
    "clickhouse": "host* port* database*",
    "cloudsql": "host* port* database* schema*",
    "custom": "account catalog database dataset delimiter endpointUrl format host location path port project region "
    "regionName schema serviceName stagingDir stream warehouse",
    "databricks": "catalog* schema* host",
    "db2": "host* port* database* schema",
    "denodo": "host* port* database",
    "dremio": "host* port* schema",
    "duckdb": "database* schema=named",
    "glue": "account* database* location format",
    "informix": "host* database* port",
    "kafka": "host* format",
    "kinesis": "stream region format",
    "local": "path* format*",
    "mysql": "host* port* database*",
    "oracle": "host* port* serviceName*",
    "postgres": "host* port* database* schema*",
    "postgresql": "host* port* database* schema*",
    "presto": "host* catalog schema",
    "pubsub": "project*",
    "redshift": "database* schema* host region account",
    "s3": "location* endpointUrl format=file delimiter=lines",
    "sftp": "location*=sftp format=file delimiter=lines",
    "snowflake": "account* database* schema* host port warehouse",
    "sqlserver": "host* database* schema* port",
    "synapse": "host* port* database*",
    "trino": "host* port* catalog* schema*",
    "vertica": "host* port* database* schema*",
}
"""The fields of each type; `*` marks the required ones, `=` a kind of `_KINDS` that is not text."""


def _named(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | str):
        message = "expected text or a whole number"
        raise ValueError(message)
    return value


def _sftp(value: str) -> str:
    if not value.startswith("sftp://"):
        message = "the location does not start with sftp://"
        raise ValueError(message)
    return value


_KINDS: dict[str, Any] = {
    "port": Whole,
    "file": Literal["parquet", "delta", "json", "csv"],
    "lines": Literal["new_line", "array"],
    "named": Annotated[Any, AfterValidator(_named)],
    "sftp": Annotated[str, AfterValidator(_sftp)],
}

ServerType = Literal[
    "api", "athena", "azure", "bigquery", "clickhouse", "cloudsql", "custom", "databricks", "db2", "denodo", "dremio",
    "duckdb", "glue", "informix", "kafka", "kinesis", "local", "mysql", "oracle", "postgres", "postgresql", "presto",
    "pubsub", "redshift", "s3", "sftp", "snowflake", "sqlserver", "synapse", "trino", "vertica",
]  # fmt: skip


class ServerBase(Open):
    """What servers of every type share."""

    server: str = Field(description="name of the server")
    type: ServerType = Field(description="type of the server, such as postgres or s3")
    description: str | None = Field(None, description="what it is for")
    environment: str | None = Field(None, description="prod, preprod, dev or uat")
    roles: tuple[Role, ...] | None = Field(None, description="who may read it")
    custom_properties: tuple[CustomProperty, ...] | None = Field(None, description="further values")


@cache
def _model(type_: str) -> type[ServerBase]:
    """Return the model of one type; made when the first contract has such a server, since few contracts have any."""
    fields: dict[str, Any] = {}
    for word in _FIELDS[type_].split():
        written, _, kind = word.partition("=")
        key = written.removesuffix("*")
        annotation = _KINDS.get(kind or key, str)
        is_required = written.endswith("*")
        fields[f"field_{key}"] = (
            annotation if is_required else annotation | None,
            Field(... if is_required else None, alias=key),
        )
    return create_model(f"{type_.capitalize()}Server", __base__=ServerBase, **fields)


def _by_type(value: Any, read: ValidatorFunctionWrapHandler) -> ServerBase:
    """Read a server as its type wants it; one of an unknown type as what all types share."""
    type_ = value.get("type") if isinstance(value, dict) else None
    if isinstance(type_, str) and type_ in _FIELDS:
        return _model(type_).model_validate(value)
    server: ServerBase = read(value)
    return server


Server = Annotated[ServerBase, WrapValidator(_by_type)]
"""A server, with the keys of its type."""
