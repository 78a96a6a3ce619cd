"""A block of delimited text as a batch of text columns; rows of another width become rejects."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa
from pyarrow import csv

from dativo_core.flow import REJECT_SCHEMA, Batch
from dativo_core.sources.csv_blocks import Block, Flaw


@dataclass(frozen=True)
class Layout:
    """What every block of a file has in common: header names, the columns wanted of them, and the texts that mean null."""

    file: str
    header: tuple[str, ...]
    wanted: tuple[str, ...]
    null_values: tuple[str, ...]

    @property
    def dropped(self) -> tuple[str, ...]:
        """The header's columns nobody wants."""
        return tuple(name for name in self.header if name not in self.wanted)


class BlockPlaces:
    """Where the rows of a block stand; worked out when it is asked for."""

    def __init__(self, file: str, block: Block, ragged: frozenset[int]) -> None:
        self._file = file
        self._block = block
        self._ragged = ragged

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
        return [span for number, span in enumerate(self._block.records) if number not in self._ragged]


def parse_block(block: Block, layout: Layout, size_bytes: int) -> Batch:
    """Return the rows of a block as text and its flaws as rejects; `size_bytes` is what was read of the file for it."""
    ragged: dict[int, int] = {}

    def note_ragged(row: csv.InvalidRow) -> str:
        ragged[row.number - 1] = row.actual_columns
        return "skip"

    text = block.sound_text
    records = _parse(text, block, layout, note_ragged) if text else _no_rows(layout)
    flaws = (*block.flaws, *_ragged_flaws(block, ragged, len(layout.header)))
    return Batch(
        records=records,
        rejects=_rejects(block, flaws, layout.file),
        places=BlockPlaces(layout.file, block, frozenset(ragged)),
        size_bytes=size_bytes,
        dropped_columns=layout.dropped,
    )


def _parse(text: bytes, block: Block, layout: Layout, on_ragged: object) -> pa.RecordBatch:
    quote = block.grammar.quote
    table = csv.read_csv(
        pa.BufferReader(text),
        read_options=csv.ReadOptions(column_names=layout.header, use_threads=False, block_size=len(text) + 1),
        parse_options=csv.ParseOptions(
            delimiter=block.grammar.delimiter,
            quote_char=quote or False,
            newlines_in_values=quote is not None,
            invalid_row_handler=on_ragged,
        ),
        # The block is known to be UTF-8.
        convert_options=csv.ConvertOptions(
            check_utf8=False,
            include_columns=layout.wanted,
            column_types={name: pa.string() for name in layout.wanted},
            null_values=layout.null_values,
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    batches = table.combine_chunks().to_batches()
    return batches[0] if batches else _no_rows(layout)


def _no_rows(layout: Layout) -> pa.RecordBatch:
    schema = pa.schema([(name, pa.string()) for name in layout.wanted])
    return pa.RecordBatch.from_pylist([], schema=schema)


def _ragged_flaws(block: Block, ragged: dict[int, int], width: int) -> list[Flaw]:
    return [
        Flaw(*block.records[number], "row", f"has {_fields(count)}, the header has {width}")
        for number, count in ragged.items()
    ]


def _fields(count: int) -> str:
    return "1 field" if count == 1 else f"{count} fields"


def _rejects(block: Block, flaws: Sequence[Flaw], file: str) -> pa.RecordBatch:
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
