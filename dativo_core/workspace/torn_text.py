"""Texts that lost their end: inside `{…}` and `[…]` YAML ends an unquoted text at a comma, `{type: decimal(10,2)}` as well."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_BRACKETS = {"(": 1, "<": 1, ")": -1, ">": -1}


@dataclass(frozen=True)
class Torn:
    """A text as it was meant, the key it is the value of, and the keys that the rest of it became."""

    key: str
    text: str
    rest: tuple[str, ...]


def torn_texts(section: Any) -> list[Torn]:
    """Return the texts of a mapping with brackets that only the keys without value behind them close."""
    found: list[Torn] = []
    items = list(section.items()) if isinstance(section, Mapping) else []
    for index, (key, value) in enumerate(items):
        if isinstance(value, str) and _open(value) > 0:
            rest = _rest(value, items[index + 1 :])
            found += [Torn(str(key), ",".join((value, *rest)), rest)] if rest else []
    return found


def _rest(text: str, following: list[tuple[Any, Any]]) -> tuple[str, ...]:
    """Return the keys that close the brackets of a text, none when they do not."""
    depth, rest = _open(text), []
    for key, value in following:
        if value is not None or not isinstance(key, str):
            return ()
        rest.append(key)
        depth += _open(key)
        if depth == 0:
            return tuple(rest)
    return ()


def _open(text: str) -> int:
    return sum(_BRACKETS.get(character, 0) for character in text)
