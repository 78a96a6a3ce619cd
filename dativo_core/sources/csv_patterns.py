"""The parts that patterns of delimited text are made of, for separators of any length.

No part ever gives back what it took (`*+`), so that matching takes linear time.
"""

import re
from dataclasses import dataclass

from dativo_core.sources.csv_dialect import Dialect

NEVER = b"(?!)"


@dataclass(frozen=True)
class Parts:
    """Patterns of one dialect's fields and of what stands between them; the longest separator wins where two begin.

    `half_quoted` and `half_plain` match a field as far as it has been seen, `open_quoted` a quoted field before its
    closing quote, `open_escape` a field that ends with an escape of nothing.
    """

    delimiter: bytes
    terminator: bytes
    quoted: bytes
    plain: bytes
    half_quoted: bytes
    half_plain: bytes
    open_quoted: bytes
    open_escape: bytes

    @property
    def field(self) -> bytes:
        """The pattern of a whole field."""
        return b"(?:%s|%s)" % (self.quoted, self.plain)

    @classmethod
    def of(cls, dialect: Dialect) -> "Parts":
        """Return the parts of a dialect."""
        separator, escape = one_of(dialect.separators), dialect.escape or b""
        pair = rb"\r\n|" if dialect.terminator is None else b""
        escaped = rb"%s(?:%s[\x00-\xff])" % (re.escape(escape), pair) if escape else b""
        may_escape = re.escape(escape) + b"?+" if escape else b""
        plain = text_until(dialect.separators, escape, escaped)
        quoted = open_quoted = half_quoted = NEVER
        if dialect.quote is not None:
            q = re.escape(dialect.quote)
            plain = b"(?!%s)%s" % (q, plain)
            inside = q + _inside(dialect.quote, escape, escaped)
            quoted = b"%s%s(?=%s)" % (inside, q, separator)
            open_quoted, half_quoted = inside + may_escape, b"%s(?:%s|%s)" % (inside, q, may_escape)
        custom = dialect.terminator
        return cls(
            delimiter=_first(dialect.delimiter, custom),
            terminator=one_of(dialect.terminators) if custom is None else _first(custom, dialect.delimiter),
            quoted=quoted,
            plain=plain,
            half_quoted=half_quoted,
            half_plain=plain + may_escape,
            open_quoted=open_quoted,
            open_escape=plain + re.escape(escape) if escape else NEVER,
        )


def one_of(texts: tuple[bytes, ...]) -> bytes:
    """Return the pattern of any of these texts, the first that fits."""
    return b"(?:" + b"|".join(map(re.escape, texts)) + b")"


def text_until(ends: tuple[bytes, ...], escape: bytes = b"", escaped: bytes = b"") -> bytes:
    """Return the pattern of text up to the first of these ends, or as far as it goes without one.

    `escaped` is the pattern of an `escape` and what it takes with it.
    """
    begins = {end[:1] for end in ends}
    stops = _class(begins | {escape} - {b""})
    # A byte that may begin an end and does not is text.
    units = [b"(?!%s)[%s]" % (one_of(ends), _class(begins))] if begins - set(ends) else []
    units += [escaped] if escaped else []
    return b"[^%s]*+(?:(?:%s)[^%s]*+)*+" % (stops, b"|".join(units), stops) if units else b"[^%s]*+" % stops


def _inside(quote: bytes, escape: bytes, escaped: bytes) -> bytes:
    """Return the pattern of what stands between quotes, as far as it goes."""
    stops = _class({quote, escape} - {b""})
    units = [re.escape(quote) * 2, *([escaped] if escaped else [])]
    return b"[^%s]*+(?:(?:%s)[^%s]*+)*+" % (stops, b"|".join(units), stops)


def _first(text: bytes, other: bytes | None) -> bytes:
    """Return the pattern of a separator where it is not the beginning of a longer one."""
    longer = other is not None and len(other) > len(text) and other.startswith(text)
    return b"(?!%s)%s" % (re.escape(other or b""), re.escape(text)) if longer else re.escape(text)


def _class(members: set[bytes]) -> bytes:
    return b"".join(rb"\x%02x" % ord(member) for member in sorted(members))
