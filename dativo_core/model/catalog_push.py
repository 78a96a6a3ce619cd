"""A data catalog that a job tells about its tables: which one, how to reach it, and what it is told."""

from typing import Any, Literal

from pydantic import Field

from dativo_core.model.base import FileModel

PushType = Literal["openmetadata", "aws_glue", "databricks_unity", "nessie"]


class CatalogPush(FileModel):
    """A data catalog that is told about a table after rows landed; not the catalog that keeps the table."""

    type: PushType = Field(description="kind of data catalog")
    connection: dict[str, Any] | None = Field(
        None,
        description="`api_url` and `auth_token` of openmetadata; `region`, `aws_access_key_id` and `aws_secret_access_key` "
        "of aws_glue; `workspace_url`, `access_token`, `catalog` and `warehouse_id` of databricks_unity; `uri` of nessie",
    )
    database: str | None = Field(None, min_length=1, description="database of the table in the data catalog")
    table_name: str | None = Field(None, min_length=1, description="name of the table in the data catalog")
    push_lineage: bool = Field(True, description="whether it is told where the rows come from")
    push_metadata: bool = Field(True, description="whether it is told the table's columns and properties")
