"""References in configuration text: one grammar, found and expanded here.

`${NAME}`, `${NAME:-default}`, `${env:NAME}` and `${secret:file.key}`; `$$` is a literal dollar; any other dollar is itself.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, auto

from dativo_core.errors import ConfigError


class ReferenceKind(StrEnum):
    """Where a reference looks: tenant secrets and then the environment, the environment only, or one key of one secret."""

    NAME = auto()
    ENV = auto()
    SECRET = auto()


@dataclass(frozen=True)
class Reference:
    """One `${…}`: `name` is a variable, or `file.key` for a secret; `text` is how it was written."""

    kind: ReferenceKind
    name: str
    default: str | None
    text: str


_DOLLAR = "$$"
_TOKEN = re.compile(r"\$\$|\$\{[^}]*\}?")
_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"
_FORMS = re.compile(
    rf"\$\{{(?:env:(?P<env>{_VARIABLE})|secret:(?P<secret>[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_.-]+)?)"
    rf"|(?P<name>{_VARIABLE})(?::-(?P<default>[^}}]*))?)\}}\Z"
)
GRAMMAR = "Write ${NAME}, ${NAME:-default}, ${env:NAME} or ${secret:file.key}; $$ is a literal dollar."


def find(text: str) -> tuple[Reference, ...]:
    """Return the references in `text`, in order. Raises ValueError on a `${` that is none."""
    return tuple(_reference(found) for found in _TOKEN.findall(text) if found != _DOLLAR)


def expand(text: str, lookup: Callable[[Reference], str | None]) -> str:
    """Replace every reference by what `lookup` returns, by its default when that is None or empty, and `$$` by `$`.

    Raises ValueError on a `${` that is no reference, ConfigError when a reference has neither value nor default.
    """

    def replace(match: re.Match[str]) -> str:
        return "$" if match[0] == _DOLLAR else _value(_reference(match[0]), lookup)

    return _TOKEN.sub(replace, text)


def _reference(written: str) -> Reference:
    match = _FORMS.match(written)
    if match is None:
        message = f"'{written}' is not a reference"
        raise ValueError(message)
    for kind in ReferenceKind:
        if match[kind.value] is not None:
            return Reference(kind, match[kind.value], match["default"], written)
    raise AssertionError


def _value(reference: Reference, lookup: Callable[[Reference], str | None]) -> str:
    found = lookup(reference)
    if reference.default is not None:
        return found or reference.default
    if found is None:
        message = f"{reference.text} has no value"
        hint = f"Set {reference.name}, or write a default: ${{{reference.name}:-default}}."
        raise ConfigError(message, hint=hint)
    return found
