"""Sound delimited text of any dialect as text that a common CSV parser splits alike.

Such a parser takes one delimiting byte and line ends. Separators become those; line ends that are text, and whatever an
escape made text, become marks that are turned back in the cells. Whole blocks at a time.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain

from dativo_core.sources.csv_dialect import Dialect
from dativo_core.sources.csv_patterns import Parts, one_of

# Bytes that no UTF-8 text holds stand for structure, and for text that would look like it, while it is worked out.
DELIMITER, END, QUOTED = b"\xff", b"\xfe", b"\xfd"
LF, CR, UNIT, QUOTE, ESCAPE = b"\xfc", b"\xfb", b"\xfa", b"\xf9", b"\xf8"
ESCAPED_DELIMITER, ESCAPED_END, DROPPED, SIGN = b"\xf7", b"\xf6", b"\xf5", b"\xc0"

Marks = list[tuple[bytes, bytes]]
"""Two bytes of rewritten text, a sign and a letter, and the text they stand for; to be turned back in this order."""


@dataclass(frozen=True)
class Rewriting:
    """How text of one dialect is rewritten; `delimiter` splits what comes out of it."""

    dialect: Dialect

    @cached_property
    def delimiter(self) -> bytes:
        """The byte between fields of rewritten text."""
        if self.dialect.is_simple:
            return self.dialect.delimiter
        return b"\x1f" if self.dialect.quote != b"\x1f" else b"\x1e"

    @cached_property
    def _sign(self) -> bytes:
        """The control byte that marks begin with; where text holds it, it is marked itself."""
        dialect = self.dialect
        taken = b"\t" + b"".join((*dialect.separators, dialect.quote or b"", dialect.escape or b"", self.delimiter))
        return next(bytes((code,)) for code in range(1, 256) if code not in taken)

    def is_needed(self, text: bytes) -> bool:
        """Whether a text of the dialect has to be rewritten at all."""
        escape = self.dialect.escape
        return not self.dialect.is_simple or (escape is not None and escape in text)

    def rewrite(self, parts: Sequence[bytes]) -> bytes:
        """Return whole records, in pieces, in the common dialect; they must be UTF-8."""
        # Where separators overlap, putting pieces together could make new ones.
        texts = [b"".join(parts)] if self.dialect.ends_at_last else parts
        return b"".join(map(self._rewrite, texts))

    def field(self, text: bytes) -> bytes:
        """Return an unquoted field as it stands in rewritten text."""
        return self._text(self._hide(text))

    def marks_in(self, rewritten: bytes) -> Marks:
        """Return what has to be turned back in the cells of rewritten text."""
        if self._sign not in rewritten:
            return []
        return [(mark, text) for mark, text in self._restored if mark in rewritten]

    @cached_property
    def _meanings(self) -> dict[bytes, bytes]:
        dialect = self.dialect
        return {
            LF: b"\n",
            CR: b"\r",
            UNIT: self.delimiter,
            QUOTE: dialect.quote or b"",
            ESCAPE: dialect.escape or b"",
            ESCAPED_DELIMITER: _first(dialect.delimiter),
            ESCAPED_END: _first(dialect.end),
            DROPPED: b"",
            # Last, since no other text brings a sign in.
            SIGN: self._sign,
        }

    @cached_property
    def _final(self) -> dict[bytes, bytes]:
        """What each byte that stands for text becomes."""
        return {mark: self._sign + bytes((number,)) for number, mark in enumerate(self._meanings, ord("A"))}

    @cached_property
    def _restored(self) -> Marks:
        return [(self._final[mark], text) for mark, text in self._meanings.items()]

    def _rewrite(self, text: bytes) -> bytes:
        text = self._hide(text)
        return self._text(text if self.dialect.is_simple else self._separate(text))

    def _hide(self, text: bytes) -> bytes:
        """Return a text without escapes; what they made text is hidden, and where they stood is marked."""
        escape, text = self.dialect.escape, text.replace(self._sign, SIGN)
        if escape is None or escape not in text:
            return text
        for escaped, mark in self._escapes:
            text = text.replace(escape + escaped, DROPPED + mark)
        return text.replace(escape, DROPPED)

    @cached_property
    def _escapes(self) -> list[tuple[bytes, bytes]]:
        """What an escape takes with it that would mean something by itself; the escape first, as escapes pair up."""
        dialect = self.dialect
        hidden = {
            dialect.quote or b"": QUOTE,
            _first(dialect.delimiter): ESCAPED_DELIMITER,
            _first(dialect.end): ESCAPED_END,
        }
        if dialect.terminator is None:
            hidden |= {b"\r\n": CR + LF, b"\n": LF, b"\r": CR}
        hidden.pop(b"", None)
        longest_first = sorted(hidden.items(), key=lambda item: len(item[0]), reverse=True)
        return [(dialect.escape or b"", ESCAPE), *longest_first]

    def _text(self, text: bytes) -> bytes:
        """Return a text with everything in its final form: separators, and text that would look like one."""
        if not self.dialect.is_simple:
            text = text.replace(self.delimiter, UNIT).replace(DELIMITER, self.delimiter)
        if self.dialect.terminator is not None:
            text = text.replace(b"\n", LF).replace(b"\r", CR).replace(END, b"\n")
        for mark, final in self._final.items():
            text = text.replace(mark, final)
        return text

    def _separate(self, text: bytes) -> bytes:
        """Return a text without escapes in which separators outside quotes are marked."""
        quote = self.dialect.quote
        if quote is None or quote not in text:
            return self._mark(text)
        pieces = text.split(quote)
        outside = self._mark(QUOTED.join(pieces[::2]))
        if len(pieces) % 2 == 0 or self._stray_quote.search(outside):
            return self._mark_fields(text)
        pieces[::2] = outside.split(QUOTED)
        return quote.join(pieces)

    def _mark(self, text: bytes) -> bytes:
        if not self.dialect.is_separable:
            pattern = re.compile(one_of(self.dialect.separators))
            marks = map(self._mark_of.__getitem__, pattern.findall(text))
            texts = pattern.split(text)
            return b"".join(chain.from_iterable(zip(texts, chain(marks, (b"",)), strict=True)))
        for separator in self.dialect.separators:
            if separator != self._mark_of[separator]:
                text = text.replace(separator, self._mark_of[separator])
        return text

    @cached_property
    def _stray_quote(self) -> re.Pattern[bytes]:
        """A quoted stretch that does not fill its field."""
        ends = b"".join(self._mark_of.values()) + QUOTED
        return re.compile(b"[^%s]%s|%s[^%s]" % (ends, QUOTED, QUOTED, ends))

    def _mark_fields(self, text: bytes) -> bytes:
        """Return the same as `_separate`, field by field: with quotes inside of unquoted fields."""
        fields = _field_pattern(self.dialect).findall(text)
        return b"".join(chain.from_iterable((field, self._mark_of[end]) for field, end in fields))

    @cached_property
    def _mark_of(self) -> dict[bytes, bytes]:
        custom = self.dialect.terminator is not None
        ends = {end: END if custom else end for end in self.dialect.terminators}
        return {self.dialect.delimiter: DELIMITER, **ends}


def _first(text: bytes) -> bytes:
    """Return the first character of a text."""
    return text.decode()[:1].encode()


@lru_cache(maxsize=32)
def rewriting(dialect: Dialect) -> Rewriting:
    """Return how text of a dialect is rewritten."""
    return Rewriting(dialect)


@lru_cache(maxsize=32)
def _field_pattern(dialect: Dialect) -> re.Pattern[bytes]:
    parts = Parts.of(Dialect(dialect.delimiter, dialect.terminator, dialect.quote))
    return re.compile(b"(%s)(%s)" % (parts.field, one_of(dialect.separators)))
