"""The file behind a finding: its lines, and the place of the key that the finding is about."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dativo_core.model.finding import Finding
from dativo_core.workspace.document import KeyPath, Place, dotted
from dativo_core.workspace.read_yaml import LINE_BREAK, MAX_BYTES, parse_document
from dativo_core.workspace.tenants import is_led_astray

_TOKEN = re.compile(r"[^\s,:\[\]{}]+")


@dataclass(frozen=True)
class Span:
    """Characters of a line, counted from 0; `stop` is the one behind the last."""

    start: int
    stop: int


@dataclass(frozen=True)
class SourceFile:
    """A file as it was read; `content` is empty when it cannot be shown."""

    content: bytes

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines as YAML counts them."""
        text = self.content.decode("utf-8", "replace").removeprefix("\ufeff")
        return tuple(LINE_BREAK.split(text)) if text else ()

    def line(self, number: int) -> str | None:
        """Return a line by its number from 1; None when there is none, or nothing is on it."""
        found = self.lines[number - 1] if 1 <= number <= len(self.lines) else ""
        return found if found.strip() else None

    @cached_property
    def keys(self) -> dict[int, list[tuple[KeyPath, Place]]]:
        """The key paths that start on each line; none for a broken file."""
        keys: dict[int, list[tuple[KeyPath, Place]]] = {}
        document = parse_document("", self.content).document
        for path, place in document.places.items() if document else ():
            keys.setdefault(place.line, []).append((path, place))
        return keys

    def span(self, finding: Finding) -> Span | None:
        """Return where on its line the key of a finding stands, or the first word; None without a line."""
        line = self.line(finding.line)
        if line is None:
            return None
        return self._written(finding, line) or _spelt(finding, line) or _token(line, len(line) - len(line.lstrip()))

    def _written(self, finding: Finding, line: str) -> Span | None:
        """Return the place of the key, or of its nearest parent on the line."""
        keys = self.keys.get(finding.line, ())
        above = [(path, place) for path, place in keys if _is_at_or_above(path, finding.key_path)]
        if not above:
            return None
        _, place = max(above, key=lambda each: len(each[0]))
        return _token(line, place.column - 1)


def read_source(root: Path, file: str) -> SourceFile:
    """Read the file of a finding, given as the finding shows it.

    What is no readable file has no lines, and neither has a link out of the workspace, or out of the directory of a tenant:
    its lines are not the tenant's.
    """
    path = root / file
    try:
        if not path.is_file() or _leads_elsewhere(root, path):
            return SourceFile(b"")
        with path.open("rb") as stream:
            return SourceFile(stream.read(MAX_BYTES))
    except (OSError, ValueError):
        return SourceFile(b"")


def _leads_elsewhere(root: Path, path: Path) -> bool:
    if path.is_relative_to(root):
        return is_led_astray(root, path) or not path.resolve().is_relative_to(root.resolve())
    return path.is_symlink()


def _is_at_or_above(path: KeyPath, key_path: str) -> bool:
    text = dotted(path)
    return key_path == text or key_path.startswith((f"{text}.", f"{text}["))


def _spelt(finding: Finding, line: str) -> Span | None:
    """Return where the last key of the path is spelt, for keys whose place is not known, such as a second one."""
    key = re.split(r"[.\[]", finding.key_path)[-1]
    found = re.search(rf"(?<![\w-]){re.escape(key)}(?=[\"']?\s*:)", line) if key else None
    return Span(*found.span()) if found else None


def _token(line: str, start: int) -> Span:
    """Return the word, quoted text or bracket that starts at a column."""
    quote = line[start : start + 1]
    end = line.find(quote, start + 1) if quote in ("'", '"') else -1
    if end > 0:
        return Span(start, end + 1)
    word = _TOKEN.match(line, start)
    return Span(start, word.end() if word else start + 1)
