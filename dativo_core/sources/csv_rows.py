"""A block of delimited text as a batch of text columns; rows of another width become rejects."""

from dataclasses import dataclass

import pyarrow as pa
from pyarrow import csv

from dativo_core.flow import Batch
from dativo_core.sources.block_rows import BlockPlaces, reject_flaws
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


def parse_block(block: Block, size_bytes: int, layout: Layout) -> Batch:
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
        rejects=reject_flaws(block, flaws, layout.file),
        places=BlockPlaces(layout.file, block, frozenset(ragged)),
        size_bytes=size_bytes,
        dropped_columns=layout.dropped,
        names_line=1,
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
