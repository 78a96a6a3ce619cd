"""The values of keys in the form in which equal bytes are equal values of a table."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.canonical_text import canonical_text
from dativo_core.contract.list_layout import has_parts
from dativo_core.contract.map_order import maps_in_order
from dativo_core.contract.uniqueness import Key, complete_rows
from dativo_core.contract.unnest import unnested

_BITS = {
    pa.float32(): pa.int32(),
    pa.float64(): pa.int64(),
    pa.string(): pa.binary(),
    pa.bool_(): pa.int8(),
    pa.date32(): pa.int32(),
    pa.time64("us"): pa.int64(),
    pa.timestamp("us"): pa.int64(),
    pa.timestamp("us", "UTC"): pa.int64(),
}
"""Types whose values are compared by their bits or bytes; the others compare exactly as they are."""


@dataclass(frozen=True)
class KeyCells:
    """The values of a key, column by column; `rows` numbers the row each is of, None when each is a row's own."""

    values: pa.RecordBatch
    rows: pa.Int64Array | None

    def complete(self) -> "KeyCells":
        """Return them without those that lack a value in a column."""
        is_complete = complete_rows(self.values)
        rows = self.rows if self.rows is None else self.rows.filter(is_complete)
        return KeyCells(self.values.filter(is_complete), rows)


def key_cells(records: pa.RecordBatch, key: Key) -> KeyCells:
    """Return a key's values in their exact form.

    As in Iceberg, -0.0 and 0.0 are two values; all NaN are one. Lists and structs are equal when all their parts are, a null
    one being like another; maps whatever the order of their keys.
    """
    found = unnested(records, key.parts)
    arrays = [_exact(values) for values in found.columns]
    return KeyCells(pa.RecordBatch.from_arrays(arrays, [f"k{index}" for index in range(len(arrays))]), found.rows)


def _exact(values: pa.Array) -> pa.Array:
    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    if has_parts(values.type):
        return canonical_text(maps_in_order(values)).cast(pa.binary())
    if pa.types.is_floating(values.type):
        values = pc.if_else(pc.is_nan(values), pa.scalar(float("nan"), values.type), values)
        return values.view(_BITS[values.type])
    target = pa.binary() if pa.types.is_fixed_size_binary(values.type) else _BITS.get(values.type)
    return values if target is None else values.cast(target)
