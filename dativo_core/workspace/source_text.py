"""How a document was written: the text of its scalars, its bracketed lists and mappings, and its comments by key path."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.read_yaml import LINE_BREAK

_COMMENT = re.compile(r"(?<!\S)#[^\r\n]*")


@dataclass(frozen=True)
class Comment:
    """A comment from its `#` on, with its place, both counted from 1; `is_alone` when nothing is before it on its line."""

    line: int
    column: int
    text: str
    is_alone: bool


@dataclass(frozen=True)
class SourceText:
    """`scalars`: the text of every scalar of one line, quotes included. `flows`, `blocks`: how containers were written."""

    scalars: Mapping[KeyPath, str]
    flows: frozenset[KeyPath]
    blocks: frozenset[KeyPath]
    comments: tuple[Comment, ...]


@dataclass
class _Frame:
    """An open mapping or list: its path, and the part of the next child's path."""

    path: KeyPath
    part: str | int | None


@dataclass
class _Scan:
    """What the events of a file tell about its text."""

    text: str
    scalars: dict[KeyPath, str] = field(default_factory=dict)
    flows: set[KeyPath] = field(default_factory=set)
    blocks: set[KeyPath] = field(default_factory=set)
    spans: list[tuple[int, int]] = field(default_factory=list)
    frames: list[_Frame] = field(default_factory=list)

    def take(self, event: Any) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            path = self._next()
            (self.flows if event.flow_style else self.blocks).add(path)
            self.frames.append(_Frame(path, 0 if isinstance(event, yaml.SequenceStartEvent) else None))
        elif isinstance(event, yaml.CollectionEndEvent):
            self.frames.pop()

    def _scalar(self, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        if event.style in {"|", ">"}:
            header = LINE_BREAK.search(self.text, start, end)
            start = header.end() if header else end
        self.spans.append((start, end))
        frame = self.frames[-1] if self.frames else None
        if frame is not None and frame.part is None:
            frame.part = event.value
            return
        path, written = self._next(), self.text[start:end]
        if event.style not in {"|", ">"} and not LINE_BREAK.search(written):
            self.scalars.setdefault(path, written)

    def _next(self) -> KeyPath:
        """Return the path of the node that begins, and be ready for the one after it."""
        if not self.frames:
            return ()
        frame = self.frames[-1]
        path = (*frame.path, frame.part if frame.part is not None else "")
        frame.part = frame.part + 1 if isinstance(frame.part, int) else None
        return path


def source_text(content: bytes) -> SourceText:
    """Return how a document was written that `parse_document` reads without errors."""
    text = content.decode("utf-8").removeprefix("\ufeff")
    scan = _Scan(text)
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        scan.take(event)
    comments = tuple(_comment(text, start, end) for start, end in _comments(text, scan.spans))
    return SourceText(scan.scalars, frozenset(scan.flows), frozenset(scan.blocks), comments)


def _comments(text: str, spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield where comments are: outside of scalars."""
    at = 0
    for start, end in [*spans, (len(text), len(text))]:
        for found in _COMMENT.finditer(text, at, start):
            yield found.span()
        at = max(at, end)


def _comment(text: str, start: int, end: int) -> Comment:
    breaks = list(LINE_BREAK.finditer(text, 0, start))
    before = text[breaks[-1].end() if breaks else 0 : start]
    return Comment(len(breaks) + 1, len(before) + 1, text[start:end].rstrip(), not before.strip(" \t"))


KINDS = ("before", "behind", "after")
"""Where a comment stands to the part it belongs to."""


@dataclass
class Attached:
    """Comments by the key path they belong to: on lines before it, behind it, on lines after it; `head` and `tail` around all."""

    head: list[str] = field(default_factory=list)
    tail: list[str] = field(default_factory=list)
    before: dict[KeyPath, list[str]] = field(default_factory=dict)
    behind: dict[KeyPath, list[str]] = field(default_factory=dict)
    after: dict[KeyPath, list[str]] = field(default_factory=dict)

    def by_kind(self, kind: str) -> dict[KeyPath, list[str]]:
        """Return the comments of one of the `KINDS`."""
        return {"before": self.before, "behind": self.behind, "after": self.after}[kind]


def attached(source: SourceText, document: Document) -> Attached:
    """Return the comments by what they are about: the key on their line, else the next one unless that is further out."""
    found = Attached()
    keys = sorted(document.places.items(), key=lambda each: (each[1].line, each[1].column, len(each[0])))
    positions = [(place.line, place.column) for _, place in keys]
    for comment in source.comments:
        at = bisect_right(positions, (comment.line, comment.column))
        following = keys[at] if at < len(keys) else None
        if at == 0:
            found.head.append(comment.text)
        elif not comment.is_alone:
            found.behind.setdefault(_on_line(keys[at - 1][0], source, document), []).append(comment.text)
        elif following is not None and comment.column <= following[1].column:
            found.before.setdefault(following[0], []).append(comment.text)
        elif following is None and comment.column == 1:
            found.tail.append(comment.text)
        else:
            found.after.setdefault(_sibling(keys[at - 1][0], comment, document), []).append(comment.text)
    return found


def _on_line(path: KeyPath, source: SourceText, document: Document) -> KeyPath:
    """Return the outermost part of a path that is in brackets and begins on the same line, else the path."""
    line = document.places[path].line
    prefixes = [path[:length] for length in range(1, len(path))]
    return next((each for each in prefixes if each in source.flows and document.places[each].line == line), path)


def _sibling(path: KeyPath, comment: Comment, document: Document) -> KeyPath:
    """Return the outermost part of a path that is indented no less than a comment below it."""
    prefixes = [path[:length] for length in range(1, len(path) + 1)]
    return next(
        (each for each in prefixes if each in document.places and document.places[each].column >= comment.column), path
    )
