"""UUIDs and binary values written as hexadecimal text. Parsers take trimmed text and give null for what is no value."""

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.odcs.column_values import UUID

ONLY_UUID = f"^{UUID}$"
NULL_UUID = "0" * 32
HEX = r"^(?:\\x|0x)?((?:[0-9a-fA-F]{2})*)$"


def parse_uuid(text: pa.StringArray, target: pa.DataType) -> pa.Array:
    """Return uuids of 16 bytes."""
    valid = pc.if_else(pc.match_substring_regex(text, ONLY_UUID), text, pa.scalar(None, pa.string()))
    digits = pc.replace_substring(pc.fill_null(valid, NULL_UUID), "-", "")
    values = pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(text), [None, _unhex(digits)])
    return pc.if_else(pc.is_valid(valid), values, pa.scalar(None, pa.binary(16))).cast(target)


def parse_binary(text: pa.StringArray, _: pa.DataType) -> pa.Array:
    """Return byte strings."""
    valid = pc.if_else(pc.match_substring_regex(text, HEX), text, pa.scalar(None, pa.string()))
    digits = pc.fill_null(pc.replace_substring_regex(valid, HEX, r"\1"), "")
    lengths = pc.divide(pc.binary_length(digits), 2)
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths).cast(pa.int32())])
    values = pa.BinaryArray.from_buffers(pa.binary(), len(text), [None, offsets.buffers()[1], _unhex(digits)])
    return pc.if_else(pc.is_valid(valid), values, pa.scalar(None, pa.binary()))


def parse_fixed(text: pa.StringArray, target: pa.DataType) -> pa.Array:
    """Return byte strings of the target's length."""
    values = parse_binary(text, pa.binary())
    is_long = pc.equal(pc.binary_length(values), target.byte_width)
    return pc.if_else(is_long, values, pa.scalar(None, pa.binary())).cast(target)


def _unhex(digits: pa.StringArray) -> pa.Buffer:
    """Return the bytes of all texts together."""
    joined = pc.binary_join(pa.ListArray.from_arrays([0, len(digits)], digits), "")[0].as_py()
    return pa.py_buffer(bytes.fromhex(joined))
