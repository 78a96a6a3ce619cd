"""A block of delimited text as a batch of text columns; rows of another width become rejects, or are filled up."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from dativo_core.flow import Batch
from dativo_core.sources.block_rows import BlockPlaces, reject_flaws
from dativo_core.sources.csv_blocks import Block, Flaw
from dativo_core.sources.csv_dialect import Dialect
from dativo_core.sources.csv_rewrite import Marks, rewriting


@dataclass(frozen=True)
class Layout:
    """What every block of a file has in common.

    Its column names and who named them, the columns wanted of them, the texts that mean null, and whether fields missing
    at a row's end are null too.
    """

    file: str
    names: tuple[str, ...]
    named_by: str
    wanted: tuple[str, ...]
    null_values: tuple[str, ...]
    pads: bool = False
    names_line: int | None = None

    @property
    def dropped(self) -> tuple[str, ...]:
        """The columns nobody wants."""
        return tuple(name for name in self.names if name not in self.wanted)


def parse_block(block: Block, size_bytes: int, layout: Layout) -> Batch:
    """Return the rows of a block as text and its flaws as rejects; `size_bytes` is what was read of the file for it."""
    ragged: dict[int, int] = {}

    def note_ragged(row: csv.InvalidRow) -> str:
        ragged[row.number - 1] = row.actual_columns
        return "skip"

    records = _parse(block.sound_parts, layout.names, block.dialect, layout, note_ragged)
    if layout.pads and ragged:
        records, ragged = _filled_up(records, ragged, block, layout)
    flaws = (*block.flaws, *_ragged_flaws(block, ragged, layout))
    return Batch(
        records=records,
        rejects=reject_flaws(block, flaws, layout.file),
        places=BlockPlaces(layout.file, block, frozenset(ragged)),
        size_bytes=size_bytes,
        dropped_columns=layout.dropped,
        names_line=layout.names_line,
    )


def _parse(
    parts: Sequence[bytes],
    names: tuple[str, ...],
    dialect: Dialect,
    layout: Layout,
    on_ragged: Callable[[csv.InvalidRow], str] | None = None,
) -> pa.RecordBatch:
    """Return the wanted columns of whole records, given in pieces; a column that is not among `names` is null."""
    text, rewrite = b"".join(parts), rewriting(dialect)
    marks: Marks = []
    if rewrite.is_needed(text):
        text = rewrite.rewrite(parts)
        marks = rewrite.marks_in(text)
    if not text:
        return _no_rows(layout)
    table = csv.read_csv(
        pa.BufferReader(text),
        read_options=csv.ReadOptions(column_names=names, use_threads=False, block_size=len(text) + 1),
        parse_options=csv.ParseOptions(
            delimiter=rewrite.delimiter.decode(),
            quote_char=dialect.quote.decode() if dialect.quote else False,
            newlines_in_values=dialect.quote is not None,
            invalid_row_handler=on_ragged,
        ),
        # The block is known to be UTF-8.
        convert_options=csv.ConvertOptions(
            check_utf8=False,
            include_columns=layout.wanted,
            include_missing_columns=True,
            column_types={name: pa.string() for name in layout.wanted},
            null_values=[rewrite.field(value.encode()) for value in layout.null_values],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    batches = table.combine_chunks().to_batches()
    records = batches[0] if batches else _no_rows(layout)
    return _restored(records, marks)


def _restored(records: pa.RecordBatch, marks: Marks) -> pa.RecordBatch:
    """Return text columns with the text that marks stand for."""
    columns = records.columns
    for mark, text in marks:
        columns = [pc.replace_substring(column, pattern=mark, replacement=text) for column in columns]
    return pa.RecordBatch.from_arrays(columns, schema=records.schema)


def _no_rows(layout: Layout) -> pa.RecordBatch:
    schema = pa.schema([(name, pa.string()) for name in layout.wanted])
    return pa.RecordBatch.from_pylist([], schema=schema)


def _filled_up(
    records: pa.RecordBatch, ragged: dict[int, int], block: Block, layout: Layout
) -> tuple[pa.RecordBatch, dict[int, int]]:
    """Return the rows with those that lack fields at their end in place, and the ragged ones that are left."""
    by_count: dict[int, list[int]] = defaultdict(list)
    for number, count in ragged.items():
        by_count[count].append(number)
    left = {number: count for number, count in ragged.items() if count > len(layout.names)}
    numbers = [number for number in range(len(block.records)) if number not in ragged]
    found = [records]
    for count, short in by_count.items():
        if count < len(layout.names):
            numbers += short
            parts = [block.data[slice(*block.records[number])] for number in short]
            found.append(_parse(parts, layout.names[:count], block.dialect, layout))
    order = pc.sort_indices(pa.array(numbers, pa.int64()))
    joined = pa.Table.from_batches(found).combine_chunks().take(order).combine_chunks().to_batches()
    return (joined[0] if joined else records), left


def _ragged_flaws(block: Block, ragged: dict[int, int], layout: Layout) -> list[Flaw]:
    width = len(layout.names)
    return [
        Flaw(*block.records[number], "row", f"has {_fields(count)}, {layout.named_by} has {width}")
        for number, count in ragged.items()
    ]


def _fields(count: int) -> str:
    return "1 field" if count == 1 else f"{count} fields"
