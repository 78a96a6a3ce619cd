"""The operator's `configs/policy.yaml`: what every contract of the workspace must say about its data."""

from typing import Literal

from pydantic import Field

from dativo_core.model.base import FileModel, Whole, Words


class ClassificationRule(FileModel):
    """How columns of one name must be classified."""

    field: str = Field(min_length=1, description="name of the column, in any case; a blank is an underscore")
    classification: str = Field(min_length=1, description="the classification it must have")


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
    contract_enforcement: Literal["strict", "warn"] = Field(
        "warn", description="strict: what the policy asks stops a job; warn: it is only reported"
    )

    @property
    def is_strict(self) -> bool:
        """Whether a contract that breaks the policy stops its jobs."""
        return self.contract_enforcement == "strict"
