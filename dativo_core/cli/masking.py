"""Which characters of a configuration line may hold a secret: values of connections, credentials and secret names."""

import re
from dataclasses import dataclass
from functools import lru_cache

from dativo_core.cli.source_file import SourceFile, Span
from dativo_core.telemetry.redact import is_secret_name, redact
from dativo_core.workspace.secret_places import SECRET_SECTIONS

_SECTIONS = SECRET_SECTIONS | {"alerts"}
_KEY = re.compile(r"""(?P<quote>["']?)(?P<name>[\w.-]+)(?P=quote)\s*:(?=\s|$|["'\[{])""")
_ITEM = re.compile(r"\s*(?:-\s+)+")
_PAIR = r"""\s*[\w-]+:\s+(?:[^\s,{}\[\]"'#][^,{}\[\]"'#]*|"[^"\\]*"|'[^']*')\s*"""
_FLOW = re.compile(rf"\s*\{{{_PAIR}(?:,{_PAIR})*\}}\s*\Z")
_VALUE = re.compile(r"""(?<=:)\s+(?P<value>[^\s,{}\[\]"'#][^,{}\[\]"'#]*?|"[^"\\]*"|'[^']*')\s*(?=[,}])""")
_USER = re.compile(r"""://[^/\s"'@:]*:""")
_HARMLESS = re.compile(r"""\s*(["']?)(?:\$\{[\w:.]+\}|true|false|none|null|~|)\1\s*\Z""")


def hidden_spans(source: SourceFile, number: int) -> list[Span]:
    """Return the parts of a line, by its number from 1, that must not be shown, in order.

    Whole references such as `${NAME}`, keys and words such as `true` stay. Where the line is not plain enough to tell
    values from keys, everything behind the first key that matters is hidden.
    """
    line = source.line(number) or ""
    start = _secret_from(source, number, line)
    if start is None:
        return []
    rest = line[start:]
    if _FLOW.match(rest):
        values = [Span(start + each.start("value"), start + each.end("value")) for each in _VALUE.finditer(rest)]
        return [span for span in values if not _HARMLESS.match(line[span.start : span.stop])]
    first = start + len(rest) - len(rest.lstrip())
    return [] if _HARMLESS.match(rest) else [Span(first, len(line.rstrip()))]


def _secret_from(source: SourceFile, number: int, line: str) -> int | None:
    """Return the column from which on the line holds values that may be secret; None when it holds none."""
    keys = list(_KEY.finditer(line))
    first = keys[0].end() if keys else _value_of_item(line)
    paths = [path for path, _ in source.keys.get(number, ())]
    if number in _lines_below_sections(source) or any(_SECTIONS.intersection(path) for path in paths):
        return first
    secret = next((key.end() for key in keys if _is_secret(key["name"])), None)
    before = line[:secret]
    return first if redact(before) != before or _has_user_part(before) else secret


def _has_user_part(text: str) -> bool:
    """Return whether a URL of a text may hold a password, even one with blanks and quotes that ends no one knows where."""
    found = _USER.search(text)
    return found is not None and "@" in text[found.end() :]


def _value_of_item(line: str) -> int:
    item = _ITEM.match(line)
    return item.end() if item else 0


def _is_secret(name: str) -> bool:
    return name in _SECTIONS or is_secret_name(name)


@lru_cache(maxsize=4)
def _lines_below_sections(source: SourceFile) -> frozenset[int]:
    """Return the lines that indentation puts below a secret key, which can be told for broken files too."""
    found: set[int] = set()
    parents: list[_Line] = []
    for number, text in enumerate(source.lines, start=1):
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        line = _line(text)
        while parents and not line.is_below(parents[-1]):
            parents.pop()
        if any(parent.is_secret for parent in parents):
            found.add(number)
        if not line.is_rest:
            parents.append(line)
    return frozenset(found)


@dataclass(frozen=True)
class _Line:
    depth: int
    is_item: bool
    is_rest: bool
    is_secret: bool

    def is_below(self, above: "_Line") -> bool:
        """Whether an earlier line is a parent; the items of a list may stand as far left as its key.

        A line without a key goes on with the value of the line before, wherever it starts.
        """
        if self.is_rest:
            return True
        return above.depth < self.depth or (self.is_item and not above.is_item and above.depth == self.depth)


def _line(text: str) -> _Line:
    stripped = text.lstrip()
    names = [key["name"] for key in _KEY.finditer(text)]
    is_item = stripped.startswith("-") and not stripped.startswith("--")
    is_rest = not names and not is_item and stripped[0] not in "[]{}"
    return _Line(len(text) - len(stripped), is_item, is_rest, any(map(_is_secret, names)))
