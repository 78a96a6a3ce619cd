"""Rows in a table's sort order: exact for null, NaN and mixed directions, stable, and merged in bounded memory."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.odcs.sort_order import SortField

CHUNK_BYTES = 8 * 1024 * 1024
MAX_CHUNK_ROWS = 1 << 16

_SIGN_KEPT = {pa.float32(): (pa.int32(), 0x7FFF_FFFF), pa.float64(): (pa.int64(), 0x7FFF_FFFF_FFFF_FFFF)}


@dataclass(frozen=True)
class WriterOrder:
    """The sort order files are written in: its id in the table, and its fields, most significant first."""

    order_id: int
    fields: tuple[SortField, ...]


def sorted_table(rows: pa.Table, fields: Sequence[SortField]) -> pa.Table:
    """Return the rows in order, equal ones as they came."""
    whole = rows.combine_chunks()
    return whole.take(_permutation([whole], fields))


def merged(runs: Sequence[pa.RecordBatch], fields: Sequence[SortField]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of several sorted runs as one, in chunks; without fields, one run after the other.

    Only the columns of the order are looked at as a whole. Each chunk needs one stretch of each run, so runs that are
    mapped from a file are read once, from front to back.
    """
    filled = [run for run in runs if run.num_rows]
    if not fields or len(filled) < 2:
        yield from (chunk for run in filled for chunk in _chunks(run))
        return
    permutation = _permutation([pa.Table.from_batches([run]) for run in filled], fields)
    starts = [0, *accumulate(run.num_rows for run in filled)]
    read, size = [0] * len(filled), _chunk_rows(filled)
    for at in range(0, len(permutation), size):
        wanted = permutation.slice(at, size)
        by_place = pc.sort_indices(wanted)
        stretches = _stretches(wanted.take(by_place), starts)
        rows = pa.Table.from_batches([filled[run].slice(read[run], count) for run, count in stretches])
        for run, count in stretches:
            read[run] += count
        yield from rows.combine_chunks().take(pc.sort_indices(by_place)).to_batches()


def _stretches(places: pa.Array, starts: Sequence[int]) -> list[tuple[int, int]]:
    """Return which runs the rows at ascending `places` are in, and how many are in each."""
    found = []
    at = 0
    while at < len(places):
        run = bisect_right(starts, places[at].as_py()) - 1
        end = bisect_left(places, starts[run + 1], lo=at, key=lambda place: place.as_py())
        found.append((run, end - at))
        at = end
    return found


def _permutation(tables: Sequence[pa.Table], fields: Sequence[SortField]) -> pa.Array:
    """Return the row numbers of the concatenated tables in sort order."""
    columns: dict[str, pa.ChunkedArray] = {}
    keys: list[tuple[str, str]] = []
    for number, field in enumerate(fields):
        values = pa.chunked_array([_ordered(each.column(field.column)) for each in tables])
        if values.null_count:
            columns[f"{number} null"] = pc.cast(pc.is_null(values), pa.int8())
            keys.append((f"{number} null", "descending" if field.nulls_first else "ascending"))
        columns[f"{number} value"] = values
        keys.append((f"{number} value", "descending" if field.is_descending else "ascending"))
    return pc.sort_indices(pa.table(columns), sort_keys=keys)


def _ordered(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as values whose Arrow order is Iceberg's.

    Floats become integers, so that -NaN < -infinity < -0 < 0 < infinity < NaN; a uuid becomes its bytes.
    """
    values = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    if isinstance(values, pa.ExtensionArray):
        return values.storage
    if values.type not in _SIGN_KEPT:
        return values
    integer, mask = _SIGN_KEPT[values.type]
    bits = values.view(integer)
    return pc.if_else(pc.less(bits, 0), pc.bit_wise_xor(bits, pa.scalar(mask, integer)), bits)


def _chunks(run: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    size = _chunk_rows([run])
    return (run.slice(at, size) for at in range(0, run.num_rows, size))


def _chunk_rows(runs: Sequence[pa.RecordBatch]) -> int:
    row_bytes = sum(run.nbytes for run in runs) / sum(run.num_rows for run in runs)
    return int(max(1, min(MAX_CHUNK_ROWS, CHUNK_BYTES // max(1, row_bytes))))
