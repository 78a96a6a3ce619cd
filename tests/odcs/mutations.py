"""Contracts that differ from another one in a single place."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.odcs.tables import ENUMERATIONS

Path = tuple[str | int, ...]

DROPPED = object()
"""Stands for no value at all."""

VALUES: tuple[Any, ...] = (
    None,
    True,
    3,
    -1,
    2.5,
    "other",
    "",
    [],
    {},
    ["other", "other"],
    [1, 1],
    [2, 3],
    {"other": 1},
)
"""What a value is replaced by: one of each type, and the edges where a constraint may end."""

KEYS: tuple[tuple[str, Any], ...] = (
    ("other", 1),
    ("items", {"name": "x"}),
    ("items", None),
    ("properties", [{"name": "x"}]),
    ("properties", []),
    ("logicalTypeOptions", {"minimum": 1}),
    ("logicalTypeOptions", {}),
)
"""What is added to a mapping: an unknown key, and those that belong to some properties only."""


@dataclass(frozen=True)
class Mutation:
    """A change of a contract: what is at `path` is dropped, or becomes `value`, whether anything was there or not."""

    path: Path
    value: Any

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.path))}: {'dropped' if self.value is DROPPED else repr(self.value)}"

    @property
    def adds_an_unknown_key(self) -> bool:
        return self.path[-1] == "other" and self.value == 1

    def of(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return a changed copy."""
        changed = copy.deepcopy(data)
        owner = value_at(changed, self.path[:-1])
        if self.value is DROPPED:
            del owner[self.path[-1]]
        else:
            owner[self.path[-1]] = copy.deepcopy(self.value)
        return changed


def mutations(data: dict[str, Any], focus: Path = ()) -> Iterator[Mutation]:
    """Yield every change in one place at or below `focus`."""
    for path in _places(value_at(data, focus), focus):
        value = value_at(data, path)
        if path:
            yield Mutation(path, DROPPED)
            yield from (Mutation(path, other) for other in _others(value))
        if isinstance(value, dict):
            yield from (Mutation((*path, key), added) for key, added in KEYS if key not in value)


def mutated(data: dict[str, Any], random: Random) -> dict[str, Any]:
    """Return a contract that differs from `data` in one place, or sometimes in two or three."""
    for _ in range(random.choice((1, 1, 2, 3))):
        data = random.choice(list(mutations(data))).of(data)
    return data


def value_at(data: Any, path: Path) -> Any:
    for part in path:
        data = data[part]
    return data


def _places(value: Any, path: Path) -> Iterator[Path]:
    """Yield the path of a value and of everything inside it."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from _places(each, (*path, key))


def _others(value: Any) -> Iterator[Any]:
    """Yield what may replace a value: any of `VALUES`, and the other words where only some are allowed."""
    yield from (other for other in VALUES if type(other) is not type(value) or other != value)
    if isinstance(value, str):
        yield from {word: None for words in ENUMERATIONS if value in words for word in words if word != value}
