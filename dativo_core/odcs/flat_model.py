"""The shape of a contract file in the flat dialect: one object, its columns directly below `schema`."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StrictBool

from dativo_core.model.base import FileModel, Whole, Words
from dativo_core.model.finops import FinOps
from dativo_core.odcs.types import OnLoss


class FlatItem(FileModel):
    """The elements of an array."""

    type: str = Field("string", description="type of the values, such as string or decimal(10,2)")
    required: StrictBool = Field(False, description="true: no nulls")
    primary_key: StrictBool = Field(False, description="whether it is part of the key")
    unique: StrictBool = Field(False, description="true: no value twice")
    format: str | None = Field(None, description="how dates and times are written")
    classification: str | None = Field(None, description="confidentiality")
    description: str | None = Field(None, description="meaning")
    tags: Words | None = Field(None, description="tags")
    on_loss: OnLoss | None = Field(None, description="what becomes of values that do not fit")
    items: "FlatItem | None" = Field(None, description="element of an array")
    properties: "tuple[FlatColumn, ...] | None" = Field(None, description="members of an object")


class FlatColumn(FlatItem):
    """A column, or a member of an object."""

    name: str = Field(min_length=1, description="name in source and table")


# Each names the other: resolved here, their fields tell which keys there are at any depth.
FlatItem.model_rebuild(force=True)
FlatColumn.model_rebuild(force=True)


class FlatTarget(FileModel):
    """How the table is laid out."""

    file_format: str | None = Field(None, description="format of data files")
    partitioning: Words | None = Field(None, description="partition fields, such as col, day(col) or bucket(16,col)")
    sort_order: Words | None = Field(None, description="order of the rows in each file, such as `col desc nulls last`")
    mode: Literal["strict", "merge", "relaxed", "warn"] | None = Field(None, description="how the schema may change")


class FlatRole(FileModel):
    """Somebody who answers for the data."""

    name: str | None = Field(None, description="name")
    email: str | None = Field(None, description="e-mail address")
    responsibility: str | None = Field(None, description="what for")


class FlatTeam(FileModel):
    """Who answers for the data."""

    owner: str | None = Field(None, description="owner, such as an e-mail address")
    roles: tuple[FlatRole, ...] | None = Field(None, description="others")


class FlatDescription(FileModel):
    """What the data is for."""

    purpose: str | None = Field(None, description="what the data is meant for")
    usage: str | None = Field(None, description="how to use it")
    limitations: str | None = Field(None, description="what it must not be used for")


def _purpose(value: Any) -> Any:
    return {"purpose": value} if isinstance(value, str) else value


class FlatMonitoring(FileModel):
    """Who watches the checks."""

    enabled: StrictBool = Field(description="whether somebody is called")
    oncall_rotation: str | None = Field(None, description="whom to call; required when enabled")


class FlatAlerts(FileModel):
    """Who hears about failed checks; further keys belong to the channels."""

    model_config = ConfigDict(extra="allow")

    channels: Words | None = Field(None, description="where to")
    thresholds: dict[str, Any] | None = Field(None, description="from when on")


class FlatDataQuality(FileModel):
    """What the data must satisfy and who hears about it."""

    expectations: tuple[dict[str, Any], ...] | None = Field(None, description="rules")
    monitoring: FlatMonitoring | None = Field(None, description="who watches the checks")
    alerts: FlatAlerts | None = Field(None, description="channels and thresholds")


class FlatSecurity(FileModel):
    """How the data is protected."""

    access_control: Any = Field(None, description="who may read it")
    encryption_required: StrictBool | None = Field(None, description="whether it must be encrypted")


class FlatCompliance(FileModel):
    """Regulation and retention."""

    classification: Words | None = Field(None, description="confidentiality of all columns")
    regulations: Words | None = Field(None, description="laws that apply")
    retention_days: Whole | None = Field(None, ge=1, description="how long rows are kept")
    security: FlatSecurity | None = Field(None, description="access control and encryption")
    user_consent_required: StrictBool | None = Field(None, description="whether users must agree")


class FlatChangeManagement(FileModel):
    """How the contract may change."""

    policy: Literal["breaking", "non-breaking"] | None = Field(
        None,
        description="non-breaking: only additions and wider types, unless approved; breaking: anything, in a new major version",
    )
    approval_required: StrictBool | None = Field(None, description="whether somebody must agree to a breaking change")
    notification_channels: Words | None = Field(None, description="who is told of a change")
    version_history: Any = Field(
        None, description="what changed so far; an entry with version and approved_by approves what breaks in it"
    )


class FlatContract(FileModel):
    """One contract file."""

    schema_url: str | None = Field(None, alias="$schema", description="JSON Schema of the file")
    api_version: str = Field("v3.0.2", alias="apiVersion", description="version of the standard")
    kind: Literal["DataContract"] = Field("DataContract", description="always DataContract")
    id: str | None = Field(None, description="identity; by default derived from domain, name and version")
    name: str = Field(min_length=1, description="name of contract and table")
    version: str = Field(description="version of the contract, such as 1.0.0")
    status: str = Field("active", description="proposed, draft, active, deprecated or retired")
    domain: str | None = Field(None, description="business domain; part of the namespace")
    data_product: str | None = Field(None, alias="dataProduct", description="data product it belongs to")
    tenant: str | None = Field(None, description="whose data it is")
    tags: Words | None = Field(None, description="tags")
    description: Annotated[FlatDescription, BeforeValidator(_purpose)] | None = Field(
        None, description="what the data is for"
    )
    source_type: str = Field(description="connector type the data comes from")
    object: str = Field(description="object in the source")
    columns: tuple[FlatColumn, ...] = Field(alias="schema", min_length=1, description="columns")
    target: FlatTarget | None = Field(None, description="how the table is laid out")
    data_quality: FlatDataQuality | None = Field(None, description="rules")
    team: FlatTeam | None = Field(None, description="who answers for the data")
    compliance: FlatCompliance | None = Field(None, description="regulation and retention")
    change_management: FlatChangeManagement | None = Field(None, description="how the contract may change")
    finops: FinOps | None = Field(None, description="cost centre and tags")
