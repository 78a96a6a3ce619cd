"""Lists and maps taken apart and put together, and what holds of elements brought back to the rows they belong to."""

import pyarrow as pa
import pyarrow.compute as pc


def is_list(data_type: pa.DataType) -> bool:
    """Whether values are lists, in whichever of Arrow's layouts; maps are not."""
    kinds = (
        pa.types.is_list,
        pa.types.is_large_list,
        pa.types.is_fixed_size_list,
        pa.types.is_list_view,
        pa.types.is_large_list_view,
    )
    return any(is_kind(data_type) for is_kind in kinds)


def has_parts(data_type: pa.DataType) -> bool:
    """Whether values are structs, maps or lists; Arrow also calls run lengths nested."""
    return pa.types.is_struct(data_type) or pa.types.is_map(data_type) or is_list(data_type)


def plain_list(array: pa.Array) -> pa.ListArray:
    """Return lists with 32-bit offsets, from any layout of lists."""
    if pa.types.is_list(array.type):
        return array
    if pa.types.is_list_view(array.type) or pa.types.is_large_list_view(array.type):
        # Arrow's cast of a part of such an array is not valid.
        lengths = lengths_of(array).cast(pa.int32())
        mask = array.is_null() if array.null_count else None
        return pa.ListArray.from_arrays(offsets_of(lengths), pc.list_flatten(array), mask=mask)
    return array.cast(pa.list_(array.type.value_field))


def map_entries(array: pa.MapArray) -> pa.ListArray:
    """Return maps as lists of structs of key and value."""
    return array.cast(pa.list_(pa.struct([array.type.key_field, array.type.item_field])))


def lengths_of(lists: pa.ListArray) -> pa.Int32Array:
    """Return the number of elements of each list, of a null one 0."""
    return pc.fill_null(pc.list_value_length(lists), 0)


def offsets_of(lengths: pa.Int32Array) -> pa.Int32Array:
    """Return where lists of these lengths begin in their elements, and where the last one ends."""
    return pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths)])


def row_numbers(rows: int) -> pa.Int64Array:
    """Return 0, 1, 2 and so on."""
    return pc.cumulative_sum(pa.repeat(pa.scalar(1, pa.int64()), rows), start=-1)


def parents_of(lists: pa.ListArray) -> pa.Int64Array:
    """Return for each element, as `pyarrow.compute.list_flatten` orders them, the number of its list."""
    offsets = offsets_of(lengths_of(lists))
    # The function counts elements of null lists that flattening leaves out; lists of the same lengths have none.
    return pc.list_parent_indices(pa.ListArray.from_arrays(offsets, pa.nulls(offsets[-1].as_py()))).cast(pa.int64())


def fold(mask: pa.BooleanArray, parents: pa.Int64Array, rows: int) -> pa.BooleanArray:
    """Return which rows have an element for which the mask is true."""
    return pc.is_in(row_numbers(rows), value_set=parents.filter(mask))


def first_of(values: pa.Array, mask: pa.BooleanArray, parents: pa.Int64Array, rows: int) -> pa.Array:
    """Return per row the first of its elements for which the mask is true; null for a row without one."""
    found = parents.filter(mask)
    if len(found) == 0:
        return pa.nulls(rows, values.type)
    follows = pc.equal(found.slice(1), found.slice(0, len(found) - 1))
    is_first = pa.concat_arrays([pa.array([True]), pc.invert(follows)])
    place = pc.index_in(row_numbers(rows), value_set=found.filter(is_first))
    return values.filter(mask).filter(is_first).take(place)


def where(values: pa.Array, keep: pa.BooleanArray) -> pa.Array:
    """Return the values, null where `keep` is not true; of any type, which `pyarrow.compute.if_else` is not."""
    return values.take(pc.if_else(keep, row_numbers(len(values)), pa.scalar(None, pa.int64())))


def repeated(keys: pa.StringArray, parents: pa.Int64Array, rows: int) -> pa.BooleanArray:
    """Return which rows have a key more than once; null is a key like any other."""
    counted = pa.table({"row": parents, "key": keys}).group_by(["row", "key"]).aggregate([([], "count_all")])
    several = counted.filter(pc.greater(counted["count_all"], 1))["row"].combine_chunks()
    return pc.is_in(row_numbers(rows), value_set=several)


def joined_by_parent(texts: pa.StringArray, parents: pa.Int64Array, rows: int) -> pa.StringArray:
    """Return per row its elements' texts, joined by commas; the parents are ascending."""
    counted = pa.table({"row": parents}).group_by("row").aggregate([([], "count_all")])
    place = pc.index_in(row_numbers(rows), value_set=counted["row"])
    lengths = pc.fill_null(counted["count_all"].combine_chunks().cast(pa.int32()).take(place), 0)
    return pc.binary_join(pa.ListArray.from_arrays(offsets_of(lengths), texts), ", ")


def without_nulls(array: pa.Array) -> pa.Array:
    """Return the array with whatever its null entries hold; only for entries that nobody will look at."""
    if array.null_count == 0:
        return array
    if isinstance(array, pa.ExtensionArray):
        return pa.ExtensionArray.from_storage(array.type, without_nulls(array.storage))
    if pa.types.is_struct(array.type):
        children = [array.field(at) for at in range(array.type.num_fields)]
        return pa.StructArray.from_arrays(children, fields=list(array.type))
    if pa.types.is_list(array.type) or pa.types.is_large_list(array.type) or pa.types.is_map(array.type):
        children = [_map_values(array)] if pa.types.is_map(array.type) else [array.values]
        buffers = [None, array.buffers()[1]]
        return pa.Array.from_buffers(array.type, len(array), buffers, offset=array.offset, children=children)
    return pa.Array.from_buffers(array.type, len(array), [None, *array.buffers()[1:]], offset=array.offset)


def _map_values(array: pa.MapArray) -> pa.StructArray:
    return pa.StructArray.from_arrays([array.keys, array.items], fields=[array.type.key_field, array.type.item_field])
