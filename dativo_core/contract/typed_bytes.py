"""Arrow bytes to uuids and binary values. Converters take decoded arrays and give null for what is no value."""

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.encodings import only

UUID_BYTES = 16


def to_uuid(array: pa.Array, target: pa.DataType) -> pa.Array:
    """Return uuids: from byte strings of 16 bytes."""
    if not pa.types.is_binary(array.type):
        return pa.nulls(len(array), target)
    fitting = only(array, pc.equal(pc.binary_length(array), UUID_BYTES))
    return fitting.cast(pa.binary(UUID_BYTES)).cast(target)


def to_fixed(array: pa.Array, target: pa.DataType) -> pa.Array:
    """Return byte strings of the target's length: from byte strings that have it."""
    if not pa.types.is_binary(array.type):
        return pa.nulls(len(array), target)
    return only(array, pc.equal(pc.binary_length(array), target.byte_width)).cast(target)


def to_binary(array: pa.Array, target: pa.DataType) -> pa.Array:
    """Return byte strings: from byte strings."""
    return array if pa.types.is_binary(array.type) else pa.nulls(len(array), target)
