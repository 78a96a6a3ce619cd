"""Parts that recipes and jobs share: engine, credentials, catalog, incremental block."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from dativo_core.model.base import FileModel, Whole


class EngineOptions(FileModel):
    """Settings of an engine, below its name or directly here."""

    model_config = ConfigDict(extra="allow")

    native: dict[str, Any] | None = Field(None, description="settings of Dativo's own engine")
    airbyte: dict[str, Any] | None = Field(
        None, description="settings of Airbyte, which the native engine stands in for"
    )
    meltano: dict[str, Any] | None = Field(
        None, description="settings of Meltano, which the native engine stands in for"
    )
    singer: dict[str, Any] | None = Field(None, description="settings of Singer, which the native engine stands in for")
    jdbc: dict[str, Any] | None = Field(None, description="settings of JDBC, which the native engine stands in for")
    spark: dict[str, Any] | None = Field(None, description="settings of Spark, which is not supported")


class Engine(FileModel):
    """What runs a connector."""

    type: str | None = Field(None, description="engine name; `native` is Dativo's own")
    options: EngineOptions | None = Field(None, description="engine settings")


class Credentials(FileModel):
    """How a connector proves who it is; further keys belong to the connector."""

    model_config = ConfigDict(extra="allow")

    type: Literal["none", "api_key", "basic", "oauth2", "service_account"] | None = Field(
        "none", description="kind of credentials"
    )
    from_env: str | None = Field(None, description="environment variable that holds the secret")
    file_template: str | None = Field(None, description="path of the secret; `{tenant}` is the only placeholder")


class Catalog(FileModel):
    """Where tables are registered."""

    type: str | None = Field(
        None, description="catalog type; `local`, a SQLite catalog and a directory, is what jobs can be run with"
    )
    name: str | None = Field(None, min_length=1, description="other spelling of `type`")
    directory: str | None = Field(None, description="directory of the local catalog, relative to the workspace root")
    uri: str | None = Field(None, min_length=1, description="address of a catalog that is a server")
    ref: str | None = Field(None, min_length=1, description="branch or tag that a Nessie catalog is read from")
    branch: str | None = Field(None, min_length=1, description="branch that a Nessie catalog is written to")
    default_branch: str | None = Field(None, min_length=1, description="branch that new branches of Nessie begin at")
    warehouse: str | None = Field(None, min_length=1, description="address below which the catalog keeps tables")
    database: str | None = Field(None, min_length=1, description="database of the catalog")
    schema_: str | None = Field(None, alias="schema", min_length=1, description="schema within the database")
    region: str | None = Field(None, min_length=1, description="region of a Glue catalog")


def _named_catalog(value: Any) -> Any:
    if isinstance(value, Mapping) and isinstance(value.get("name"), str) and value.get("type") is None:
        return {**value, "type": value["name"]}
    return {"type": value} if isinstance(value, str) else value


CatalogSetting = Annotated[Catalog, BeforeValidator(_named_catalog)]
"""A catalog, or just its type as text."""


class Incremental(FileModel):
    """How only new data is loaded."""

    not_implemented = frozenset({"lag_seconds", "null_cursor"})

    strategy: str | None = Field(None, description="how new data is told from old, such as file_modified_time")
    cursor_field: str | None = Field(None, description="column whose values only grow")
    lookback_days: Whole | None = Field(None, ge=0, description="days to read again before the last value")
    state_path: str | None = Field(None, description="state of an earlier program; this one keeps its own in the table")


class IncrementalTemplate(FileModel):
    """How only new data is loaded unless the job says otherwise."""

    strategy: str | None = Field(None, description="how new data is told from old, such as file_modified_time")
    cursor_field_default: str | None = Field(None, description="column whose values only grow")
    lookback_days_default: Whole | None = Field(None, ge=0, description="days to read again before the last value")


class Retry(FileModel):
    """How a refused request is repeated."""

    max_retries: Whole | None = Field(None, ge=0, description="how often at most")
    backoff: str | None = Field(None, description="how waits grow, such as exponential")
    max_backoff_seconds: Whole | None = Field(None, ge=1, description="longest wait between two requests")


class RateLimits(FileModel):
    """How fast a service may be asked."""

    rps: float | None = Field(None, ge=0.01, description="requests per second")
    burst: Whole | None = Field(None, ge=1, description="requests that may follow each other at once")
    retry: Retry | None = Field(None, description="what happens when a request is refused")


class RateLimitsTemplate(FileModel):
    """How fast a service may be asked unless the job says otherwise."""

    rps_default: float | None = Field(None, ge=0.01, description="requests per second")
    burst_default: Whole | None = Field(None, ge=1, description="requests that may follow each other at once")
    retry: Retry | None = Field(None, description="what happens when a request is refused")
