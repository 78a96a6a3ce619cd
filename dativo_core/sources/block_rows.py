"""Blocks of text as batches: where their rows stand, and the rejects of what is no row."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

import pyarrow as pa

from dativo_core.failpoints import fp
from dativo_core.flow import REJECT_SCHEMA, Batch
from dativo_core.sources.byte_stream import ByteStream
from dativo_core.sources.csv_blocks import Block, Flaw
from dativo_core.sources.csv_cutter import BlockReader
from dativo_core.stages import drawn_ahead


class BlockPlaces:
    """Where the rows of a block stand; worked out when it is asked for. `no_rows` are the records that became none."""

    def __init__(self, file: str, block: Block, no_rows: frozenset[int]) -> None:
        self._file = file
        self._block = block
        self._no_rows = no_rows

    @property
    def file(self) -> str:
        """The source file, relative to the workspace root."""
        return self._file

    def locate(self, rows: Sequence[int]) -> tuple[list[int], list[str]]:
        """Return the 1-based line and the raw text of each row."""
        spans = [self._spans[row] for row in rows]
        starts = sorted({start for start, _ in spans})
        lines = dict(zip(starts, self._block.lines_at(starts), strict=True))
        return [lines[start] for start, _ in spans], [self._block.raw(*span) for span in spans]

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        return [span for number, span in enumerate(self._block.records) if number not in self._no_rows]


def reject_flaws(block: Block, flaws: Sequence[Flaw], file: str) -> pa.RecordBatch:
    """Return a reject (`REJECT_SCHEMA`) for each flaw, in the order they stand in the block."""
    ordered = sorted(flaws, key=lambda flaw: flaw.start)
    count = len(ordered)
    columns = [
        [file] * count,
        block.lines_at([flaw.start for flaw in ordered]),
        [None] * count,
        [flaw.rule for flaw in ordered],
        [flaw.reason for flaw in ordered],
        [block.raw(flaw.start, flaw.stop) for flaw in ordered],
    ]
    arrays = [pa.array(values, field.type) for values, field in zip(columns, REJECT_SCHEMA, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=REJECT_SCHEMA)


def read_batches(stream: ByteStream, reader: BlockReader, parse: Callable[[Block, int], Batch]) -> Iterator[Batch]:
    """Yield the rest of a stream; `parse` makes a batch of a block, and is told what was read of the file for it.

    The next blocks are cut while one is parsed.
    """
    with drawn_ahead(_blocks(stream, reader)) as blocks:
        for block, size_bytes in blocks:
            batch = parse(block, size_bytes)
            fp("page.after")
            yield batch


def _blocks(stream: ByteStream, reader: BlockReader) -> Iterator[tuple[Block, int]]:
    blocks, seen = reader.blocks(), stream.start
    while True:
        fp("page.before")
        block: Block | None = next(blocks, None)
        if block is None:
            return
        position = stream.raw.position
        yield block, position - seen
        seen = position
