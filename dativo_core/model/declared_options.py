"""The settings of a connector type that is declared in the registry and has no code in this version."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from dativo_core.model.s3_connection import MASKED, is_one_reference
from dativo_core.telemetry.redact import is_secret_name

_PASSWORD_IN_ADDRESS = re.compile(r"://[^/\s:@]*:(?!\$\{[^{}]*\}@)[^/\s]+@")


def is_inline_secret(key: str, value: Any) -> bool:
    """Return whether a value is a secret written out: under a secret's name, or an address with a password in it."""
    if not isinstance(value, str):
        return is_secret_name(key) and value is not None
    if is_secret_name(key):
        return value != "" and not is_one_reference(value)
    return _PASSWORD_IN_ADDRESS.search(value) is not None


def masked(value: Any, key: str = "") -> Any:
    """Return settings as they may be shown: secrets that are written out are masked, references stay."""
    if isinstance(value, Mapping):
        return {name: masked(each, str(name)) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [masked(each, key) for each in value]
    return MASKED if is_inline_secret(key, value) else value


class DeclaredOptions(BaseModel):
    """All effective settings as they were merged. Nothing reads them, so a plan that holds them can be shown, not run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    settings: Annotated[dict[str, Any], Field(repr=False), PlainSerializer(masked)] = Field(
        description="settings by section"
    )
