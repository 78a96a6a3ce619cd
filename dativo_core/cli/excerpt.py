"""The line a finding is about, with a caret below its key; secrets hidden, control characters escaped."""

import unicodedata
from collections.abc import Iterator, Sequence

from dativo_core.cli.masking import hidden_spans
from dativo_core.cli.source_file import SourceFile, Span
from dativo_core.model.finding import Finding
from dativo_core.telemetry.escape import escape_line
from dativo_core.telemetry.redact import REDACTED

MAX_COLUMNS = 120
"""Longer lines are cut around their caret."""

_BEFORE_CARET = 40
_CUT = "…"


def excerpt_lines(finding: Finding, source: SourceFile) -> list[str]:
    """Return the line with its number, and the carets below it; nothing when the file has no such line."""
    line, span = source.line(finding.line), source.span(finding)
    if line is None or span is None:
        return []
    text, shown = _shown(line.rstrip(), span, hidden_spans(source, finding.line))
    text, shown = _window(text, shown)
    number = str(finding.line)
    gutter = " " * len(number)
    carets = " " * _width(text[: shown.start]) + "^" * max(1, _width(text[shown.start : shown.stop]))
    return [f"  {number} | {text}", f"  {gutter} | {carets}"]


def _shown(line: str, span: Span, hidden: Sequence[Span]) -> tuple[str, Span]:
    """Return a line as it is shown, and where `span` of the file's line is in it."""
    pieces: list[str] = []
    places: list[int] = []
    length = 0
    for taken, text in _pieces(line, hidden):
        pieces.append(text)
        places += [length] * taken
        length += len(text)
    places.append(length)
    start, stop = places[min(span.start, len(line))], places[min(span.stop, len(line))]
    return "".join(pieces), Span(start, max(stop, start + 1))


def _pieces(line: str, hidden: Sequence[Span]) -> Iterator[tuple[int, str]]:
    """Yield how many characters of a line are taken together, and what is shown for them."""
    starts = {span.start: span.stop for span in hidden}
    column = 0
    while column < len(line):
        stop = starts.get(column, column + 1)
        yield stop - column, REDACTED if column in starts else escape_line(line[column])
        column = stop


def _window(text: str, span: Span) -> tuple[str, Span]:
    """Return the part of a long line around its caret."""
    if len(text) <= MAX_COLUMNS:
        return text, span
    start = max(0, min(span.start - _BEFORE_CARET, len(text) - MAX_COLUMNS))
    before = _CUT if start else ""
    after = _CUT if start + MAX_COLUMNS < len(text) else ""
    moved = len(before) - start
    stop = min(span.stop, start + MAX_COLUMNS)
    return before + text[start : start + MAX_COLUMNS] + after, Span(span.start + moved, stop + moved)


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(_width_of(character) for character in text)


def _width_of(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Cf", "Me", "Mn"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
