"""Maps whose entries are in the order of their keys, so that equal maps look the same."""

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.canonical_text import canonical_text
from dativo_core.contract.list_layout import is_list, lengths_of, map_entries, offsets_of, parents_of, plain_list


def maps_in_order(array: pa.Array) -> pa.Array:
    """Return values with the entries of all maps in them in the order of the texts of their keys."""
    mask = array.is_null() if array.null_count else None
    if pa.types.is_struct(array.type) and array.type.num_fields:
        members = [maps_in_order(array.field(at)) for at in range(array.type.num_fields)]
        fields = [field.with_type(member.type) for field, member in zip(array.type, members, strict=True)]
        return pa.StructArray.from_arrays(members, fields=fields, mask=mask)
    if is_list(array.type):
        lists = plain_list(array)
        elements = maps_in_order(pc.list_flatten(lists))
        return pa.ListArray.from_arrays(offsets_of(lengths_of(lists)), elements, mask=mask)
    return _in_order(array, mask) if pa.types.is_map(array.type) else array


def _in_order(maps: pa.MapArray, mask: pa.BooleanArray | None) -> pa.MapArray:
    lists = map_entries(maps)
    entries = pc.list_flatten(lists)
    keys, items = entries.field(0), maps_in_order(entries.field(1))
    placed = pa.table({"parent": parents_of(lists), "key": canonical_text(keys)})
    order = pc.sort_indices(placed, sort_keys=[("parent", "ascending"), ("key", "ascending")])
    return pa.MapArray.from_arrays(offsets_of(lengths_of(lists)), keys.take(order), items.take(order), mask=mask)
