"""Rows of a data file with nested columns, read as they are.

PyIceberg 0.12 reads a null list of structs as an empty one, and leaves nulls in required members of null structs, which
Parquet cannot take. Columns are found by field id here as well, so that renamed and added columns and members fit.
"""

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyiceberg.io import FileIO
from pyiceberg.schema import Schema
from pyiceberg.types import IcebergType, ListType, MapType, NestedField, StructType

from dativo_core.contract.list_layout import lengths_of, map_entries, offsets_of, plain_list, row_numbers, without_nulls
from dativo_core.lake.nested_schema import FIELD_ID

BATCH_ROWS = 65_536


def has_nested(schema: Schema) -> bool:
    """Whether any column is a struct, a list or a map."""
    return any(not field.field_type.is_primitive for field in schema.fields)


def read_nested_rows(
    io: FileIO, path: str, schema: Schema, wanted: pa.Schema, deleted: Iterable[pa.ChunkedArray]
) -> Iterator[pa.RecordBatch]:
    """Stream the rows of a Parquet file as batches of `wanted`, the Arrow form of `schema`, without the deleted positions.

    Raises ValueError when the file's columns are of types that do not fit.
    """
    positions = pa.chunked_array([chunk for each in deleted for chunk in each.chunks], pa.int64()).combine_chunks()
    with io.new_input(path).open() as stream:
        file = pq.ParquetFile(stream, pre_buffer=False)
        first = 0
        for batch in file.iter_batches(BATCH_ROWS, columns=_stored(file.schema_arrow, schema) or None):
            struct = batch.to_struct_array()
            columns = _members(struct, schema.fields, wanted)
            rows = pa.RecordBatch.from_arrays(columns, schema=wanted)
            numbers = pc.add(row_numbers(batch.num_rows), first)
            first += batch.num_rows
            yield rows.filter(pc.invert(pc.is_in(numbers, value_set=positions))) if len(positions) else rows


def _stored(stored: pa.Schema, schema: Schema) -> list[str]:
    """Return the columns of a file that are wanted, as the file calls them."""
    wanted = {each for field in schema.fields for each in (field.field_id, field.name)}
    return [field.name for field in stored if _identity(field) in wanted]


def _members(struct: pa.StructArray, fields: Iterable[NestedField], wanted: Iterable[pa.Field]) -> list[pa.Array]:
    """Return the wanted members of structs; one that the file lacks is null."""
    places = {_identity(field): at for at, field in enumerate(struct.type)}
    members: list[pa.Array] = []
    for field, arrow in zip(fields, wanted, strict=True):
        place = places.get(field.field_id, places.get(field.name))
        found = pa.nulls(len(struct), arrow.type) if place is None else struct.field(place)
        members.append(_part(found, field, arrow))
    return members


def _part(array: pa.Array, field: NestedField, wanted: pa.Field) -> pa.Array:
    values = _projected(array, field.field_type, wanted.type)
    return without_nulls(values) if field.required else values


def _projected(array: pa.Array, iceberg: IcebergType, wanted: pa.DataType) -> pa.Array:
    mask = array.is_null() if array.null_count else None
    if array.null_count == len(array) or iceberg.is_primitive:
        return array.cast(wanted) if iceberg.is_primitive else pa.nulls(len(array), wanted)
    if isinstance(iceberg, StructType):
        members = _members(array, iceberg.fields, wanted)
        return pa.StructArray.from_arrays(members, fields=list(wanted), mask=mask)
    if isinstance(iceberg, ListType):
        lists = plain_list(array)
        elements = _part(pc.list_flatten(lists), iceberg.element_field, wanted.value_field)
        offsets = offsets_of(lengths_of(lists))
        if pa.types.is_large_list(wanted):
            return pa.LargeListArray.from_arrays(offsets.cast(pa.int64()), elements, type=wanted, mask=mask)
        return pa.ListArray.from_arrays(offsets, elements, type=wanted, mask=mask)
    if isinstance(iceberg, MapType):
        entries = map_entries(array)
        pairs = pc.list_flatten(entries)
        keys = _part(pairs.field(0), iceberg.key_field, wanted.key_field)
        items = _part(pairs.field(1), iceberg.value_field, wanted.item_field)
        return pa.MapArray.from_arrays(offsets_of(lengths_of(entries)), keys, items, type=wanted, mask=mask)
    message = f"values of type {iceberg} cannot be read"
    raise ValueError(message)


def _identity(field: pa.Field) -> int | str:
    """Return what a field is found by: its id, or its name in a file that was added without ids."""
    text = (field.metadata or {}).get(FIELD_ID.encode())
    return field.name if text is None else int(text)
