"""The mode of a code location: whose jobs it runs decides by which rules they are checked, and what their runs hold to."""

import os
from typing import Any

import dagster as dg

from dativo_core.errors import ConfigError
from dativo_core.model.mode import VARIABLE, Mode

_PLACE = "the secrets resource"


def deployment_mode() -> Mode:
    """Return the mode that `DATIVO_MODE` names, by default self_hosted. Raises ConfigError for an unknown one."""
    return Mode.named(os.environ.get(VARIABLE) or Mode.SELF_HOSTED)


def mode_of(secrets: Any) -> Mode:
    """Return the mode that a secrets resource runs jobs in, that of the deployment where it does not say.

    Raises ConfigError for an unknown one, and for one that contradicts `DATIVO_MODE`.
    """
    said = getattr(secrets, "mode", None)
    if not isinstance(said, str):
        return deployment_mode()
    mode = Mode.named((said.get_value() or "") if isinstance(said, dg.EnvVar) else said, _PLACE)
    if os.environ.get(VARIABLE) and deployment_mode() is not mode:
        message = f"{_PLACE} says {mode.value}, and {VARIABLE} says {deployment_mode().value}"
        raise ConfigError(message, hint="Let both name one mode")
    return mode
