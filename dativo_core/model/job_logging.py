"""How much the runs of a job say, as its file says it."""

import logging
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from dativo_core.model.base import FileModel

LevelName = Literal["debug", "info", "warning", "error", "critical"]
_IN_ANY_CASE = "|".join(
    "".join(f"[{letter.upper()}{letter}]" for letter in name)
    for name in ("debug", "info", "warning", "error", "critical")
)


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


Level = Annotated[
    LevelName, BeforeValidator(_lower), WithJsonSchema({"type": "string", "pattern": f"^({_IN_ANY_CASE})$"})
]


class JobLogging(FileModel):
    """What reaches the log of a run. Secrets never do, whatever is written here."""

    level: Level = Field(
        "info", description="the mildest messages that are logged: debug, info, warning, error, critical"
    )
    redaction: bool = Field(True, description="whether secrets are hidden; they are, and false is only reported")


def level_number(level: LevelName) -> int:
    """Return a level as Python's logging counts it."""
    return logging.getLevelNamesMapping()[level.upper()]
