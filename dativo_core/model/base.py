"""What all models of files share: frozen, unknown keys refused, and the keys that are known but not acted on."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

Whole = Annotated[int, Field(strict=True)]
"""A whole number; `true` and `1.0` are none."""


def as_list(value: Any) -> Any:
    """Return a single text as a list of one, anything else as it is."""
    return (value,) if isinstance(value, str) else value


WORDS_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}

Words = Annotated[tuple[str, ...], BeforeValidator(as_list), WithJsonSchema(WORDS_SCHEMA)]
"""A list of texts; a single text is a list of one."""


class FileModel(BaseModel):
    """A mapping of a configuration file.

    `not_implemented` names keys of the format that this version does not act on: writing one is an error of its own, so
    that nothing is silently ignored; `idle_values` names such values of a key. `superseded` maps an old key to the one to
    write instead, `newer` one to the version of its format that it belongs to. `wrapper` is a key that all of a file may
    stand below.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    not_implemented: ClassVar[frozenset[str]] = frozenset()
    idle_values: ClassVar[Mapping[str, frozenset[str]]] = {}
    superseded: ClassVar[Mapping[str, str]] = {}
    newer: ClassVar[Mapping[str, str]] = {}
    wrapper: ClassVar[str | None] = None
