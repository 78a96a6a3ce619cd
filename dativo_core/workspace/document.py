"""One YAML file as plain data, with the place of every key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from dativo_core.model.finding import Finding, Severity

KeyPath = tuple[str | int, ...]


def dotted(path: KeyPath) -> str:
    """Return a key path as it is shown: `source.files[0].path`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


@dataclass(frozen=True)
class Place:
    """Where a key or a list item starts, both counted from 1."""

    line: int
    column: int


class Locator(Protocol):
    """Something that knows where its keys were written."""

    def finding(
        self, path: KeyPath, code: str, message: str, hint: str, severity: Severity = Severity.ERROR
    ) -> Finding:
        """Return a finding at the key `path`, or at its nearest written parent."""

    def spelling(self, path: KeyPath) -> str | None:
        """Return how a number was spelt in the file; None for anything that is not an unquoted number."""


@dataclass(frozen=True)
class Document:
    """One YAML file: `file` as it is shown, plain `data`, the place of every key path, the spelling of every number.

    `data` may be another arrangement of what the file says: `moved` then holds, for key paths of the data, those of the
    file, by which `places` and `spellings` go.
    """

    file: str
    data: dict[str, Any]
    places: Mapping[KeyPath, Place] = field(repr=False)
    spellings: Mapping[KeyPath, str] = field(repr=False, default_factory=dict)
    moved: Mapping[KeyPath, KeyPath] = field(repr=False, default_factory=dict)

    def written(self, path: KeyPath) -> KeyPath:
        """Return the key path in the file of what stands at `path` of the data."""
        for length in range(len(path), -1, -1) if self.moved else ():
            if path[:length] in self.moved:
                return (*self.moved[path[:length]], *path[length:])
        return path

    def line(self, path: KeyPath) -> int:
        """Return the line of a key, or of its nearest parent that was written."""
        path = self.written(path)
        for length in range(len(path), 0, -1):
            place = self.places.get(path[:length])
            if place is not None:
                return place.line
        return min((place.line for place in self.places.values()), default=1)

    def value(self, path: KeyPath) -> Any:
        """Return the value at `path`; None when there is none."""
        value: Any = self.data
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def finding(
        self, path: KeyPath, code: str, message: str, hint: str, severity: Severity = Severity.ERROR
    ) -> Finding:
        """Return a finding at the key `path`, or at its nearest written parent."""
        return Finding(self.file, self.line(path), dotted(self.written(path)), code, severity, message, hint)

    def spelling(self, path: KeyPath) -> str | None:
        """Return how a number was spelt in the file; None for anything that is not an unquoted number."""
        return self.spellings.get(self.written(path))
