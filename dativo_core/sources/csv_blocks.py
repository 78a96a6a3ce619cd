"""Delimited text cut into blocks that begin and end with a record; what is no record is marked, never swallowed."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

from dativo_core.sources.csv_grammar import Grammar, count_lines, line_end

RAW_BYTES = 4096
"""How much of a rejected row is kept."""

NUL = re.compile(rb"\0")
ESCAPED = re.compile("[\udc80-\udcff]")
"""What `surrogateescape` makes of bytes that are part of no character."""


@dataclass(frozen=True)
class Flaw:
    """A stretch of a block that is no row: offsets (line end included), the rule it breaks and why."""

    start: int
    stop: int
    rule: str
    reason: str


@dataclass(frozen=True)
class Block:
    """Whole records and broken lines: UTF-8 bytes ending with a line end, the 1-based physical line they begin at.

    Outside the broken lines, which are in order, there are only whole records.
    """

    data: bytes
    first_line: int
    broken_lines: tuple[Flaw, ...]
    grammar: Grammar

    @cached_property
    def flaws(self) -> tuple[Flaw, ...]:
        """Everything that is no row, in order: broken lines, and records that are not UTF-8 or hold a NUL byte."""
        unreadable = self._unreadable()
        return tuple(sorted((*self.broken_lines, *unreadable), key=_start)) if unreadable else self.broken_lines

    @property
    def sound_text(self) -> bytes:
        """The block without its flaws."""
        if not self.flaws:
            return self.data
        return b"".join(self.data[start:stop] for start, stop in self._between(self.flaws))

    @cached_property
    def records(self) -> list[tuple[int, int]]:
        """The offsets of every record in order, without flaws and blank lines."""
        unreadable = {flaw.start for flaw in self.flaws}
        return [span for span in self._spans if span[0] not in unreadable] if unreadable else self._spans

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        parts = self._between(self.broken_lines)
        return [span for part in parts for span in self.grammar.record_spans(self.data, *part)]

    def _between(self, flaws: tuple[Flaw, ...]) -> list[tuple[int, int]]:
        starts = [0, *(flaw.stop for flaw in flaws)]
        stops = [*(flaw.start for flaw in flaws), len(self.data)]
        return [(start, stop) for start, stop in zip(starts, stops, strict=True) if start < stop]

    def _unreadable(self) -> list[Flaw]:
        offsets = unreadable_bytes(self.data)
        if not offsets:
            return []
        starts = [start for start, _ in self._spans]
        found: dict[int, Flaw] = {}
        for offset in offsets:
            number = bisect_right(starts, offset) - 1
            start, stop = self._spans[number] if number >= 0 else (0, 0)
            if offset < stop:
                found.setdefault(
                    start, Flaw(start, stop, "encoding", _why_unreadable(self.data[offset], offset - start))
                )
        return list(found.values())

    def lines_at(self, offsets: list[int]) -> list[int]:
        """Return the physical line of each offset; offsets ascend."""
        lines, line, seen = [], self.first_line, 0
        for offset in offsets:
            line += count_lines(self.data, seen, offset)
            seen = offset
            lines.append(line)
        return lines

    def raw(self, start: int, stop: int) -> str:
        """Return the text of a stretch without its line end, at most 4 KiB, undecodable bytes replaced."""
        text = self.data[start:stop]
        text = text[:-2] if text.endswith(b"\r\n") else text[:-1]
        return text[:RAW_BYTES].decode(errors="replace")


class BlockReader:
    """Cuts a stream of UTF-8 bytes at record ends, holding about two blocks in memory.

    `read(size)` returns up to `size` bytes, none only at the end.
    """

    def __init__(
        self, read: Callable[[int], bytes], grammar: Grammar, block_size_bytes: int, max_record_bytes: int
    ) -> None:
        self._read = read
        self._grammar = grammar
        self._max = max_record_bytes
        # Two steps fit into one record's limit, so only a record that is nearly too long needs a closer look.
        self._step = max(min(block_size_bytes, max_record_bytes // 2), 1)
        self._pending = b""
        self._line = 1
        self._at_end = False

    def first_record(self) -> bytes | None:
        """Take the first record off the stream, without its line end; None when there is none or it never ends."""
        while True:
            stop = self._usable()
            start = 0
            while start < stop and self._pending[start] in b"\r\n":
                start += 1
            match = self._grammar.record.match(self._pending, start, stop) if start < stop else None
            if match:
                self._advance(match.end())
                return match.group().rstrip(b"\r\n")
            if self._at_end or stop > self._max:
                return None
            self._fill()

    def blocks(self) -> Iterator[Block]:
        """Yield the rest of the stream; every byte is part of exactly one block."""
        while True:
            end, flaws = self._scan()
            if end:
                block = Block(self._pending[:end], self._line, tuple(flaws), self._grammar)
                self._advance(end)
                yield block
            elif self._at_end:
                return
            elif len(self._pending) > self._max:
                yield self._skip_line()
            if not self._at_end:
                self._fill()

    def _scan(self) -> tuple[int, list[Flaw]]:
        """Return how far the pending bytes are records and flaws."""
        stop, end = self._usable(), 0
        flaws: list[Flaw] = []
        while (end := self._records_end(end, stop)) < stop:
            flaw = self._flaw(end, stop)
            if flaw is None:
                break
            flaws.append(flaw)
            end = flaw.stop
        return end, flaws

    def _records_end(self, start: int, stop: int) -> int:
        if stop - start <= self._max:
            # Behind a flaw, a look at all that is pending would make many flaws cost quadratic time.
            find_end = self._grammar.next_records_end if start else self._grammar.records_end
            return find_end(self._pending, start, stop)
        end = start
        while (match := self._grammar.record.match(self._pending, end, stop)) and match.end() - end <= self._max:
            end = match.end()
        return end

    def _flaw(self, start: int, stop: int) -> Flaw | None:
        """Return what is wrong with the line at `start`, where no record ends; None when more bytes have to be seen."""
        can_wait = not self._at_end and stop - start <= self._max
        if can_wait and self._grammar.unfinished.match(self._pending, start, stop):
            return None
        end = line_end(self._pending, start, stop)
        if end is None:
            return None
        if end - start > self._max:
            return Flaw(start, end, "row", f"longer than {self._max} bytes")
        text = self._pending[start:end].rstrip(b"\r\n")
        if self._grammar.open_quote.match(text):
            return Flaw(start, end, "row", "quote opened here is never closed")
        return Flaw(start, end, "row", "text follows the closing quote of a field")

    def _skip_line(self) -> Block:
        """Read past a line longer than a record may be, keeping only its beginning."""
        head = b""
        while (end := line_end(self._pending, 0, self._usable())) is None:
            head = (head + self._pending[:-1])[:RAW_BYTES]
            self._pending = self._pending[-1:]
            self._fill()
        data = (head + self._pending[:end].rstrip(b"\r\n"))[:RAW_BYTES] + b"\n"
        flaw = Flaw(0, len(data), "row", f"longer than {self._max} bytes")
        block = Block(data, self._line, (flaw,), self._grammar)
        self._advance(end)
        return block

    def _usable(self) -> int:
        # A CR at the very end may be half of a CRLF.
        return len(self._pending) - (self._pending.endswith(b"\r") and not self._at_end)

    def _advance(self, end: int) -> None:
        self._line += count_lines(self._pending, 0, end)
        self._pending = self._pending[end:]

    def _fill(self) -> None:
        # Doubling what is pending keeps the work linear when a record is longer than a block.
        chunk = self._read(max(self._step, len(self._pending)))
        self._at_end = not chunk
        self._pending += chunk
        if self._at_end and self._pending and not self._pending.endswith(b"\n"):
            self._pending += b"\n"


def unreadable_bytes(data: bytes) -> list[int]:
    """Return the ascending offsets of bytes that are NUL or part of no UTF-8 character."""
    nul = [match.start() for match in NUL.finditer(data)]
    if data.isascii() or _is_utf8(data):
        return nul
    text = data.decode(errors="surrogateescape")
    undecodable, offset, seen = [], 0, 0
    for match in ESCAPED.finditer(text):
        offset += len(text[seen : match.start()].encode())
        undecodable.append(offset)
        offset, seen = offset + 1, match.end()
    return sorted((*nul, *undecodable))


def _is_utf8(data: bytes) -> bool:
    try:
        pa.array([data], pa.binary()).cast(pa.string())
    except pa.ArrowInvalid:
        return False
    return True


def _why_unreadable(byte: int, index: int) -> str:
    if byte == 0:
        return f"holds a NUL byte at position {index + 1} of the row"
    return f"byte 0x{byte:02x} at position {index + 1} of the row is not valid UTF-8"


def _start(flaw: Flaw) -> int:
    return flaw.start
