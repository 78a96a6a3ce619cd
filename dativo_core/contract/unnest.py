"""Parts of columns side by side: one row for each row of a batch, or for each element of the lists that parts are in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.list_layout import map_entries, parents_of, plain_list
from dativo_core.odcs.types import KEY, MANY, VALUE


@dataclass(frozen=True)
class Unnested:
    """The values of some parts, of one length; `rows` numbers the row each is of, None when each is a row's own."""

    columns: tuple[pa.Array, ...]
    rows: pa.Int64Array | None = None


def unnested(records: pa.RecordBatch, parts: Iterable[tuple[str, ...]]) -> Unnested:
    """Return parts of columns, each named by its column and the steps from there.

    A part of what is null is null. A null or empty list has no element; what lies outside a list stands beside each of its
    elements. Parts in lists are in one list, or in lists that one of them holds.
    """
    cells = [_inside(records.column(column), steps) for column, *steps in parts]
    rows: pa.Int64Array | None = None
    while (at := next((index for index, cell in enumerate(cells) if cell.steps), None)) is not None:
        parents = parents_of(_lists(cells[at].values))
        cells = [_below(cell, parents) for cell in cells]
        rows = parents if rows is None else rows.take(parents)
    return Unnested(tuple(cell.values for cell in cells), rows)


@dataclass(frozen=True)
class _Cell:
    """Values, and the steps that still lead from there; the first is one into a list or a map."""

    values: pa.Array
    steps: Sequence[str]


def _inside(values: pa.Array, steps: Sequence[str]) -> _Cell:
    """Go into structs, as far as the steps do."""
    for at, step in enumerate(steps):
        if step in MANY:
            return _Cell(values, steps[at:])
        values = pc.struct_field(values, [values.type.get_field_index(step)])
    return _Cell(values, ())


def _below(cell: _Cell, parents: pa.Int64Array) -> _Cell:
    """Go into lists or maps, whose elements have these parents; values that need not are repeated for each element."""
    if not cell.steps:
        return _Cell(cell.values.take(parents), ())
    step, *steps = cell.steps
    elements = pc.list_flatten(_lists(cell.values))
    return _inside(elements if step not in _FIELDS else elements.field(_FIELDS[step]), steps)


def _lists(values: pa.Array) -> pa.ListArray:
    return map_entries(values) if pa.types.is_map(values.type) else plain_list(values)


_FIELDS = {KEY: 0, VALUE: 1}
