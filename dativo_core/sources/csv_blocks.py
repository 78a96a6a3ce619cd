"""Delimited text cut into blocks that begin and end with a record; what is no record is marked, never swallowed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import pyarrow as pa

from dativo_core.sources.csv_grammar import Grammar, count_lines, line_end

RAW_BYTES = 4096
"""How much of a rejected row is kept."""


@dataclass(frozen=True)
class Flaw:
    """A stretch of a block that is no row: offsets (line end included), the rule it breaks and why."""

    start: int
    stop: int
    rule: str
    reason: str


@dataclass(frozen=True)
class Block:
    """Whole records and flaws: UTF-8 bytes ending with a line end, the 1-based physical line they begin at.

    Outside the flaws, which are in order, there are only whole records.
    """

    data: bytes
    first_line: int
    flaws: tuple[Flaw, ...]
    grammar: Grammar

    @property
    def sound_parts(self) -> list[tuple[int, int]]:
        """The offsets between the flaws."""
        starts = [0, *(flaw.stop for flaw in self.flaws)]
        stops = [*(flaw.start for flaw in self.flaws), len(self.data)]
        return [(start, stop) for start, stop in zip(starts, stops, strict=True) if start < stop]

    @property
    def sound_text(self) -> bytes:
        """The block without its flaws."""
        if not self.flaws:
            return self.data
        return b"".join(self.data[start:stop] for start, stop in self.sound_parts)

    @cached_property
    def records(self) -> list[tuple[int, int]]:
        """The offsets of every record in order, without flaws and blank lines."""
        return [span for part in self.sound_parts for span in self.grammar.record_spans(self.data, *part)]

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
                yield with_unreadable_records(block)
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


def with_unreadable_records(block: Block) -> Block:
    """Return the block with a flaw for every record that is not UTF-8 or holds a NUL byte."""
    if b"\0" not in block.data and (block.data.isascii() or _is_utf8(block.data)):
        return block
    found = [_unreadable(block.data, span) for span in block.records]
    flaws = sorted((*block.flaws, *filter(None, found)), key=lambda flaw: flaw.start)
    return replace(block, flaws=tuple(flaws))


def _is_utf8(data: bytes) -> bool:
    try:
        pa.array([data], pa.binary()).cast(pa.string())
    except pa.ArrowInvalid:
        return False
    return True


def _unreadable(data: bytes, span: tuple[int, int]) -> Flaw | None:
    text = data[slice(*span)]
    if b"\0" in text:
        return Flaw(*span, "encoding", "holds a NUL byte")
    try:
        text.decode()
    except UnicodeDecodeError as error:
        byte = text[error.start]
        return Flaw(*span, "encoding", f"byte 0x{byte:02x} at position {error.start + 1} of the row is not valid UTF-8")
    return None
