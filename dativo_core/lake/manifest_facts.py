"""What manifests tell of the rows of data files without a look at them; None where only the rows can tell."""

from collections.abc import Sequence
from datetime import UTC, datetime

from pyiceberg.conversions import from_bytes
from pyiceberg.schema import Schema
from pyiceberg.types import DateType, NestedField, StructType, TimestampType, TimestamptzType

from dativo_core.lake.live_rows import LiveFile

_DAY_US = 86_400_000_000
_FIRST_US, _LAST_US = (
    round((datetime(year, month, day, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 1_000_000
    for year, month, day in ((1, 1, 1), (9999, 12, 31))
)


def row_count(files: Sequence[LiveFile]) -> int | None:
    """Return how many rows the files hold; None when rows of one are marked as deleted."""
    if any(file.deletes for file in files):
        return None
    return sum(int(file.data_file.record_count) for file in files)


def field_of(schema: Schema, part: Sequence[str]) -> NestedField | None:
    """Return the field of a column, or of a part of structs, by the names that lead to it; None for one in a list or a map.

    Of what is in lists manifests count elements, which says nothing of rows.
    """
    column, *steps = part
    found: NestedField | None = schema.find_field(column)
    for step in steps:
        if found is None or not isinstance(found.field_type, StructType):
            return None
        found = found.field_type.field_by_name(step)
    return found


def newest_moments(files: Sequence[LiveFile], field: NestedField) -> list[int] | None:
    """Return the latest moment of a column per file that has one, in microseconds since 1970; dates begin at midnight."""
    if not isinstance(field.field_type, DateType | TimestampType | TimestamptzType):
        return None
    step_us = _DAY_US if isinstance(field.field_type, DateType) else 1
    moments: list[int] = []
    for file in files:
        upper = (file.data_file.upper_bounds or {}).get(field.field_id)
        nulls = (file.data_file.null_value_counts or {}).get(field.field_id)
        if file.deletes or (upper is None and nulls != file.data_file.record_count):
            return None
        if upper is not None:
            moments.append(int(from_bytes(field.field_type, upper)) * step_us)
    # What is beyond the calendar is no value of a contract.
    return moments if all(_FIRST_US <= moment < _LAST_US for moment in moments) else None
