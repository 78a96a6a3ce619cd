"""Contracts that differ from another one in a single place."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

Path = tuple[str | int, ...]

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
    """What was done to a valid contract, and where."""

    path: Path
    done: str
    changed: Path
    """The path of the value that was written or dropped."""

    @property
    def is_written(self) -> bool:
        return self.done != "dropped"

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.path)) or '(root)'}: {self.done}"


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of a value and of everything inside it."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*path, key))


def mutations(data: dict[str, Any], focus: Path) -> Iterator[tuple[Mutation, dict[str, Any]]]:
    """Yield every contract that differs from `data` in one place at or below `focus`."""
    for path in places(value_at(data, focus), focus):
        yield from _at(data, path)


def random_mutation(data: dict[str, Any], random: Random) -> tuple[Mutation, dict[str, Any]]:
    """Return a contract that differs from `data` in one place."""
    path = random.choice(list(places(data)))
    return random.choice(list(_at(data, path)))


def value_at(data: Any, path: Path) -> Any:
    for part in path:
        data = data[part]
    return data


def _at(data: dict[str, Any], path: Path) -> Iterator[tuple[Mutation, dict[str, Any]]]:
    value = value_at(data, path)
    if path:
        yield Mutation(path, "dropped", path), _without(data, path)
        for other in VALUES:
            if not _is_same(other, value):
                yield Mutation(path, f"replaced by {other!r}", path), _with(data, path, other)
    if isinstance(value, dict):
        for key, added in KEYS:
            if key not in value:
                yield Mutation(path, f"got {key}: {added!r}", (*path, key)), _with(data, path, {**value, key: added})


def _is_same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other


def _with(data: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    if not path:
        return dict(value)
    changed = copy.deepcopy(data)
    value_at(changed, path[:-1])[path[-1]] = copy.deepcopy(value)
    return changed


def _without(data: dict[str, Any], path: Path) -> dict[str, Any]:
    changed = copy.deepcopy(data)
    del value_at(changed, path[:-1])[path[-1]]
    return changed
