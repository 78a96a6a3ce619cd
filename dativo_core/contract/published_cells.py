"""Rows of a table as if the table were the source: what its rules ask is asked of them as of rows that are read."""

from collections.abc import Iterable
from dataclasses import replace

import pyarrow as pa

from dativo_core.contract.convert import convert_cells
from dativo_core.contract.row_rules import Cells
from dativo_core.odcs.contract import Column
from dativo_core.odcs.types import FieldType


def published_cells(records: pa.RecordBatch, columns: Iterable[Column]) -> dict[str, Cells]:
    """Return the cells of some columns; what is stored as text is read back as a value of its type.

    The text of a cell is that of what is stored, since nobody kept how the source had spelt it.
    """
    return {column.name: _cells(records.column(column.name), _as_published(column.type)) for column in columns}


def _cells(stored: pa.Array, field_type: FieldType) -> Cells:
    values, _ = convert_cells(stored, field_type)
    return Cells(stored, values)


def _as_published(field_type: FieldType) -> FieldType:
    """Return a type whose members are called as in the table, not as in the source."""
    members = tuple(replace(each, type=_as_published(each.type), source_name="") for each in field_type.members)
    return replace(field_type, members=members)
