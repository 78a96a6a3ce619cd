"""The operator's `configs/policy.yaml`: what every contract of the workspace must say about its data."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from dativo_core.model.base import WORDS_SCHEMA, FileModel, Whole, Words, as_list
from dativo_core.model.hosts import host_pattern
from dativo_core.model.names import same_name


class ClassificationRule(FileModel):
    """How columns of one name must be classified."""

    field: str = Field(min_length=1, description="name of the column, in any case; a blank is an underscore")
    classification: str = Field(min_length=1, description="the classification it must have")


def _ladder(steps: tuple[str, ...]) -> tuple[str, ...]:
    """Raise ValueError for a list that is no order: one step twice."""
    names = [same_name(step) for step in steps]
    twice = next((step for at, step in enumerate(steps) if names[at] in names[:at]), None)
    if twice is not None:
        message = f"'{twice}' is in the list twice"
        raise ValueError(message)
    return steps


def _host(pattern: str) -> str:
    """Raise ValueError for a pattern that no host can match."""
    host_pattern(pattern)
    return pattern


Hosts = Annotated[
    tuple[Annotated[str, AfterValidator(_host)], ...], BeforeValidator(as_list), WithJsonSchema(WORDS_SCHEMA)
]
"""A list of patterns of hosts; a single one is a list of one."""


class Network(FileModel):
    """What jobs may connect to beyond public addresses over https."""

    allowed_hosts: Hosts | None = Field(
        None,
        description="hosts that addresses in jobs and answers of servers may be on, also in private networks and without "
        "TLS: names, `*.example.com` for all below one, addresses, networks",
    )


class Policy(FileModel):
    """All of `configs/policy.yaml`, directly or below the key `policy`."""

    wrapper = "policy"

    retention_days: Whole | None = Field(None, ge=1, description="the longest time, in days, a contract may keep rows")
    pii_fields: Words | None = Field(
        None, description="names of columns that hold personal data and need a classification"
    )
    classification_rules: tuple[ClassificationRule, ...] | None = Field(
        None, description="columns whose classification is fixed"
    )
    classifications: Annotated[Words, AfterValidator(_ladder)] | None = Field(
        None, description="the classifications there are, from the least to the most sensitive"
    )
    allowed_hosts: Hosts | None = Field(
        None,
        description="hosts that servers of contracts may be on: names, `*.example.com` for all below one, addresses, networks",
    )
    network: Network | None = Field(None, description="what jobs may connect to beyond public addresses over https")
    contract_enforcement: Literal["strict", "warn"] = Field(
        "warn", description="strict: what the policy asks stops a job; warn: it is only reported"
    )

    @property
    def reachable_hosts(self) -> tuple[str, ...]:
        """Hosts that jobs may connect to although they are not public, or speak no TLS."""
        return (self.network.allowed_hosts if self.network else None) or ()

    @property
    def is_strict(self) -> bool:
        """Whether a contract that breaks the policy stops its jobs."""
        return self.contract_enforcement == "strict"
