"""Where records of delimited text begin and end, exactly, for any bytes.

A quote is special only as the first character of a field. Inside quotes a doubled quote stands for one, and record ends
and delimiters are text; after the closing quote only a delimiter or a record end may follow. An escape makes the
character after it text, inside and outside of quotes, so that no separator begins there; a CRLF counts as one where any
line end ends a record. A line that begins with the comment prefix where a record would begin is no record. Text that
follows other rules is not guessed at: it is rejected up to the next record end.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.sources.csv_dialect import Dialect
from dativo_core.sources.csv_patterns import NEVER, Parts, one_of, text_until

RECORDS_PER_MATCH = 500
"""A repeated group keeps a mark per repetition; this bounds what one match needs in memory."""

_FILLED_LINE = re.compile(rb"[^\r\n]++(?:\r\n|\n|\r)")


@dataclass(frozen=True)
class Grammar:
    """Compiled patterns of one dialect.

    `token` matches a record or a comment, a record that is not blank as its group 1; `one_token` the same, `some_tokens` any
    number. `line`
    matches a physical line, `stretch` what a broken record costs. `unfinished` matches what more bytes may make a record
    or a comment of; `open_quote` and `open_escape` match a stretch, less its end, that breaks off there. `only_records`
    is for RE2; None where the dialect is beyond it.
    """

    dialect: Dialect
    record: re.Pattern[bytes]
    comment: re.Pattern[bytes]
    token: re.Pattern[bytes]
    one_token: re.Pattern[bytes]
    some_tokens: re.Pattern[bytes]
    line: re.Pattern[bytes]
    stretch: re.Pattern[bytes]
    unfinished: re.Pattern[bytes]
    open_quote: re.Pattern[bytes]
    open_escape: re.Pattern[bytes]
    only_records: str | None

    def records_end(self, data: bytes, start: int, settled: int) -> int:
        """Return the offset after the last whole record of `data`, which at `start` begins with a record.

        Separators are certain up to `settled`, and so is the result. Equal to `start` when no record is whole; before the
        last record end also when a record is malformed. Comments count as records.
        """
        dialect = self.dialect
        has_signs = _holds(dialect.escape, data, start) or _holds(dialect.comment, data, start)
        if has_signs or not dialect.ends_at_last:
            return self.next_records_end(data, start, settled)
        if not _holds(dialect.quote, data, start):
            return _last_end(dialect, data, start, settled)
        end = next(filter(partial(self._is_only_records, data, start), self._likely_ends(data, start, settled)), start)
        return self.next_records_end(data, end, settled)

    def next_records_end(self, data: bytes, start: int, settled: int) -> int:
        """Return the same as `records_end`, slower, but looking no further than where the records end."""
        end = start
        for pattern in (self.some_tokens, self.one_token):
            while (match := pattern.match(data, end)) and end < match.end() <= settled:
                end = match.end()
        return end

    def count_lines(self, data: bytes, start: int, stop: int, broken: Sequence[tuple[int, int]] = ()) -> int:
        """Return the number of line ends in `data[start:stop]`: whole records, comments, and the stretches `broken`.

        Where a line end can begin inside another one, they are counted in each of these by itself, so that the line of a
        record does not depend on where blocks begin.
        """
        if self.dialect.lines_add_up:
            return self.dialect.count_lines(data, start, stop)
        inside = [span for span in broken if start <= span[0] < stop]
        whole = zip([start, *(end for _, end in inside)], [*(begin for begin, _ in inside), stop], strict=True)
        records = [match.span() for span in whole for match in self.token.finditer(data, *span)]
        return sum(self.dialect.count_lines(data, *span) for span in (*inside, *records))

    def record_spans(self, data: bytes, start: int, stop: int) -> list[tuple[int, int]]:
        """Return the offsets (record end included) of every record of a text that holds only records and comments.

        Blank records are left out.
        """
        dialect = self.dialect
        signs = (dialect.quote, dialect.escape, dialect.comment)
        if dialect.is_simple and not any(_holds(sign, data, start) for sign in signs):
            return list(map(re.Match.span, _FILLED_LINE.finditer(data, start, stop)))
        return [match.span(1) for match in self.token.finditer(data, start, stop) if match.lastindex]

    def comment_spans(self, data: bytes, start: int, stop: int) -> list[tuple[int, int]]:
        """Return the offsets of every comment of a text that holds only records and comments."""
        comment = self.dialect.comment
        if comment is None or data.find(comment, start, stop) < 0:
            return []
        tokens = self.token.finditer(data, start, stop)
        return [match.span() for match in tokens if not match.lastindex and data.startswith(comment, match.start())]

    def _likely_ends(self, data: bytes, start: int, stop: int) -> Iterator[int]:
        """Yield where the last record may end: at the last line end, and the last with an even number of quotes before it.

        One of them is right for all but malformed text; none where the dialect is beyond RE2.
        """
        if self.only_records is None:
            return
        quote = self.dialect.quote or b""
        end = last = data.rfind(b"\n", start, stop) + 1 or start
        yield last
        is_open = data.count(quote, start, last) % 2 == 1
        while is_open and (line_end := data.rfind(b"\n", start, end - 1)) >= 0:
            is_open ^= data.count(quote, line_end, end) % 2 == 1
            end = line_end + 1
        if end < last and not is_open:
            yield end

    def _is_only_records(self, data: bytes, start: int, stop: int) -> bool:
        # RE2 walks the text several times faster than `re`, but cannot say where it failed.
        if start == stop:
            return True
        # Not pa.array() of a memoryview: Arrow never lets go of the bytes behind it.
        offsets = pa.array([start, stop], pa.int32()).buffers()[1]
        text = pa.Array.from_buffers(pa.binary(), 1, [None, offsets, pa.py_buffer(data)])
        return bool(pc.match_substring_regex(text, self.only_records)[0].as_py())


@lru_cache(maxsize=32)
def grammar(dialect: Dialect) -> Grammar:
    """Return the grammar of a dialect."""
    parts = Parts.of(dialect)
    line, line_end = text_until(dialect.line_ends), one_of(dialect.line_ends)
    half_comment = b"%s%s" % (re.escape(dialect.comment), line) if dialect.comment else NEVER
    no_comment = b"(?!%s)" % re.escape(dialect.comment) if dialect.comment else b""
    comment = half_comment + line_end
    record = b"%s%s(?:%s%s)*+%s" % (no_comment, parts.field, parts.delimiter, parts.field, parts.terminator)
    before = b"%s(?:%s%s)*+" % (no_comment, parts.field, parts.delimiter)
    return Grammar(
        dialect=dialect,
        record=re.compile(record),
        comment=re.compile(comment),
        token=re.compile(b"%s|%s|(%s)" % (parts.terminator, comment, record)),
        one_token=re.compile(b"%s|%s" % (comment, record)),
        some_tokens=re.compile(b"(?:%s|%s){0,%d}+" % (comment, record, RECORDS_PER_MATCH)),
        line=re.compile(line + line_end),
        stretch=re.compile(text_until(dialect.terminators) + one_of(dialect.terminators)),
        unfinished=re.compile(rb"(?:%s|%s(?:%s|%s))\Z" % (half_comment, before, parts.half_quoted, parts.half_plain)),
        open_quote=re.compile(rb"%s%s\Z" % (before, parts.open_quoted)),
        open_escape=re.compile(rb"%s%s\Z" % (before, parts.open_escape)),
        only_records=_only_records(dialect) if dialect.is_simple and dialect.quote else None,
    )


def lines() -> Grammar:
    """Return the grammar of text whose every line is a record."""
    return grammar(Dialect(quote=None))


def _only_records(dialect: Dialect) -> str:
    """Return the RE2 pattern of a text that holds nothing but records, without escapes."""
    d, q = (f"\\x{ord(sign):02x}" for sign in (dialect.delimiter, dialect.quote or b""))
    return rf"\A(?:(?:{q}(?:[^{q}]|{q}{q})*{q}|[^{q}{d}\r\n][^{d}\r\n]*)?(?:{d}|\r?\n|\r))*\z"


def _holds(sign: bytes | None, data: bytes, start: int) -> bool:
    return sign is not None and data.find(sign, start) >= 0


def _last_end(dialect: Dialect, data: bytes, start: int, stop: int) -> int:
    """Return the offset after the last terminator of a text without quotes and escapes, `start` if there is none."""
    if dialect.terminator is None:
        return max(data.rfind(b"\n", start, stop), data.rfind(b"\r", start, stop), start - 1) + 1
    last = data.rfind(dialect.terminator, start, stop)
    return start if last < 0 else last + len(dialect.terminator)
