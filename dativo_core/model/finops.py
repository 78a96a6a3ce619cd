"""Who pays for data, as contracts and jobs say it."""

from typing import Literal

from pydantic import Field

from dativo_core.model.base import FileModel, Words


class FinOps(FileModel):
    """Cost centre and labels; they become properties of the table."""

    cost_center: str | None = Field(None, description="who pays")
    business_tags: Words | None = Field(None, description="labels of the business")
    project: str | None = Field(None, description="project it belongs to")
    environment: Literal["production", "staging", "development", "test"] | None = Field(
        None, description="environment it is for"
    )
