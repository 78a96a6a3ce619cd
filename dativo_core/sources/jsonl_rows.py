"""A block of JSON lines as a batch: as a whole by Arrow's reader where that is exact, otherwise line by line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

from dativo_core.contract.read_json import readable_type
from dativo_core.flow import Batch
from dativo_core.odcs.types import FieldType, TypeKind
from dativo_core.sources.base import WantedColumn
from dativo_core.sources.block_rows import BlockPlaces, reject_flaws
from dativo_core.sources.csv_blocks import Block, Flaw
from dativo_core.sources.json_line import NotARow, Number, cell_text, json_text, parse_line
from dativo_core.sources.json_reader import read_lines

BLANKS = b" \t\r\n"

_NEVER_NUMBERS = frozenset({TypeKind.UUID, TypeKind.FIXED, TypeKind.BINARY})
"""Types whose text may be nothing but digits, which as a number would mean something else."""


@dataclass(frozen=True)
class Members:
    """What every block of a file has in common: the members wanted of its objects, with the types they are to become."""

    file: str
    wanted: Mapping[str, FieldType]

    @classmethod
    def of(cls, file: str, columns: Sequence[WantedColumn]) -> "Members":
        """Return the members that wanted columns are read from."""
        return cls(file, {column.name: column.type for column in columns})

    @cached_property
    def schema(self) -> pa.Schema | None:
        """What Arrow's reader is to read; None where it has no type for one of them."""
        fields = [(name, readable_type(wanted)) for name, wanted in self.wanted.items()]
        return None if any(kind is None for _, kind in fields) else pa.schema(fields)


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
    table = read_lines(text, members.schema) if text and members.schema is not None else None
    if table is None:
        return None
    blank: frozenset[int] = frozenset()
    if table.num_rows != block.dialect.count_lines(text, 0, len(text)):
        blank = _blank_records(block)
        if table.num_rows != len(block.records) - len(blank):
            return None
    unknown = tuple(name for name in table.column_names if name not in members.wanted)
    columns = [table.column(name).combine_chunks() for name in members.wanted]
    return Rows(_batch(columns, members, table.num_rows), unknown, no_rows=blank)


def read_each(block: Block, members: Members) -> Rows:
    """Return the rows as text, line by line, and a flaw for each line that is none."""
    rows: list[Mapping[str, str | None]] = []
    unknown: dict[str, None] = {}
    flaws: list[Flaw] = []
    no_rows = set(_blank_records(block))
    for number, (start, stop) in enumerate(block.records):
        if number in no_rows:
            continue
        try:
            row = parse_line(block.data[start:stop].decode().rstrip("\r\n"))
            rows.append({name: _cell(row.get(name), name, wanted) for name, wanted in members.wanted.items()})
            unknown.update(dict.fromkeys(key for key in row if key not in members.wanted))
        except NotARow as error:
            flaws.append(Flaw(start, stop, "row", str(error)))
            no_rows.add(number)
    columns = [pa.array([row[name] for row in rows], pa.string()) for name in members.wanted]
    return Rows(_batch(columns, members, len(rows)), tuple(unknown), tuple(flaws), frozenset(no_rows))


def _cell(value: object, name: str, wanted: FieldType) -> str | None:
    """Return a value as the text its column is read from: JSON where the column has parts. Raises NotARow."""
    if isinstance(value, Number) and wanted.kind in _NEVER_NUMBERS:
        message = f"has a number for {name!r}, where a {wanted} is written as text"
        raise NotARow(message)
    return json_text(value) if wanted.is_nested and value is not None else cell_text(value)


def _batch(columns: Sequence[pa.Array], members: Members, rows: int) -> pa.RecordBatch:
    if not columns:
        return pa.RecordBatch.from_struct_array(pa.nulls(rows, pa.struct([])))
    return pa.RecordBatch.from_arrays(columns, names=list(members.wanted))


def _blank_records(block: Block) -> frozenset[int]:
    """Return the lines that hold only blanks; empty ones are no records."""
    return frozenset(
        number for number, (start, stop) in enumerate(block.records) if not block.data[start:stop].strip(BLANKS)
    )
