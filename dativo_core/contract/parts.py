"""The parts of a nested column that a rule asks, each with the row it belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.list_layout import first_of, fold, map_entries, parents_of, row_numbers
from dativo_core.contract.row_rules import Cells
from dativo_core.odcs.types import ELEMENT, KEY, VALUE


@dataclass(frozen=True)
class Parts:
    """Cells of a column or of a part of it; `rows` numbers the row of each cell, None when each is a row's own."""

    cells: Cells
    rows: pa.Int64Array | None = None

    def broken_rows(self, broken: pa.BooleanArray, row_count: int) -> pa.BooleanArray:
        """Return which rows have a part for which `broken` is true."""
        return broken if self.rows is None else fold(broken, self.rows, row_count)

    def shown_text(self, broken: pa.BooleanArray, row_count: int) -> pa.StringArray:
        """Return per row the text of its first broken part."""
        text = self.cells.text
        return text if self.rows is None else first_of(text, broken, self.rows, row_count)


def parts_of(cells: Cells, steps: Sequence[str]) -> Parts:
    """Return the parts of typed values that the steps lead to; what is null has no parts."""
    if not steps:
        return Parts(cells)
    values, rows = cells.values, row_numbers(len(cells.values))
    for step in steps:
        values, rows = _below(values, rows, step)
    return Parts(Cells(values, values), rows)


def _below(values: pa.Array, rows: pa.Int64Array, step: str) -> tuple[pa.Array, pa.Int64Array]:
    if values.null_count:
        is_there = values.is_valid()
        values, rows = values.filter(is_there), rows.filter(is_there)
    if pa.types.is_struct(values.type):
        return values.field(step), rows
    lists = map_entries(values) if pa.types.is_map(values.type) else values
    elements, rows = pc.list_flatten(lists), rows.take(parents_of(lists))
    return (elements, rows) if step == ELEMENT else (elements.field(_FIELDS[step]), rows)


_FIELDS = {KEY: 0, VALUE: 1}
