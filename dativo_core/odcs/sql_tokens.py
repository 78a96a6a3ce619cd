"""The text of an SQL query cut into tokens, so that what stands in a text or a comment is not taken for anything else.

The forms are those of PostgreSQL and DuckDB: strings with and without escapes, strings between dollar tags, quoted names,
and comments, of which those between `/*` and `*/` may be nested.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class TokenKind(StrEnum):
    """What a token is; a `broken` one opens a text, a name or a comment that never ends."""

    WORD = "word"
    NAME = "name"
    TEXT = "text"
    PLACEHOLDER = "placeholder"
    SYMBOL = "symbol"
    SPACE = "space"
    BROKEN = "broken"


@dataclass(frozen=True)
class Token:
    """A stretch of a query, as written; comments are spaces."""

    kind: TokenKind
    text: str

    @property
    def word(self) -> str:
        """A word in lower case; nothing for any other token."""
        return self.text.lower() if self.kind is TokenKind.WORD else ""

    @property
    def name(self) -> str | None:
        """What the token names if it can name something, in lower case, as names are compared."""
        if self.kind is TokenKind.NAME:
            return unquoted(self.text).lower()
        return self.word or None


_TOKEN = re.compile(
    r"""
      (?P<space>   \s+ | --[^\n]* )
    | (?P<comment> /\* )
    | (?P<text>    [eE]'(?:[^'\\]|\\.|'')*+' | '(?:[^']|'')*+' | \$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$ )
    | (?P<name>    "(?:[^"]|"")*+" )
    | (?P<broken>  ['"] )
    | (?P<placeholder> \$\{[^{}]*\} | \{\s*\w+\s*\} )
    | (?P<word>    [^\W\d](?:\w|\$(?!\{))* )
    | (?P<symbol>  . )
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")


def tokens(query: str) -> Iterator[Token]:
    """Yield the tokens of a query in order; together they are the query."""
    at = 0
    while at < len(query):
        match = _TOKEN.match(query, at)
        assert match is not None
        end, kind = match.end(), match.lastgroup
        if kind == "comment":
            end, is_closed = _comment_end(query, at)
            kind = "space" if is_closed else "broken"
        yield Token(TokenKind(kind or "symbol"), query[at:end])
        at = end


def quoted(name: str) -> str:
    """Return a name as an identifier that stands for nothing else."""
    return '"' + name.replace('"', '""') + '"'


def unquoted(identifier: str) -> str:
    """Return the name that a quoted identifier stands for."""
    return identifier[1:-1].replace('""', '"')


def _comment_end(query: str, start: int) -> tuple[int, bool]:
    depth = 0
    for edge in _COMMENT_EDGE.finditer(query, start):
        depth += 1 if edge.group() == "/*" else -1
        if not depth:
            return edge.end(), True
    return len(query), False
