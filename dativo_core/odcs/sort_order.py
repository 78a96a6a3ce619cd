"""Sort fields: the order of rows within each data file (Iceberg specification, "Sort Orders")."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dativo_core.odcs.partition import PRIMITIVES, LayoutProblem
from dativo_core.odcs.types import FieldType
from dativo_core.workspace.validate import did_you_mean

_FIELD = re.compile(r"(.+?)(?:\s+(asc|desc))?(?:\s+nulls\s+(first|last))?\Z", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class SortField:
    """A column rows are sorted by. Unless it is said, nulls come first ascending and last descending, as in Iceberg."""

    column: str
    is_descending: bool = False
    nulls_first: bool = True

    def __str__(self) -> str:
        nulls = "first" if self.nulls_first else "last"
        return f"{self.column} {'desc' if self.is_descending else 'asc'} nulls {nulls}"


def read_sort(text: str, columns: Mapping[str, FieldType]) -> SortField | LayoutProblem:
    """Read `col`, `col desc` or `col asc nulls last`."""
    text = text.strip()
    found = None if text in columns else _FIELD.match(text)
    column, direction, nulls = found.groups() if found else (text, None, None)
    type_ = columns.get(column)
    if type_ is None:
        message = f"the contract has no column '{column}' to sort by"
        return LayoutProblem("sort-column", message, did_you_mean(column, columns))
    if type_.kind not in PRIMITIVES:
        return LayoutProblem(
            "sort-column", f"'{column}' is of type {type_} and has no order", "Sort by another column."
        )
    is_descending = (direction or "").lower() == "desc"
    return SortField(column, is_descending, nulls.lower() == "first" if nulls else not is_descending)


def repeated_columns(fields: Sequence[SortField]) -> list[LayoutProblem]:
    """Return a problem for every column that is sorted by twice."""
    columns = [field.column for field in fields]
    return [
        LayoutProblem("sort-duplicate", f"'{column}' is sorted by twice", "Keep the first one.")
        for column in dict.fromkeys(columns)
        if columns.count(column) > 1
    ]
