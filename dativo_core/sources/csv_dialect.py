"""What separates fields and records of a delimited file, as bytes of UTF-8, and how the separators get in each other's way.

Where a separator begins, the longest that does is meant; text is read from its begin to its end, so that a separator
never begins inside an earlier one.
"""

from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.errors import SourceError
from dativo_core.model.csv_dialect import option_problems
from dativo_core.model.source_options import CsvOptions

FEW_BYTES = 64 * 1024

ANY_LINE_END = (b"\r\n", b"\n", b"\r")


@dataclass(frozen=True)
class Dialect:
    """Separators and signs of one kind of file; `terminator` None means any of LF, CRLF and CR, and None no such sign."""

    delimiter: bytes = b","
    terminator: bytes | None = None
    quote: bytes | None = b'"'
    escape: bytes | None = None
    comment: bytes | None = None

    @cached_property
    def terminators(self) -> tuple[bytes, ...]:
        """Everything that ends a record, longest first."""
        return ANY_LINE_END if self.terminator is None else (self.terminator,)

    @cached_property
    def separators(self) -> tuple[bytes, ...]:
        """Everything that ends a field, longest first."""
        return tuple(sorted((*self.terminators, self.delimiter), key=len, reverse=True))

    @cached_property
    def line_ends(self) -> tuple[bytes, ...]:
        """What ends a line: LF, CRLF and CR, unless records end with something without them, or with half a CRLF."""
        own = self.terminator
        has_line_end = own is None or b"\n" in own or (b"\r" in own and not own.endswith(b"\r"))
        return (own,) if own is not None and not has_line_end else ANY_LINE_END

    @property
    def end(self) -> bytes:
        """What ends a record where there is a choice."""
        return b"\n" if self.terminator is None else self.terminator

    def missing_end(self, data: bytes) -> bytes:
        """Return what a last record that ends with the file lacks of its terminator."""
        seen = next(length for length in range(len(self.end), -1, -1) if data.endswith(self.end[:length]))
        return self.end[seen:]

    @property
    def is_simple(self) -> bool:
        """Whether the separators are single bytes and line ends, so that a common CSV parser can split the text."""
        return self.terminator is None and len(self.delimiter) == 1

    @cached_property
    def is_separable(self) -> bool:
        """Whether delimiter and terminator never overlap, so that replacing one, then the other, finds them all."""
        return not any(
            _overlap(one, other)
            for one, other in ((self.delimiter, self.end), (self.end, self.delimiter))
            if self.terminator is not None
        )

    @cached_property
    def ends_at_last(self) -> bool:
        """Whether a terminator found by searching backwards is always one, in text without quotes and escapes."""
        if self.terminator is None:
            return True
        return (
            self.is_separable
            and not _overlap(self.terminator, self.terminator)
            and not self.delimiter.startswith(self.terminator)
        )

    @cached_property
    def lines_add_up(self) -> bool:
        """Whether line ends are the same ones wherever counting begins, as long as it begins behind one."""
        return self.line_ends is ANY_LINE_END or not _overlap(self.line_ends[0], self.line_ends[0])

    def settled(self, data: bytes) -> int:
        """Return how far separators of `data` are certain whatever bytes follow it."""
        half_line_end = self.line_ends is ANY_LINE_END and data.endswith(b"\r")
        reach = 0 if self.ends_at_last else max(map(len, self.separators)) - 1
        return max(len(data) - max(half_line_end, reach), 0)

    def half_separators(self, data: bytes) -> list[int]:
        """Return the lengths of all ends of `data` that may be the beginning of a separator."""
        longest = max(map(len, self.separators))
        tails = range(1, min(longest - 1, len(data)) + 1)
        return [length for length in tails if self._begins_longer(data[-length:])]

    def _begins_longer(self, tail: bytes) -> bool:
        return any(len(each) > len(tail) and each.startswith(tail) for each in self.separators)

    def count_lines(self, data: bytes, start: int, stop: int) -> int:
        """Return the number of line ends in `data[start:stop]`."""
        if self.line_ends is not ANY_LINE_END:
            return data.count(self.line_ends[0], start, stop)
        count = _count_byte(data, b"\n", start, stop)
        if data.find(b"\r", start, stop) >= 0:
            count += data.count(b"\r", start, stop) - data.count(b"\r\n", start, stop)
        return count

    def without_end(self, record: bytes) -> bytes:
        """Return a record without what ends it."""
        end = next((each for each in self.terminators if record.endswith(each)), b"")
        return record[: len(record) - len(end)]


def dialect_of(options: CsvOptions) -> Dialect:
    """Return the dialect that options describe. Raises SourceError when they contradict each other."""
    for problem in option_problems(options):
        message = f"engine option {problem.key}: {problem.message}"
        raise SourceError(message, hint=problem.hint.removesuffix("."))
    terminator = options.record_terminator
    return Dialect(
        delimiter=options.delimiter.encode(),
        terminator=None if terminator is None else terminator.encode(),
        quote=options.quote_char.encode() or None,
        escape=options.escape_char.encode() or None,
        comment=options.comment.encode() or None,
    )


def _count_byte(data: bytes, byte: bytes, start: int, stop: int) -> int:
    """Return how often a byte is in `data[start:stop]`; Arrow is faster for much text, and lets other threads run."""
    if stop - start < FEW_BYTES:
        return data.count(byte, start, stop)
    octets = pa.Array.from_buffers(pa.uint8(), stop - start, [None, pa.py_buffer(data)], offset=start)
    return int(pc.equal(octets, pa.scalar(byte[0], pa.uint8())).true_count)


def _overlap(one: bytes, other: bytes) -> bool:
    """Whether `other` can begin inside `one`, behind its first byte."""
    return any(_agree(one[shift:], other) for shift in range(1, len(one)))


def _agree(one: bytes, other: bytes) -> bool:
    length = min(len(one), len(other))
    return one[:length] == other[:length]
