"""The shapes of a contract's small sections (Open Data Contract Standard v3.0.2): they hold no tables and no rules."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticKnownError

from dativo_core.model.base import FileModel


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        kind: Literal["float_type"] = "float_type"
        raise PydanticKnownError(kind)
    return value


def _scalar(value: Any) -> Any:
    if isinstance(value, list | tuple | dict):
        message = "expected a single value, found a list or a mapping"
        raise ValueError(message)
    return value


Number = Annotated[Any, AfterValidator(_number)]
"""A number, whole or not, as it was written."""

Scalar = Annotated[Any, AfterValidator(_scalar)]
"""Text, a number, true, false or nothing, as it was written."""


class Closed(FileModel):
    """A section in which the standard allows no further keys."""

    model_config = ConfigDict(alias_generator=to_camel)


class Open(Closed):
    """A section in which the standard allows further keys; they are reported, not refused."""

    model_config = ConfigDict(extra="allow")


class CustomProperty(Open):
    """A value the standard has no place for."""

    property: str | None = Field(None, description="name, in camelCase")
    value: Any = Field(None, description="any value")


class Link(Open):
    """Where something is defined."""

    url: str = Field(description="address of the definition")
    type: str = Field(description="such as businessDefinition or tutorial")


class Description(Open):
    """What the data is for."""

    purpose: str | None = Field(None, description="what the data is meant for")
    usage: str | None = Field(None, description="how to use it")
    limitations: str | None = Field(None, description="what it must not be used for")
    authoritative_definitions: tuple[Link, ...] | None = Field(None, description="links to definitions")
    custom_properties: tuple[CustomProperty, ...] | None = Field(None, description="further values")


class TeamMember(Open):
    """Somebody who answers for the data."""

    username: str | None = Field(None, description="name or e-mail address")
    name: str | None = Field(None, description="name as it is shown")
    description: str | None = Field(None, description="what the member does")
    role: str | None = Field(None, description="such as Owner")
    date_in: str | None = Field(None, description="first day")
    date_out: str | None = Field(None, description="last day")
    replaced_by_username: str | None = Field(None, description="successor")


class Role(Open):
    """Who may read the data."""

    role: str = Field(description="name of the role")
    description: str | None = Field(None, description="what the role is for")
    access: str | None = Field(None, description="such as read")
    first_level_approvers: str | None = Field(None, description="who approves first")
    second_level_approvers: str | None = Field(None, description="who approves next")
    custom_properties: tuple[CustomProperty, ...] | None = Field(None, description="further values")


class SupportItem(Open):
    """Where to ask."""

    channel: str = Field(description="name of the channel")
    url: str = Field(description="address of the channel")
    description: str | None = Field(None, description="what the channel is for")
    tool: str | None = Field(None, description="such as email, slack or teams")
    scope: str | None = Field(None, description="interactive, announcements or issues")
    invitation_url: str | None = Field(None, description="where to ask for access")


class Price(Open):
    """What the data costs."""

    price_amount: Number | None = Field(None, description="amount per unit")
    price_currency: str | None = Field(None, description="currency of the amount")
    price_unit: str | None = Field(None, description="what the amount is paid for")


class SlaProperty(Open):
    """A promise about the data as a whole."""

    property: str = Field(description="such as latency or retention")
    value: Scalar = Field(description="what is promised")
    value_ext: Scalar = Field(None, description="second value")
    unit: str | None = Field(None, description="unit of the value")
    element: str | None = Field(None, description="column it is about")
    driver: str | None = Field(None, description="regulatory, analytics or operational")
