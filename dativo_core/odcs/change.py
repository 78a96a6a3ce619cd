"""One difference between two readings of a contract."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from dativo_core.odcs.versions import Level
from dativo_core.workspace.document import Document, KeyPath, dotted


@dataclass(frozen=True)
class Change:
    """A difference, how far it reaches, and the place in the new file: of what was removed, the place of what held it."""

    level: Level
    file: str
    line: int
    key_path: str
    message: str


@dataclass(frozen=True)
class Changes:
    """The differences found so far; `document` is the new reading of the contract.

    `sections` are those of which only the section is known, and not what in it changed.
    """

    document: Document
    found: list[Change] = field(default_factory=list)
    sections: list[Change] = field(default_factory=list)

    def add(self, level: Level, path: KeyPath, message: str) -> None:
        """Add a change at a key path of the new reading."""
        self.found.append(self._change(level, path, message))

    def add_section(self, level: Level, path: KeyPath, message: str) -> None:
        """Add that a section changed; it is left out where a change of a part of it is told."""
        self.sections.append(self._change(level, path, message))

    def add_at_line(self, level: Level, line: int, message: str) -> None:
        """Add a change at the outermost key of a line of the new file."""
        paths = (path for path, place in self.document.places.items() if place.line == line)
        path = min(paths, key=len, default=())
        self.found.append(Change(level, self.document.file, line, dotted(path), message))

    def told(self) -> tuple[Change, ...]:
        """Return all changes, each once, the farthest-reaching first."""
        parts = [change.key_path for change in self.found]
        left = [each for each in self.sections if not any(_is_in(part, each.key_path) for part in parts)]
        distinct = dict.fromkeys([*self.found, *left])
        return tuple(sorted(distinct, key=lambda each: (-each.level, each.line, each.message)))

    def _change(self, level: Level, path: KeyPath, message: str) -> Change:
        document = self.document
        return Change(level, document.file, document.line(path), dotted(document.written(path)), message)


def _is_in(part: str, section: str) -> bool:
    return part.startswith((f"{section}.", f"{section}["))


def needed_level(changes: Sequence[Change]) -> Level | None:
    """Return the level a version must rise by; None when nothing changed."""
    return max((change.level for change in changes), default=None)
