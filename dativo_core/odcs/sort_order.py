"""Sort fields: the order of rows within each data file (Iceberg specification, "Sort Orders")."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dativo_core.odcs.partition import PRIMITIVES, LayoutProblem
from dativo_core.odcs.types import FieldType
from dativo_core.workspace.validate import did_you_mean

_DIRECTIONS = frozenset({"asc", "desc"})
_PLACES = frozenset({"first", "last"})


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
    column, direction, nulls = (text, None, None) if not text or text in columns else _words(text)
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


def _words(text: str) -> tuple[str, str | None, str | None]:
    """Return column, direction and place of nulls, the last two only where they are written."""
    *column, nulls, place = ["", "", *text.rsplit(None, 2)][-3:]
    has_place = bool(column[0]) and nulls.lower() == "nulls" and place.lower() in _PLACES
    rest = column[0] if has_place else text
    *before, last = rest.rsplit(None, 1)
    has_direction = bool(before) and last.lower() in _DIRECTIONS
    return before[0] if has_direction else rest, last if has_direction else None, place if has_place else None


def repeated_columns(fields: Sequence[SortField]) -> list[LayoutProblem]:
    """Return a problem for every column that is sorted by twice."""
    columns = [field.column for field in fields]
    return [
        LayoutProblem("sort-duplicate", f"'{column}' is sorted by twice", "Keep the first one.")
        for column in dict.fromkeys(columns)
        if columns.count(column) > 1
    ]
