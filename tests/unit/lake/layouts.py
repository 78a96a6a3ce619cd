"""Tables of one column of each type, written with a layout and read back."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st
from pyiceberg.table import Table

from dativo_core.contract.ledger import arrow_type
from dativo_core.flow import StagedFile
from dativo_core.lake.attempts import change_table
from dativo_core.lake.catalog import Lake
from dativo_core.lake.parquet_writer import ParquetWriter, WriterSettings
from dativo_core.lake.partition import partition_of
from dativo_core.lake.snapshots import draft_snapshot
from dativo_core.lake.sorted_rows import WriterOrder
from dativo_core.lake.table import TableColumn, TableDefinition, arrow_schema, ensure_table
from dativo_core.model.names import TableName
from dativo_core.odcs.partition import PartitionField, PartitionTransform, read_partition
from dativo_core.odcs.sort_order import read_sort
from dativo_core.odcs.types import NESTED, FieldType, TypeKind

TYPES = {
    **{kind.value: FieldType(kind) for kind in set(TypeKind) - NESTED},
    "decimal": FieldType(TypeKind.DECIMAL, 9, 2),
    "fixed": FieldType(TypeKind.FIXED, length=4),
}
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(width=32),
    "double": st.floats(),
    "decimal": st.decimals(-9_999_999, 9_999_999, places=2),
    "date": st.dates(date(1, 1, 1), date(9999, 12, 31)),
    "time": st.times(),
    "timestamp": st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)),
    "timestamptz": st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)),
    "string": st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12),
    "uuid": st.binary(min_size=16, max_size=16),
    "fixed": st.binary(min_size=4, max_size=4),
    "binary": st.binary(max_size=6),
}
WIDTHS = {PartitionTransform.BUCKET: 7, PartitionTransform.TRUNCATE: 3}


def field_of(transform: PartitionTransform, kind: str) -> PartitionField | None:
    """Return a field over the column named as its type; None where the transform does not take that type."""
    width = WIDTHS.get(transform)
    text = f"{transform.value}({f'{width},' if width else ''}{kind})"
    read = read_partition(text, TYPES)
    return read if isinstance(read, PartitionField) else None


FIELDS = [field for each in PartitionTransform for kind in TYPES if (field := field_of(each, kind)) is not None]


def array_of(kind: str, values: list[Any]) -> pa.Array:
    if kind == "uuid":
        return pa.ExtensionArray.from_storage(pa.uuid(), pa.array(values, pa.binary(16)))
    return pa.array(values, arrow_type(TYPES[kind]))


def definition(
    columns: dict[str, FieldType], partition: list[str] | None = None, sort: list[str] | None = None, **more
):
    partition_by = tuple(read_partition(text, columns) for text in partition or ())
    sort_order = tuple(read_sort(text, columns) for text in sort or ())
    stored = tuple(TableColumn(name, type_, required=False) for name, type_ in columns.items())
    return replace(TableDefinition(TableName(("n",), "t"), stored, partition_by, sort_order=sort_order), **more)


def settings(table: Table, wanted: TableDefinition, **changes: Any) -> WriterSettings:
    order = WriterOrder(table.sort_order().order_id, wanted.sort_order) if wanted.sort_order else None
    plain = WriterSettings(
        table.location(),
        table.schema().model_dump_json(),
        arrow_schema(table.schema(), wanted),
        partition_of(wanted.partition_by, {}),
        "zstd",
        128 * 1024 * 1024,
        "p",
        order,
    )
    return replace(plain, **changes)


def write(lake: Lake, wanted: TableDefinition, batches: list[pa.RecordBatch], **changes: Any) -> tuple[StagedFile, ...]:
    """Write batches of the table's columns and make them visible; returns the files."""
    table = ensure_table(lake, wanted)
    using = settings(table, wanted, **changes)
    writer = ParquetWriter(using, 0)
    for batch in batches:
        writer.write(pa.RecordBatch.from_arrays(batch.columns, schema=using.arrow_schema))
    files = writer.close()
    change_table(lake, wanted.name, lambda current: draft_snapshot(current, files, (), {}))
    return files


def rows_of(table: pa.Table) -> Counter[tuple[Any, ...]]:
    """Return rows as a multiset; NaN counts as one value."""
    rows = table.to_pylist()
    return Counter(tuple("nan" if value != value else value for value in row.values()) for row in rows)


def plain(value: Any) -> Any:
    """Return a value as PyIceberg's transforms take it: days for a date, microseconds for a time or timestamp."""
    if isinstance(value, datetime):
        return (value.replace(tzinfo=None) - datetime(1970, 1, 1)) // (datetime.resolution)
    if isinstance(value, date):
        return (value - date(1970, 1, 1)).days
    if isinstance(value, time):
        return ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond
    return value.bytes if hasattr(value, "bytes") and not isinstance(value, Decimal) else value
