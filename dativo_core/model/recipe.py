"""A connector recipe: how to connect, for any tenant."""

from typing import Any, Literal

from pydantic import Field

from dativo_core.model.base import FileModel, Words
from dativo_core.model.connection import CatalogSetting, Credentials, Engine, IncrementalTemplate, RateLimitsTemplate

Role = Literal["source", "target"]


class Recipe(FileModel):
    """One file of `connectors/`."""

    name: str = Field(description="label of the recipe")
    type: str = Field(description="connector type, as the registry names it")
    description: str | None = Field(None, description="what the recipe is for")
    roles: tuple[Role, ...] | None = Field(None, description="source, target or both; by default its directory says")
    default_engine: Engine = Field(description="engine to use unless the job names one")
    credentials: Credentials | None = Field(None, description="how to authenticate")
    connection_template: dict[str, Any] | None = Field(None, description="connection settings of both roles")
    incremental: IncrementalTemplate | None = Field(None, description="how sources load only new data")
    rate_limits: RateLimitsTemplate | None = Field(None, description="request limits of API sources")
    catalog: CatalogSetting | None = Field(None, description="where a target's tables are registered")
    file_format: str | None = Field(None, description="format of a target's data files")
    partitioning_default: Words | None = Field(None, description="partition fields unless asset or job name some")
