"""JSON text to a column's nested type: a whole array at once where Arrow's reader takes it, else what it takes of it."""

import pyarrow as pa

from dativo_core.contract.convert_nested import Converted, ConvertPart, convert_nested
from dativo_core.contract.misfits import joined
from dativo_core.contract.read_json import read_whole
from dativo_core.contract.read_json_rows import read_rows
from dativo_core.odcs.types import FieldType

BLOCK_ROWS = 1024
"""One cell that is unusual makes so many cells be read one by one."""


def convert_json(text: pa.StringArray, field_type: FieldType, convert_part: ConvertPart) -> Converted:
    """Return the values like `convert_nested`, and what does not fit, whichever way each cell had to be read."""
    whole = read_whole(text, field_type)
    if whole is not None:
        return convert_nested(whole, field_type, convert_part)
    if len(text) <= BLOCK_ROWS:
        read, misfits = read_rows(text, field_type)
        values, more = convert_nested(read, field_type, convert_part)
        return values, [*misfits, *more]
    starts = range(0, len(text), BLOCK_ROWS)
    blocks = [convert_json(text.slice(at, BLOCK_ROWS), field_type, convert_part) for at in starts]
    return pa.concat_arrays([values for values, _ in blocks]), joined(
        [(len(values), misfits) for values, misfits in blocks]
    )
