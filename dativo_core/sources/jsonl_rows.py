"""A block of JSON lines as a batch: as a whole by Arrow's reader where that is exact, otherwise line by line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from dativo_core.flow import Batch
from dativo_core.sources.base import WantedColumn
from dativo_core.sources.block_rows import BlockPlaces, reject_flaws
from dativo_core.sources.csv_blocks import Block, Flaw
from dativo_core.sources.csv_grammar import count_lines
from dativo_core.sources.json_line import NotARow, cell_text, parse_line
from dativo_core.sources.json_reader import read_lines, readable_type

BLANKS = b" \t\r\n"


@dataclass(frozen=True)
class Members:
    """What every block of a file has in common: the members wanted of its objects, with the types to read them as."""

    file: str
    types: Mapping[str, pa.DataType]

    @classmethod
    def of(cls, file: str, columns: Sequence[WantedColumn]) -> "Members":
        """Return the members that wanted columns are read from."""
        return cls(file, {column.name: readable_type(column.type) for column in columns})


@dataclass(frozen=True)
class Rows:
    """Rows of a block, the keys nobody wants, and the records that became no row: those with flaws, and blank ones."""

    records: pa.RecordBatch
    unknown: tuple[str, ...]
    flaws: tuple[Flaw, ...] = ()
    no_rows: frozenset[int] = frozenset()


def parse_block(block: Block, size_bytes: int, members: Members) -> Batch:
    """Return the rows of a block and its flaws as rejects; `size_bytes` is what was read of the file for it."""
    rows = read_whole(block, members) or read_each(block, members)
    return Batch(
        records=rows.records,
        rejects=reject_flaws(block, (*block.flaws, *rows.flaws), members.file),
        places=BlockPlaces(members.file, block, rows.no_rows),
        size_bytes=size_bytes,
        dropped_columns=rows.unknown,
    )


def keys_of(block: Block) -> tuple[str, ...]:
    """Return the keys of all rows of a block, in the order they first appear."""
    return read_each(block, Members("", {})).unknown


def read_whole(block: Block, members: Members) -> Rows | None:
    """Return the rows as Arrow's reader reads them; None when it cannot be trusted, or not every line is a row."""
    text = block.sound_text
    table = read_lines(text, members.types) if text else None
    if table is None:
        return None
    blank: frozenset[int] = frozenset()
    if table.num_rows != count_lines(text, 0, len(text)):
        blank = _blank_records(block)
        if table.num_rows != len(block.records) - len(blank):
            return None
    unknown = tuple(name for name in table.column_names if name not in members.types)
    columns = [table.column(name).combine_chunks() for name in members.types]
    return Rows(_batch(columns, members, table.num_rows), unknown, no_rows=blank)


def read_each(block: Block, members: Members) -> Rows:
    """Return the rows as text, line by line, and a flaw for each line that is none."""
    rows: list[Mapping[str, object]] = []
    flaws: list[Flaw] = []
    no_rows = set(_blank_records(block))
    for number, (start, stop) in enumerate(block.records):
        if number in no_rows:
            continue
        try:
            rows.append(parse_line(block.data[start:stop].decode().rstrip("\r\n")))
        except NotARow as error:
            flaws.append(Flaw(start, stop, "row", str(error)))
            no_rows.add(number)
    unknown = tuple(dict.fromkeys(key for row in rows for key in row if key not in members.types))
    columns = [pa.array([cell_text(row.get(name)) for row in rows], pa.string()) for name in members.types]
    return Rows(_batch(columns, members, len(rows)), unknown, tuple(flaws), frozenset(no_rows))


def _batch(columns: Sequence[pa.Array], members: Members, rows: int) -> pa.RecordBatch:
    if not columns:
        return pa.RecordBatch.from_struct_array(pa.nulls(rows, pa.struct([])))
    return pa.RecordBatch.from_arrays(columns, names=list(members.types))


def _blank_records(block: Block) -> frozenset[int]:
    """Return the lines that hold only blanks; empty ones are no records."""
    return frozenset(
        number for number, (start, stop) in enumerate(block.records) if not block.data[start:stop].strip(BLANKS)
    )
