"""A block of delimited text: whole records, and stretches that are none, each with its place."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

from dativo_core.sources.csv_dialect import Dialect
from dativo_core.sources.csv_grammar import Grammar

RAW_BYTES = 4096
"""How much of a rejected row is kept."""

NUL = re.compile(rb"\0")
ESCAPED = re.compile("[\udc80-\udcff]")
"""What `surrogateescape` makes of bytes that are part of no character."""


@dataclass(frozen=True)
class Flaw:
    """A stretch of a block that is no row: offsets (record end included), the rule it breaks and why."""

    start: int
    stop: int
    rule: str
    reason: str


@dataclass(frozen=True)
class Block:
    """Whole records, comments and broken stretches: UTF-8 bytes, and the 1-based physical line they begin at.

    Outside the broken stretches, which are in order, there are only whole records and comments. `encoding` is the one the
    file is in.
    """

    data: bytes
    first_line: int
    broken: tuple[Flaw, ...]
    grammar: Grammar
    encoding: str

    @property
    def dialect(self) -> Dialect:
        """The separators and signs of the text."""
        return self.grammar.dialect

    @cached_property
    def flaws(self) -> tuple[Flaw, ...]:
        """Everything that is no row, in order: broken stretches, and records that are no text or hold a NUL byte."""
        unreadable = self._unreadable()
        return tuple(sorted((*self.broken, *unreadable), key=_start)) if unreadable else self.broken

    @property
    def sound_parts(self) -> list[bytes]:
        """The block without its flaws and comments, in the pieces that are left of it."""
        gaps = sorted([*((flaw.start, flaw.stop) for flaw in self.flaws), *self._comments])
        return [self.data[start:stop] for start, stop in self._between(gaps)] if gaps else [self.data]

    @property
    def sound_text(self) -> bytes:
        """The block without its flaws and comments."""
        return b"".join(self.sound_parts)

    @cached_property
    def records(self) -> list[tuple[int, int]]:
        """The offsets of every record in order, without flaws, comments and blank lines."""
        unreadable = {flaw.start for flaw in self.flaws}
        return [span for span in self._spans if span[0] not in unreadable] if unreadable else self._spans

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        return [span for part in self._whole for span in self.grammar.record_spans(self.data, *part)]

    @cached_property
    def _comments(self) -> list[tuple[int, int]]:
        return [span for part in self._whole for span in self.grammar.comment_spans(self.data, *part)]

    @property
    def _whole(self) -> list[tuple[int, int]]:
        return self._between(self._broken_spans)

    @cached_property
    def _broken_spans(self) -> list[tuple[int, int]]:
        return [(flaw.start, flaw.stop) for flaw in self.broken]

    def _between(self, gaps: list[tuple[int, int]]) -> list[tuple[int, int]]:
        starts = [0, *(stop for _, stop in gaps)]
        stops = [*(start for start, _ in gaps), len(self.data)]
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
            if offset < stop and start not in found:
                found[start] = Flaw(start, stop, "encoding", self._why_unreadable(start, offset))
        return list(found.values())

    def _why_unreadable(self, start: int, offset: int) -> str:
        byte = self.data[offset]
        if self.encoding == "utf-8":
            place, name = f"position {offset - start + 1} of the row", "UTF-8"
        else:
            # Other encodings came here as UTF-8; only characters are where they were.
            count = len(self.data[start:offset].decode(errors="surrogateescape"))
            place, name = f"character {count + 1} of the row", self.encoding
        if byte == 0:
            return f"holds a NUL byte at {place}"
        subject = "what is" if self.encoding.startswith(WIDE_ENCODINGS) else f"byte 0x{byte:02x}"
        return f"{subject} at {place} is not valid {name}"

    def lines_at(self, offsets: list[int]) -> list[int]:
        """Return the physical line of each offset; offsets ascend."""
        lines, line, seen = [], self.first_line, 0
        for offset in offsets:
            line += self.grammar.count_lines(self.data, seen, offset, self._broken_spans)
            seen = offset
            lines.append(line)
        return lines

    def raw(self, start: int, stop: int) -> str:
        """Return the text of a record without its end, at most 4 KiB, undecodable bytes replaced."""
        return self.dialect.without_end(self.data[start:stop])[:RAW_BYTES].decode(errors="replace")


WIDE_ENCODINGS = ("utf-16", "utf-32")
"""Encodings whose broken characters are not single bytes."""


def unreadable_bytes(data: bytes) -> list[int]:
    """Return the ascending offsets of bytes that are NUL or part of no UTF-8 character."""
    nul = [match.start() for match in NUL.finditer(data)] if b"\0" in data else []
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


def _start(flaw: Flaw) -> int:
    return flaw.start
