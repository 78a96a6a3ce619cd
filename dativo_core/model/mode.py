"""Who runs Dativo, which decides what the files of tenants may do."""

from enum import StrEnum
from typing import Self

from dativo_core.errors import ConfigError

VARIABLE = "DATIVO_MODE"
"""The variable that names the mode of a deployment."""


class Mode(StrEnum):
    """The owner of the machine, whose jobs may read the environment, or a service for many tenants."""

    SELF_HOSTED = "self_hosted"
    CLOUD = "cloud"

    @classmethod
    def named(cls, text: str, where: str = VARIABLE) -> Self:
        """Return the mode that `text`, found in `where`, names. Raises ConfigError, because a guess would be a lax one."""
        try:
            return cls(text)
        except ValueError:
            message = f"unknown mode {text!r} in {where}"
            raise ConfigError(message, hint=f"Use {' or '.join(cls)}") from None
