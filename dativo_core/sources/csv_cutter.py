"""Delimited text cut into blocks that begin and end with a record; what is no record is marked, never swallowed."""

import re
from collections.abc import Callable, Iterator, Sequence

from dativo_core.sources.csv_blocks import RAW_BYTES, Block, Flaw
from dativo_core.sources.csv_grammar import Grammar


class BlockReader:
    """Cuts a stream of UTF-8 bytes at record ends, holding about two blocks in memory.

    `read(size)` returns up to `size` bytes, none only at the end. `position` and `line` tell where in the stream the next
    block begins: bytes before it, and its 1-based physical line. `dialect` is the grammar's.
    """

    def __init__(
        self,
        read: Callable[[int], bytes],
        grammar: Grammar,
        block_size_bytes: int,
        max_record_bytes: int,
        *,
        encoding: str = "utf-8",
        first_line: int = 1,
    ) -> None:
        self._read = read
        self._grammar = grammar
        self.dialect = grammar.dialect
        self._encoding = encoding
        self._max = max_record_bytes
        # Two steps fit into one record's limit, so only a record that is nearly too long needs a closer look.
        self._step = max(min(block_size_bytes, max_record_bytes // 2), 1)
        # Of what is skipped, enough is kept to see a separator whole, and what it overlaps.
        self._kept = 2 * max(map(len, (*self.dialect.separators, *self.dialect.line_ends)))
        self._pending = self._tail = b""
        self._at_end = False
        self.position = 0
        self.line = first_line

    def skip_lines(self, count: int) -> int:
        """Take up to `count` physical lines off the stream, of any length, and return how many there were."""
        for number in range(count):
            if not self._pending and not self._at_end:
                self._fill()
            if not self._pending:
                return number
            self._advance(self._read_to(self._grammar.line)[1])
        return count

    def first_record(self) -> tuple[int, bytes | None]:
        """Take the first record off the stream; its line, and the record without its end or None when none ends.

        Blank lines and comments before it go with it.
        """
        line, end, record = self._look_at_first()
        self._advance(end)
        return line, record

    def peek_record(self) -> tuple[int, bytes | None]:
        """Return what `first_record` would, and leave it in the stream."""
        line, _, record = self._look_at_first()
        return line, record

    def blocks(self) -> Iterator[Block]:
        """Yield the rest of the stream; every byte is part of exactly one block."""
        while True:
            end, flaws = self._scan()
            if end:
                block = self._block(self._pending[:end], self.line, flaws)
                self._advance(end, flaws)
                yield block
            elif self._at_end:
                return
            elif self._settled() > self._max:
                yield self._skip_record()
            if not self._at_end:
                self._fill()

    def _block(self, data: bytes, line: int, flaws: list[Flaw]) -> Block:
        return Block(data, line, tuple(flaws), self._grammar, self._encoding)

    def _look_at_first(self) -> tuple[int, int, bytes | None]:
        """Drop what is no record, and return the line of the first one, where it ends in what is pending, and itself."""
        while True:
            self._advance(self._no_records_end(), ())
            match = self._grammar.token.match(self._pending)
            if match and match.end() <= self._settled():
                return self.line, match.end(), self.dialect.without_end(match.group())
            is_too_long = len(self._pending) > self._max
            if is_too_long and self._is_comment(0):
                self._advance(self._read_to(self._grammar.line)[1])
            elif is_too_long or self._at_end:
                return self.line, 0, None
            else:
                self._fill()

    def _no_records_end(self) -> int:
        """Return how far what is pending begins with blank lines and comments."""
        end, settled = 0, self._settled()
        while (
            (match := self._grammar.token.match(self._pending, end)) and not match.lastindex and match.end() <= settled
        ):
            end = match.end()
        return end

    def _scan(self) -> tuple[int, list[Flaw]]:
        """Return how far the pending bytes are records and flaws."""
        settled, end = self._settled(), 0
        flaws: list[Flaw] = []
        while (end := self._records_end(end, settled)) < len(self._pending):
            flaw = self._flaw(end, settled)
            if flaw is None:
                break
            flaws.append(flaw)
            end = flaw.stop
        return end, flaws

    def _records_end(self, start: int, settled: int) -> int:
        if settled - start <= self._max:
            # Behind a flaw, a look at all that is pending would make many flaws cost quadratic time.
            find_end = self._grammar.next_records_end if start else self._grammar.records_end
            return find_end(self._pending, start, settled)
        end = start
        while match := self._grammar.one_token.match(self._pending, end):
            if match.end() > settled or (match.end() - end > self._max and not self._is_comment(end)):
                break
            end = match.end()
        return end

    def _flaw(self, start: int, settled: int) -> Flaw | None:
        """Return what is wrong with the record at `start`, which does not end; None when more bytes have to be seen."""
        if not self._at_end and settled - start <= self._max and self._may_end(start):
            return None
        match = self._grammar.stretch.match(self._pending, start)
        if match is None or match.end() > settled:
            ends_here = self._at_end and start < len(self._pending)
            reason = "the file ends inside a record terminator"
            return Flaw(start, len(self._pending), "row", reason) if ends_here else None
        return Flaw(start, match.end(), "row", self._why_broken(match.group()))

    def _may_end(self, start: int) -> bool:
        """Whether more bytes may make a record of what begins at `start`, be it by telling what separator ends it."""
        if self._grammar.one_token.match(self._pending, start):
            return True
        seen = len(self._pending)
        stops = (seen, *(seen - length for length in self.dialect.half_separators(self._pending)))
        return any(self._grammar.unfinished.match(self._pending, start, stop) for stop in stops)

    def _why_broken(self, stretch: bytes) -> str:
        if len(stretch) > self._max:
            return f"longer than {self._max} bytes"
        text = self.dialect.without_end(stretch)
        if self._grammar.open_quote.match(text):
            return "quote opened here is never closed"
        if self._grammar.open_escape.match(text):
            return "its end is escaped, and no other follows"
        if self._grammar.unfinished.match(stretch):
            return "no record terminator follows it"
        return "text follows the closing quote of a field"

    def _skip_record(self) -> Block:
        """Read past a record or a comment that is longer than a record may be, keeping only a record's beginning."""
        line = self.line
        if self._is_comment(0):
            self._advance(self._read_to(self._grammar.line)[1])
            return self._block(b"", line, [])
        head, end = self._read_to(self._grammar.stretch)
        self._advance(end)
        data = head + self.dialect.end
        return self._block(data, line, [Flaw(0, len(data), "row", f"longer than {self._max} bytes")])

    def _read_to(self, pattern: re.Pattern[bytes]) -> tuple[bytes, int]:
        """Drop pending bytes until `pattern` matches the rest; return the first 4 KiB of it all and the match's end."""
        head = b""
        while True:
            match, settled = pattern.match(self._pending), self._settled()
            end = match.end() if match else 0
            if self._at_end or 0 < end <= settled:
                end = end or len(self._pending)
                return (head + self.dialect.without_end(self._pending[:end]))[:RAW_BYTES], end
            drop = max(len(self._pending) - self._kept, 0)
            # A CRLF that is cut in two would count as two lines.
            drop -= self._pending.endswith(b"\r", 0, drop)
            head = (head + self._pending[:drop])[:RAW_BYTES]
            self._advance(drop)
            self._fill()

    def _is_comment(self, offset: int) -> bool:
        comment = self.dialect.comment
        return comment is not None and self._pending.startswith(comment, offset)

    def _settled(self) -> int:
        return len(self._pending) if self._at_end else self.dialect.settled(self._pending)

    def _advance(self, end: int, flaws: Sequence[Flaw] | None = None) -> None:
        """Go on behind whole records and `flaws`; without these, behind a single record or line."""
        broken = [(0, end)] if flaws is None else [(flaw.start, flaw.stop) for flaw in flaws]
        self.line += self._grammar.count_lines(self._pending, 0, end, broken)
        self.position += end
        self._pending = self._pending[end:]

    def _fill(self) -> None:
        # Doubling what is pending keeps the work linear when a record is longer than a block.
        chunk = self._read(max(self._step, len(self._pending)))
        self._at_end = not chunk
        self._pending += chunk
        length = len(self.dialect.end)
        self._tail = (self._tail + chunk[-length:])[-length:]
        if self._at_end and self._tail:
            self._pending += self.dialect.missing_end(self._tail)
