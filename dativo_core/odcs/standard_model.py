"""The shape of a contract file in ODCS v3.0.x (Open Data Contract Standard, sections Fundamentals to Custom Properties)."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, StrictBool
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticKnownError

from dativo_core.model.base import FileModel, Whole


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        kind: Literal["float_type"] = "float_type"
        raise PydanticKnownError(kind)
    return value


Number = Annotated[Any, AfterValidator(_number)]
"""A number, whole or not, as it was written."""


class _Closed(FileModel):
    """A section in which the standard allows no further keys."""

    model_config = ConfigDict(alias_generator=to_camel)


class _Open(_Closed):
    """A section in which the standard allows further keys; they are reported, not refused."""

    model_config = ConfigDict(extra="allow")


class CustomProperty(_Open):
    """A value the standard has no place for."""

    property: str | None = Field(None, description="name, in camelCase")
    value: Any = Field(None, description="any value")


class Description(_Open):
    """What the data is for."""

    purpose: str | None = Field(None, description="what the data is meant for")
    usage: str | None = Field(None, description="how to use it")
    limitations: str | None = Field(None, description="what it must not be used for")
    authoritative_definitions: Any = Field(None, description="links to definitions")
    custom_properties: tuple[CustomProperty, ...] | None = Field(None, description="further values")


class TeamMember(_Open):
    """Somebody who answers for the data."""

    username: str | None = Field(None, description="name or e-mail address")
    name: str | None = Field(None, description="name as it is shown")
    description: str | None = Field(None, description="what the member does")
    role: str | None = Field(None, description="such as Owner")
    date_in: str | None = Field(None, description="first day")
    date_out: str | None = Field(None, description="last day")
    replaced_by_username: str | None = Field(None, description="successor")


class QualityRule(_Open):
    """What the data must satisfy (section Data Quality)."""

    type: Literal["text", "library", "sql", "custom"] = Field("library", description="who evaluates the rule")
    rule: str | None = Field(None, description="name of a library rule")
    name: str | None = Field(None, description="name of the check")
    description: str | None = Field(None, description="what is checked")
    dimension: str | None = Field(None, description="dimension of quality")
    severity: str | None = Field(None, description="error, warning or info")
    unit: str | None = Field(None, description="rows or percent")
    method: str | None = Field(None, description="such as reconciliation")
    business_impact: str | None = Field(None, description="what a broken rule costs")
    schedule: str | None = Field(None, description="when to evaluate the rule")
    scheduler: str | None = Field(None, description="what the schedule is written for")
    query: str | None = Field(None, description="statement of an sql rule")
    engine: str | None = Field(None, description="engine of a custom rule")
    implementation: Any = Field(None, description="text of a custom rule")
    valid_values: tuple[Any, ...] | None = Field(None, description="allowed values")
    arguments: dict[str, Any] | None = Field(None, description="arguments of the rule")
    must_be: Any = Field(None, description="the metric equals this")
    must_not_be: Any = Field(None, description="the metric differs from this")
    must_be_greater_than: Any = Field(None, description="the metric is above this")
    must_be_greater_or_equal_to: Any = Field(None, description="the metric is this or above")
    must_be_less_than: Any = Field(None, description="the metric is below this")
    must_be_less_or_equal_to: Any = Field(None, description="the metric is this or below")
    must_be_between: Any = Field(None, description="the metric lies between these")
    must_not_be_between: Any = Field(None, description="the metric lies outside these")
    tags: tuple[str, ...] | None = Field(None, description="tags of the rule")
    authoritative_definitions: Any = Field(None, description="links to definitions")
    custom_properties: tuple[CustomProperty, ...] | None = Field(None, description="further values")


class _Element(_Closed):
    """What objects, properties and items share."""

    physical_name: str | None = Field(None, description="name in the source")
    physical_type: str | None = Field(None, description="type in the source")
    description: str | None = Field(None, description="meaning")
    business_name: str | None = Field(None, description="name as users know it")
    authoritative_definitions: Any = Field(None, description="links to definitions")
    tags: tuple[str, ...] | None = Field(None, description="tags")
    custom_properties: tuple[CustomProperty, ...] | None = Field(None, description="further values")
    quality: tuple[QualityRule, ...] | None = Field(None, description="rules")


class _PropertyBase(_Element):
    """What properties and items share."""

    logical_type: Literal["string", "date", "number", "integer", "object", "array", "boolean"] | None = Field(
        None, description="type of the values"
    )
    logical_type_options: dict[str, Any] | None = Field(None, description="what values may be")
    required: StrictBool = Field(False, description="true: no nulls")
    unique: StrictBool = Field(False, description="true: no value twice")
    partitioned: StrictBool = Field(False, description="whether the table is partitioned by it")
    partition_key_position: Whole = Field(-1, description="place among the partition columns, from 1")
    primary_key: StrictBool = Field(False, description="whether it is part of the key")
    primary_key_position: Whole = Field(-1, description="place in the key, from 1")
    classification: str | None = Field(None, description="confidentiality")
    encrypted_name: str | None = Field(None, description="column that holds the encrypted value")
    transform_source_objects: tuple[str, ...] | None = Field(None, description="where it is derived from")
    transform_logic: str | None = Field(None, description="how it is derived")
    transform_description: str | None = Field(None, description="how it is derived, in words")
    examples: tuple[Any, ...] | None = Field(None, description="sample values")
    critical_data_element: StrictBool = Field(False, description="whether it is critical")
    properties: tuple["Property", ...] | None = Field(None, description="members of an object")
    items: "Item | None" = Field(None, description="element of an array")


class Property(_PropertyBase):
    """A column, or a member of an object."""

    name: str = Field(min_length=1, description="name in the table")


class Item(_PropertyBase):
    """The elements of an array."""

    name: str | None = Field(None, description="name; elements are stored without one")


class SchemaObject(_Element):
    """A table."""

    name: str = Field(min_length=1, description="name of the table")
    logical_type: Literal["object"] | None = Field(None, description="always object")
    data_granularity_description: str | None = Field(None, description="what one row stands for")
    properties: tuple[Property, ...] | None = Field(None, description="columns")


class SlaProperty(_Open):
    """A promise about the data as a whole."""

    property: str = Field(description="such as latency or retention")
    value: Any = Field(description="what is promised")
    value_ext: Any = Field(None, description="second value")
    unit: str | None = Field(None, description="unit of the value")
    element: str | None = Field(None, description="column it is about")
    driver: str | None = Field(None, description="regulatory, analytics or operational")


class StandardContract(_Closed):
    """One contract file."""

    version: str = Field(description="version of the contract, such as 1.0.0")
    api_version: str = Field(description="version of the standard, such as v3.0.2")
    kind: Literal["DataContract"] = Field(description="always DataContract")
    id: str = Field(description="identity of the contract")
    status: str = Field(description="proposed, draft, active, deprecated or retired")
    name: str | None = Field(None, description="name of the contract")
    tenant: str | None = Field(None, description="whose data it is")
    domain: str | None = Field(None, description="business domain; part of the namespace")
    data_product: str | None = Field(None, description="data product it belongs to")
    description: Description | None = Field(None, description="what the data is for")
    tags: tuple[str, ...] | None = Field(None, description="tags")
    objects: tuple[SchemaObject, ...] | None = Field(None, alias="schema", description="tables")
    team: tuple[TeamMember, ...] | None = Field(None, description="who answers for the data")
    sla_properties: tuple[SlaProperty, ...] | None = Field(None, description="promises")
    sla_default_element: str | None = Field(None, description="column promises are about")
    servers: tuple[dict[str, Any], ...] | None = Field(None, description="where the data lives")
    support: tuple[dict[str, Any], ...] | None = Field(None, description="where to ask")
    price: dict[str, Any] | None = Field(None, description="what the data costs")
    roles: tuple[dict[str, Any], ...] | None = Field(None, description="who may read it")
    authoritative_definitions: Any = Field(None, description="links to definitions")
    custom_properties: tuple[CustomProperty, ...] | None = Field(None, description="further values")
    contract_created_ts: str | None = Field(None, description="when the contract was written")
