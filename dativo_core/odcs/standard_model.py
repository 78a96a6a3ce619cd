"""The shape of a contract file in ODCS v3.0.x (Open Data Contract Standard, sections Fundamentals to Custom Properties)."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, StrictBool, ValidatorFunctionWrapHandler, WrapValidator

from dativo_core.model.base import Whole
from dativo_core.odcs.section_models import (
    Closed,
    CustomProperty,
    Description,
    Link,
    Open,
    Price,
    Role,
    SlaProperty,
    SupportItem,
    TeamMember,
)
from dativo_core.odcs.server_model import Server

Dimension = Literal[
    "accuracy", "completeness", "conformity", "consistency", "coverage", "timeliness", "uniqueness",
    "ac", "cp", "cf", "cs", "cv", "tm", "uq",
]  # fmt: skip
"""The dimensions of quality, and the synonyms of the prose."""


def _text_or_mapping(value: Any) -> Any:
    if not isinstance(value, str | dict):
        message = "expected text or a mapping"
        raise ValueError(message)
    return value


Implementation = Annotated[Any, AfterValidator(_text_or_mapping)]
"""What a custom rule's engine runs, in the engine's own words."""


class QualityRule(Open):
    """What the data must satisfy (section Data Quality)."""

    type: Literal["text", "library", "sql", "custom"] = Field("library", description="who evaluates the rule")
    rule: str | None = Field(None, description="name of a library rule")
    name: str | None = Field(None, description="name of the check")
    description: str | None = Field(None, description="what is checked")
    dimension: Dimension | None = Field(None, description="dimension of quality")
    severity: str | None = Field(None, description="error, warning or info")
    unit: str | None = Field(None, description="rows or percent")
    method: str | None = Field(None, description="such as reconciliation")
    business_impact: str | None = Field(None, description="what a broken rule costs")
    schedule: str | None = Field(None, description="when to evaluate the rule")
    scheduler: str | None = Field(None, description="what the schedule is written for")
    query: str | None = Field(None, description="statement of an sql rule")
    engine: str | None = Field(None, description="engine of a custom rule")
    implementation: Implementation | None = Field(None, description="text of a custom rule")
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
    authoritative_definitions: tuple[Link, ...] | None = Field(None, description="links to definitions")
    custom_properties: tuple[CustomProperty, ...] | None = Field(None, description="further values")


class LibraryRule(QualityRule):
    """A rule of the library; so is one without a type."""

    rule: str = Field(description="name of a library rule")


class SqlRule(QualityRule):
    """A statement whose one value is the metric."""

    query: str = Field(description="statement of an sql rule")


class CustomRule(QualityRule):
    """A rule of another engine."""

    engine: str = Field(description="engine of a custom rule")
    implementation: Implementation = Field(description="text of a custom rule")


_RULES: dict[str, type[QualityRule]] = {"library": LibraryRule, "sql": SqlRule, "custom": CustomRule}


def _by_type(value: Any, read: ValidatorFunctionWrapHandler) -> QualityRule:
    """Read a rule as its type wants it."""
    type_ = value.get("type", "library") if isinstance(value, dict) else None
    model = _RULES.get(type_) if isinstance(type_, str) else None
    rule: QualityRule = model.model_validate(value) if model else read(value)
    return rule


RuleOfType = Annotated[QualityRule, WrapValidator(_by_type)]
"""A rule, with the keys of its type."""


class _Element(Closed):
    """What objects, properties and items share."""

    newer: ClassVar[Mapping[str, str]] = {"relationships": "v3.1.0"}

    physical_name: str | None = Field(None, description="name in the source")
    physical_type: str | None = Field(None, description="type in the source")
    description: str | None = Field(None, description="meaning")
    business_name: str | None = Field(None, description="name as users know it")
    authoritative_definitions: tuple[Link, ...] | None = Field(None, description="links to definitions")
    tags: tuple[str, ...] | None = Field(None, description="tags")
    custom_properties: tuple[CustomProperty, ...] | None = Field(None, description="further values")
    quality: tuple[RuleOfType, ...] | None = Field(None, description="rules")


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


# Each names the other: resolved here, their fields tell which keys there are at any depth.
Property.model_rebuild(force=True)
Item.model_rebuild(force=True)


class SchemaObject(_Element):
    """A table."""

    name: str = Field(min_length=1, description="name of the table")
    logical_type: Literal["object"] | None = Field(None, description="always object")
    data_granularity_description: str | None = Field(None, description="what one row stands for")
    properties: tuple[Property, ...] | None = Field(None, description="columns")


class StandardContract(Closed):
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
    servers: tuple[Server, ...] | None = Field(None, description="where the data lives")
    support: tuple[SupportItem, ...] | None = Field(None, description="where to ask")
    price: Price | None = Field(None, description="what the data costs")
    roles: tuple[Role, ...] | None = Field(None, description="who may read it")
    authoritative_definitions: tuple[Link, ...] | None = Field(None, description="links to definitions")
    custom_properties: tuple[CustomProperty, ...] | None = Field(None, description="further values")
    contract_created_ts: str | None = Field(None, description="when the contract was written")
