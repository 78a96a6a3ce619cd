"""Arrow's many ways to hold the same values, reduced to one each."""

import pyarrow as pa
import pyarrow.compute as pc


def decoded(array: pa.Array) -> pa.Array:
    """Return the values without dictionaries, run lengths, extension types, views, and 64-bit or fixed lengths of bytes.

    Half floats become floats, decimals of 32 and 64 bits decimals of 128. Raises pyarrow.ArrowInvalid when text or bytes
    of the array are too many for 32-bit offsets (2 GiB).
    """
    if isinstance(array, pa.ExtensionArray):
        return decoded(array.storage)
    if pa.types.is_dictionary(array.type):
        return decoded(array.dictionary_decode())
    if pa.types.is_run_end_encoded(array.type):
        return decoded(pc.run_end_decode(array))
    plain = plain_type(array.type)
    return array if plain == array.type else array.cast(plain)


def plain_type(data_type: pa.DataType) -> pa.DataType:
    """Return the type `decoded` gives the values of an array that is neither dictionary, run lengths nor extension."""
    if pa.types.is_large_string(data_type) or pa.types.is_string_view(data_type):
        return pa.string()
    if pa.types.is_large_binary(data_type) or pa.types.is_binary_view(data_type):
        return pa.binary()
    if pa.types.is_fixed_size_binary(data_type):
        return pa.binary()
    if pa.types.is_float16(data_type):
        return pa.float32()
    if pa.types.is_decimal32(data_type) or pa.types.is_decimal64(data_type):
        return pa.decimal128(data_type.precision, data_type.scale)
    return data_type


def only(values: pa.Array, keep: pa.BooleanArray) -> pa.Array:
    """Return the values, null where `keep` is not true."""
    return pc.if_else(keep, values, pa.scalar(None, values.type))
