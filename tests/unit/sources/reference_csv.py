"""Delimited text read and written one byte at a time, by the rules as they are documented, however slowly."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dativo_core.model.source_options import CsvOptions

LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass
class Found:
    """What a text holds: rows, the line and raw text of each, and the line and raw text of every reject."""

    rows: list[tuple[str | None, ...]]
    places: list[tuple[int, str]]
    rejects: list[tuple[int, str]]


class ReferenceReader:
    """Reads text without a header in the dialect of `options`, rows of `width` fields."""

    def __init__(self, options: CsvOptions, width: int) -> None:
        self.options = options
        self.width = width
        self.delimiter = options.delimiter.encode()
        own = options.record_terminator
        self.ends = [b"\r\n", b"\n", b"\r"] if own is None else [own.encode()]
        self.separators = sorted([*self.ends, self.delimiter], key=len, reverse=True)
        self.quote, self.escape, self.comment = (
            text.encode() for text in (options.quote_char, options.escape_char, options.comment)
        )

    def read(self, data: bytes) -> Found:
        end = self.ends[0] if self.options.record_terminator is not None else b"\n"
        if data:
            seen = max(length for length in range(len(end) + 1) if data.endswith(end[:length]))
            data += end[seen:]
        found, start, line = Found([], [], []), 0, 1
        while start < len(data):
            if self.comment and data.startswith(self.comment, start):
                stop = self.line_end(data, start)
            else:
                fields, stop = self.record(data, start)
                if fields is None:
                    stop = self.terminator_after(data, start)
                self.take(data[start:stop], fields, line, found)
            line += self.line_ends(data[start:stop])
            start = stop
        return found

    def take(self, record: bytes, fields: list[str | None] | None, line: int, found: Found) -> None:
        end = next((each for each in self.ends if record.endswith(each)), b"")
        raw = record[: len(record) - len(end)]
        if fields is not None and not raw:
            return
        place = (line, raw[:4096].decode(errors="replace"))
        if fields is not None and self.options.ragged == "pad":
            fields += [None] * (self.width - len(fields))
        if fields is None or len(fields) != self.width or not is_text(raw):
            found.rejects.append(place)
        else:
            found.rows.append(tuple(fields))
            found.places.append(place)

    def record(self, data: bytes, start: int) -> tuple[list[str | None] | None, int]:
        fields: list[str | None] = []
        while True:
            value, start = self.field(data, start)
            if start < 0:
                return None, 0
            fields.append(value)
            separator = self.separator_at(data, start)
            start += len(separator)
            if separator in self.ends:
                return fields, start

    def field(self, data: bytes, start: int) -> tuple[str | None, int]:
        """Return a field and where it ends; -1 when it does not."""
        is_quoted = bool(self.quote) and data.startswith(self.quote, start)
        begin, value = start, b""
        start += len(self.quote) if is_quoted else 0
        while start < len(data):
            if self.escape and data.startswith(self.escape, start):
                is_pair = len(self.ends) == 3 and data.startswith(b"\r\n", start + 1)
                taken = data[start + 1 : start + 3 if is_pair else start + 2]
                if not taken:
                    return None, -1
                value, start = value + taken, start + 1 + len(taken)
            elif is_quoted and data.startswith(self.quote * 2, start):
                value, start = value + self.quote, start + 2
            elif is_quoted and data.startswith(self.quote, start):
                return text(value), start + 1 if self.separator_at(data, start + 1) else -1
            elif not is_quoted and self.separator_at(data, start):
                is_null = text(data[begin:start]) in self.options.null_values
                return None if is_null else text(value), start
            else:
                value, start = value + data[start : start + 1], start + 1
        return None, -1

    def separator_at(self, data: bytes, start: int) -> bytes:
        return next((each for each in self.separators if data.startswith(each, start)), b"")

    def terminator_after(self, data: bytes, start: int) -> int:
        for at in range(start, len(data)):
            end = next((each for each in self.ends if data.startswith(each, at)), b"")
            if end:
                return at + len(end)
        return len(data)

    def line_end(self, data: bytes, start: int) -> int:
        if self.has_line_breaks:
            match = LINE_END.search(data, start)
            return match.end() if match else len(data)
        at = data.find(self.ends[0], start)
        return at + len(self.ends[0]) if at >= 0 else len(data)

    def line_ends(self, piece: bytes) -> int:
        return len(LINE_END.findall(piece)) if self.has_line_breaks else piece.count(self.ends[0])

    @property
    def has_line_breaks(self) -> bool:
        return any(b"\n" in end or b"\r" in end[:-1] for end in self.ends)


def written(table: Sequence[Sequence[str]], options: CsvOptions, quotes: str) -> bytes:
    """Return a table as text in the dialect of `options`; `quotes`: `all`, `some` where needed, or `none`."""
    end = options.record_terminator or "\r\n"
    return "".join(options.delimiter.join(_cell(cell, options, quotes) for cell in row) + end for row in table).encode()


def _cell(cell: str, options: CsvOptions, quotes: str) -> str:
    quote, escape = options.quote_char, options.escape_char
    special = set(options.delimiter + (options.record_terminator or "\r\n") + quote + escape + options.comment)
    if escape:
        cell = "".join(escape + char if char in special - {quote} else char for char in cell)
    if quotes == "none" or (quotes == "some" and not special & set(cell)):
        return cell.replace(quote, escape + quote) if escape and quote else cell
    return quote + cell.replace(quote, quote * 2) + quote


def is_text(raw: bytes) -> bool:
    try:
        return "\0" not in raw.decode()
    except UnicodeDecodeError:
        return False


def text(value: bytes) -> str:
    return value.decode(errors="replace")
