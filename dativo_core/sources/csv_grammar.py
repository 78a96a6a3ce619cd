"""Where records of delimited text begin and end, exactly, for any bytes.

A quote is special only as the first character of a field. Inside quotes a doubled quote stands for one, and line ends
and delimiters are text; after the closing quote only a delimiter or a line end may follow. A line ends with LF, CRLF or
a lone CR. Text that follows other rules is not guessed at: it is rejected line by line.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.errors import SourceError

LINE_END = rb"(?:\r\n|\n|\r)"
RECORDS_PER_MATCH = 500
"""A repeated group keeps a mark per repetition; this bounds what one match needs in memory."""

_LINE = re.compile(rb"[^\r\n]*+" + LINE_END)
_FILLED_LINE = re.compile(rb"[^\r\n]++" + LINE_END)


@dataclass(frozen=True)
class Grammar:
    """Compiled patterns of one dialect; `quote` is None when quoting is off."""

    delimiter: str
    quote: str | None
    record: re.Pattern[bytes]
    filled_record: re.Pattern[bytes]
    some_records: re.Pattern[bytes]
    unfinished: re.Pattern[bytes]
    open_quote: re.Pattern[bytes]
    only_records: str

    def records_end(self, data: bytes, start: int, stop: int) -> int:
        """Return the offset after the last whole record of `data[start:stop]`, which begins with a record.

        Equal to `start` when no record is whole; before `stop` also when the next record is malformed.
        """
        if not self._has_quotes(data, start, stop):
            return max(data.rfind(b"\n", start, stop), data.rfind(b"\r", start, stop), start - 1) + 1
        end = self._likely_end(data, start, stop)
        if not self._is_only_records(data, start, end):
            end = start
        return self.next_records_end(data, end, stop)

    def next_records_end(self, data: bytes, start: int, stop: int) -> int:
        """Return the same as `records_end`, slower, but looking no further than where the records end."""
        end = start
        while (match := self.some_records.match(data, end, stop)) and match.end() > end:
            end = match.end()
        return end

    def record_spans(self, data: bytes, start: int, stop: int) -> list[tuple[int, int]]:
        """Return the offsets (line end included) of every record of a text that holds nothing else; blank lines are none."""
        pattern = self.filled_record if self._has_quotes(data, start, stop) else _FILLED_LINE
        return list(map(re.Match.span, pattern.finditer(data, start, stop)))

    def _has_quotes(self, data: bytes, start: int, stop: int) -> bool:
        return self.quote is not None and data.find(self.quote.encode(), start, stop) >= 0

    def _likely_end(self, data: bytes, start: int, stop: int) -> int:
        """Return the last line end with an even number of quotes before it: right for all but malformed text."""
        quote = (self.quote or "").encode()
        end = stop
        is_open = data.count(quote, start, stop) % 2 == 1
        while (line_end := data.rfind(b"\n", start, end)) >= 0:
            is_open ^= data.count(quote, line_end, end) % 2 == 1
            if not is_open:
                return line_end + 1
            end = line_end
        return start

    def _is_only_records(self, data: bytes, start: int, stop: int) -> bool:
        # RE2 walks the text several times faster than `re`, but cannot say where it failed.
        if start == stop:
            return True
        # Not pa.array() of a memoryview: Arrow never lets go of the bytes behind it.
        offsets = pa.array([start, stop], pa.int32()).buffers()[1]
        text = pa.Array.from_buffers(pa.binary(), 1, [None, offsets, pa.py_buffer(data)])
        return bool(pc.match_substring_regex(text, self.only_records)[0].as_py())


def line_end(data: bytes, start: int, stop: int) -> int | None:
    """Return the offset after the physical line that begins at `start`; None when it does not end before `stop`."""
    match = _LINE.match(data, start, stop)
    return match.end() if match else None


def count_lines(data: bytes, start: int, stop: int) -> int:
    """Return the number of line ends in `data[start:stop]`."""
    count = data.count(b"\n", start, stop)
    if data.find(b"\r", start, stop) >= 0:
        count += data.count(b"\r", start, stop) - data.count(b"\r\n", start, stop)
    return count


@lru_cache(maxsize=32)
def grammar(delimiter: str, quote_char: str) -> Grammar:
    """Return the grammar of a dialect; an empty `quote_char` switches quoting off. Raises SourceError on bad settings."""
    _require_one_byte("delimiter", delimiter)
    if quote_char:
        _require_one_byte("quote_char", quote_char)
    if delimiter == quote_char:
        message = f"delimiter and quote_char are both {delimiter!r}"
        raise SourceError(message, hint="Set one of them to another character, or quote_char to '' for none")
    return _quoting(delimiter, quote_char) if quote_char else _plain(delimiter)


def lines() -> Grammar:
    """Return the grammar of text whose every line is a record."""
    return _plain("")


def _plain(delimiter: str) -> Grammar:
    """Without quoting every line is a record."""
    never = re.compile(rb"(?!)")
    unfinished = re.compile(rb"[^\r\n]*+\Z")
    return Grammar(delimiter, None, _LINE, _FILLED_LINE, _LINE, unfinished, never, "")


def _quoting(delimiter: str, quote: str) -> Grammar:
    d, q = f"\\x{ord(delimiter):02x}", f"\\x{ord(quote):02x}"
    inside = f"[^{q}]*+(?:{q}{q}[^{q}]*+)*+"
    plain = rf"[^{q}{d}\r\n][^{d}\r\n]*+"
    field = rf"(?:{q}{inside}{q}(?=[{d}\r\n])|{plain})?+"
    record = f"{field}(?:{d}{field})*+{LINE_END.decode()}"
    return Grammar(
        delimiter=delimiter,
        quote=quote,
        record=re.compile(record.encode()),
        filled_record=re.compile(rf"(?=[^\r\n]){record}".encode()),
        some_records=re.compile(f"(?:{record}){{0,{RECORDS_PER_MATCH}}}+".encode()),
        unfinished=re.compile(rf"(?:{field}{d})*+(?:{q}{inside}{q}?+|{plain})?+\Z".encode()),
        open_quote=re.compile(rf"(?:{field}{d})*+{q}{inside}\Z".encode()),
        only_records=rf"\A(?:(?:{q}(?:[^{q}]|{q}{q})*{q}|[^{q}{d}\r\n][^{d}\r\n]*)?(?:{d}|\r?\n|\r))*\z",
    )


def _require_one_byte(name: str, text: str) -> None:
    if len(text) != 1 or not text.isascii() or text in "\r\n\0":
        message = f"{name} is {text!r}, which is not one ASCII character"
        raise SourceError(message, hint=f"Set {name} to a single character such as ',' ';' '|' or a tab")
