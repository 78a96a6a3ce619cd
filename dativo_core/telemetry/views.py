"""Readings of a text: as it stands, with escapes undone, and in one line without blanks; all know where letters came from."""

import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

_DEPTH = 2
"""How many escapes over each other are undone: JSON within JSON, a URL within JSON."""

_LINE_BREAK = re.compile(r"[\r\n]")
_BLANKS = re.compile(r"[ \t\r\n]+")
_SHELL_QUOTE = re.compile(r"""'"'"'|'\\''""")
_BACKSLASH = re.compile(
    r"""\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"""
    r"|\\(?:u[0-9a-fA-F]{4}|U00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[0-3][0-7]{2}|[\s\S])"
)
_PLAIN_BACKSLASH = re.compile(r"\\\S")
_PERCENT = re.compile(r"%[0-9a-fA-F]{2}")
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v", "a": "\a", "0": "\0"}


@dataclass(frozen=True)
class View:
    """A reading of a text. Letter `i` was made of the text's letters from `starts[i]` to before `stops[i]`."""

    text: str
    starts: Sequence[int]
    stops: Sequence[int]


def views(text: str) -> Iterator[View]:
    """Yield every reading of `text`, in time linear in its length."""
    found = {text: View(text, range(len(text)), range(1, len(text) + 1))}
    newest = list(found.values())
    for _ in range(_DEPTH):
        read = [each for view in newest for each in _unescaped(view)]
        newest = [each for each in {view.text: view for view in read}.values() if each.text not in found]
        found |= {view.text: view for view in newest}
    for view in found.values():
        yield view
        if _LINE_BREAK.search(view.text):
            yield from _rewritten(view, _BLANKS, lambda _blanks: "")


def without_blanks(text: str) -> str:
    """Return `text` without blanks and line breaks, as readings of a text of several lines have it."""
    return _BLANKS.sub("", text)


def _unescaped(view: View) -> Iterator[View]:
    yield from _rewritten(view, _BACKSLASH, _of_backslash)
    yield from _rewritten(view, _SHELL_QUOTE, lambda _quote: "'")
    yield from _rewritten(view, _PLAIN_BACKSLASH, lambda match: match.group()[1])
    yield from _rewritten(view, _PERCENT, lambda match: chr(int(match.group()[1:], 16)))
    yield from _rewritten(view, _ENTITY, lambda match: html.unescape(match.group()))


def _of_backslash(match: re.Match[str]) -> str:
    body = match.group()[1:]
    if len(body) > 6 and body[0] == "u":
        return bytes.fromhex(body[1:5] + body[7:]).decode("utf-16-be")
    if len(body) > 1:
        return chr(int(body, 8) if body[0].isdigit() else int(body[1:], 16))
    return _LETTERS.get(body, body)


def _rewritten(view: View, pattern: re.Pattern[str], meaning: Callable[[re.Match[str]], str]) -> Iterator[View]:
    """Yield the view with each match replaced by what it means; nothing when there is no match."""
    parts: list[str] = []
    starts: list[int] = []
    stops: list[int] = []
    at = 0
    for match in pattern.finditer(view.text):
        start, stop = match.span()
        meant = meaning(match)
        parts += [view.text[at:start], meant]
        starts.extend(view.starts[at:start])
        stops.extend(view.stops[at:start])
        starts.extend([view.starts[start]] * len(meant))
        stops.extend([view.stops[stop - 1]] * len(meant))
        at = stop
    if at:
        starts.extend(view.starts[at:])
        stops.extend(view.stops[at:])
        yield View("".join([*parts, view.text[at:]]), starts, stops)
