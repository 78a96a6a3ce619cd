"""Rows of a run that repeat a key, found out of core by DuckDB over the keys spilled to disk.

A row's place is one number, `slice << 40 | ordinal`, so that places are ordered as the source is: slice by slice, row by
row. A key whose values came strictly ascending over the whole run repeats nothing and is not looked at.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.uniqueness import Key, KeyOrder, complete_rows
from dativo_core.run.key_spill import LEFT_OUT_SCHEMA, SpilledKeys
from dativo_core.run.locked_duckdb import open_session

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY_LIMIT_MB = 96
ORDINAL_BITS = 40
BATCH_ROWS = 65_536

OCCURRENCE_SCHEMA = pa.schema(
    [pa.field("place", pa.int64()), pa.field("slot", pa.int64()), pa.field("is_later", pa.bool_())]
)
"""Rows whose key occurs more than once: place, a number per value of the key, and whether an earlier row has it too."""

LEFT_OUT_PLACES = pa.schema([pa.field("place", pa.int64()), pa.field("broken", pa.int64())])
KEYED_OCCURRENCES = pa.schema([pa.field(name, pa.int64()) for name in ("place", "key", "slot")])


@dataclass(frozen=True)
class Duplicates:
    """What repeats a key: per slice a file of the rows to leave out, per rule id the surplus rows of keys that only count.

    Where those are keys of which a row has any number of values, `values` are all of them, and their surplus is of values.
    """

    left_out: dict[int, Path]
    surplus: dict[str, int]
    values: dict[str, int]


def find_duplicates(
    keys: Sequence[Key],
    spilled: Sequence[Sequence[SpilledKeys]],
    directory: Path,
    memory_limit_mb: int = MEMORY_LIMIT_MB,
) -> Duplicates:
    """Return what repeats a key in a run, from the keys of each slice, in slice order; files go to `directory`.

    Of several rows with one key, the first that repeats no other key stays; a row that has a value twice does not. Memory
    does not grow with the rows.
    """
    found = Duplicates({}, {}, _values(keys, spilled))
    suspects = [index for index in range(len(keys)) if not _is_ascending([slice_[index] for slice_ in spilled])]
    if not suspects:
        return found
    with open_session(directory, memory_limit_mb) as session:
        repeated: list[_Repeated] = []
        for index in suspects:
            one = _Repeated(session, index, keys[index], [slice_[index] for slice_ in spilled], directory)
            one.find()
            if one.surplus and keys[index].filters:
                repeated.append(one)
            elif one.surplus:
                found.surplus.update(dict.fromkeys(keys[index].rules, one.surplus))
        if repeated:
            found.left_out.update(_write_left_out(_left_out(session, repeated), directory))
    return found


def _values(keys: Sequence[Key], spilled: Sequence[Sequence[SpilledKeys]]) -> dict[str, int]:
    counts = {index: sum(slice_[index].count for slice_ in spilled) for index, key in enumerate(keys) if key.has_many}
    return {rule: count for index, count in counts.items() for rule in keys[index].rules}


def _is_ascending(spilled: Sequence[SpilledKeys]) -> bool:
    return reduce(KeyOrder.followed_by, (each.order for each in spilled), KeyOrder()).is_ascending


class _Repeated:
    """The rows whose value of one key occurs more than once, as a file of occurrences."""

    def __init__(
        self, session: "DuckDBPyConnection", index: int, key: Key, spilled: Sequence[SpilledKeys], directory: Path
    ) -> None:
        self.index = index
        self.key = key
        self._session = session
        self._spilled = spilled
        self._path = directory / f"occurrences-{index}.arrows"
        self.surplus, self.values = 0, 0

    def find(self) -> None:
        """Sort the keys, write down each row whose neighbour is the same, and count values and the rows beyond the first."""
        placed = _placed_values if self.key.has_many else _placed
        schema = _schema_of(self._spilled, len(self.key.parts))
        self._session.register("keys", pa.RecordBatchReader.from_batches(schema, placed(self._spilled, schema)))
        in_order = self._session.sql("FROM keys ORDER BY ALL").to_arrow_reader(BATCH_ROWS)
        with pa.OSFile(str(self._path), "wb") as file, pa.ipc.new_stream(file, OCCURRENCE_SCHEMA) as writer:
            for found in repeats_of_neighbours(in_order):
                writer.write_batch(found)
                later = found.column("is_later").true_count
                self.surplus, self.values = self.surplus + later, self.values + found.num_rows - later

    def occurrences(self) -> Iterator[pa.RecordBatch]:
        """Yield what was written down."""
        with pa.OSFile(str(self._path)) as file, pa.ipc.open_stream(file) as reader:
            yield from reader


def repeats_of_neighbours(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield (`OCCURRENCE_SCHEMA`) the rows whose key a neighbour has too, of rows sorted by key and then by place."""
    last: pa.RecordBatch | None = None
    is_later, slots = False, 0
    for batch in (each for each in batches if each.num_rows):
        rows = batch if last is None else pa.Table.from_batches([last, batch]).combine_chunks().to_batches()[0]
        last = batch.slice(batch.num_rows - 1)
        same = reduce(pc.and_, (pc.equal(column[:-1], column[1:]) for column in rows.columns[:-1]))
        if not same.true_count:
            is_later = False
            continue
        before = pa.concat_arrays([pa.array([is_later]), same[:-1]])
        first = pc.and_not(same, before)
        slot = pc.add(pc.cumulative_sum(first.cast(pa.int64())), slots - 1)
        for places, mask, later in ((rows["place"][:-1], first, False), (rows["place"][1:], same, True)):
            flags = pa.repeat(pa.scalar(later), mask.true_count)
            yield pa.RecordBatch.from_arrays([places.filter(mask), slot.filter(mask), flags], schema=OCCURRENCE_SCHEMA)
        is_later, slots = same[-1].as_py(), slots + first.true_count


def _schema_of(spilled: Sequence[SpilledKeys], parts: int) -> pa.Schema:
    path = next(each.path for each in spilled if each.path is not None)
    with pa.OSFile(str(path)) as file, pa.ipc.open_stream(file) as reader:
        return pa.schema([*list(reader.schema)[:parts], pa.field("place", pa.int64())])


def _placed(spilled: Sequence[SpilledKeys], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yield the keys of all slices with their places, without rows that lack a value."""
    for rank, each in enumerate(spilled):
        if each.path is None:
            continue
        place = rank << ORDINAL_BITS
        with pa.OSFile(str(each.path)) as file, pa.ipc.open_stream(file) as reader:
            for values in reader:
                places = pa.arange(place, place + values.num_rows)
                place += values.num_rows
                batch = pa.RecordBatch.from_arrays([*values.columns, places], schema=schema)
                yield batch.filter(complete_rows(values))


def _placed_values(spilled: Sequence[SpilledKeys], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yield the keys of all slices, any number of a row, with the places of their rows."""
    for rank, each in enumerate(spilled):
        if each.path is None:
            continue
        with pa.OSFile(str(each.path)) as file, pa.ipc.open_stream(file) as reader:
            for values in reader:
                *columns, ordinals = values.columns
                yield pa.RecordBatch.from_arrays([*columns, pc.add(ordinals, rank << ORDINAL_BITS)], schema=schema)


def _left_out(session: "DuckDBPyConnection", repeated: Sequence[_Repeated]) -> Iterator[pa.RecordBatch]:
    """Yield the places to leave out, ascending, with a bit per key that the row repeats."""
    is_plain = len(repeated) == 1 and not repeated[0].key.has_many
    found = _later(repeated[0]) if is_plain else _keyed(repeated)
    schema = LEFT_OUT_PLACES if is_plain else KEYED_OCCURRENCES
    session.register("found", pa.RecordBatchReader.from_batches(schema, found))
    in_order = session.sql("FROM found ORDER BY ALL").to_arrow_reader(BATCH_ROWS)
    if is_plain:
        yield from in_order
    else:
        yield from _without_a_place(in_order, {one.index: one.values for one in repeated})


def _later(one: _Repeated) -> Iterator[pa.RecordBatch]:
    for found in one.occurrences():
        places = found.column("place").filter(found.column("is_later"))
        broken = pa.repeat(pa.scalar(1 << one.index, pa.int64()), len(places))
        yield pa.RecordBatch.from_arrays([places, broken], schema=LEFT_OUT_PLACES)


def _keyed(repeated: Sequence[_Repeated]) -> Iterator[pa.RecordBatch]:
    for one in repeated:
        for found in one.occurrences():
            key = pa.repeat(pa.scalar(one.index, pa.int64()), found.num_rows)
            yield pa.RecordBatch.from_arrays([found["place"], key, found["slot"]], schema=KEYED_OCCURRENCES)


def _without_a_place(occurrences: Iterable[pa.RecordBatch], values: Mapping[int, int]) -> Iterator[pa.RecordBatch]:
    """Go through the rows of all repeated values in order: a row stays unless one that stays, or it itself, has its value.

    A row that is left out for one key takes no value of another, so no query about single keys can tell. Memory: a byte
    per repeated value.
    """
    taken = {index: bytearray(count) for index, count in values.items()}
    for rows in _by_place(occurrences):
        out: dict[int, int] = {}
        for place, slots in rows:
            repeats = {key for key, slot in slots if taken[key][slot]}
            repeats |= {key for (key, slot), after in pairwise(slots) if (key, slot) == after}
            if repeats:
                out[place] = sum(1 << key for key in repeats)
                continue
            for key, slot in slots:
                taken[key][slot] = 1
        columns = [pa.array(list(out), pa.int64()), pa.array(list(out.values()), pa.int64())]
        yield pa.RecordBatch.from_arrays(columns, schema=LEFT_OUT_PLACES)


Slots = list[tuple[int, int]]


def _by_place(occurrences: Iterable[pa.RecordBatch]) -> Iterator[list[tuple[int, Slots]]]:
    """Yield, a batch at a time, each place with its keys and the slots of their values; a place is never split."""
    rows: list[tuple[int, Slots]] = []
    for batch in occurrences:
        for place, key, slot in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            if rows and rows[-1][0] == place:
                rows[-1][1].append((key, slot))
            else:
                rows.append((place, [(key, slot)]))
        yield rows[:-1]
        rows = rows[-1:]
    yield rows


def _write_left_out(batches: Iterable[pa.RecordBatch], directory: Path) -> dict[int, Path]:
    """Write the ordinals to leave out to one file per slice, whose places come together."""
    paths: dict[int, Path] = {}
    with ExitStack() as files:
        writer: pa.ipc.RecordBatchStreamWriter | None = None
        for batch in batches:
            ranks = pc.shift_right(batch.column(0), ORDINAL_BITS)
            for rank in pc.unique(ranks).to_pylist():
                if rank not in paths:
                    files.close()
                    paths[rank] = directory / f"left-out-{rank:05d}.arrows"
                    sink = files.enter_context(pa.OSFile(str(paths[rank]), "wb"))
                    writer = files.enter_context(pa.ipc.new_stream(sink, LEFT_OUT_SCHEMA))
                assert writer is not None
                writer.write_batch(_ordinals(batch.filter(pc.equal(ranks, rank))))
    return paths


def _ordinals(rows: pa.RecordBatch) -> pa.RecordBatch:
    ordinals = pc.bit_wise_and(rows.column(0), (1 << ORDINAL_BITS) - 1)
    return pa.RecordBatch.from_arrays([ordinals, rows.column(1)], schema=LEFT_OUT_SCHEMA)
