"""The row groups of a Parquet file in pieces of a bounded size, however little room they take in the file."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from dativo_core.errors import SourceError
from dativo_core.sources.parquet_columns import INT96, Leaf, Selection
from dativo_core.sources.parquet_file import OpenParquet
from dativo_core.sources.parquet_moments import Moments

BATCH_BYTES = 32 * 1024 * 1024
"""Arrow bytes of a batch, about."""

MAX_EXPANSION = 200
EXPANSION_CHECKED_FROM_BYTES = 1024 * 1024 * 1024
"""A column of a row group that grows by more than this ratio is refused once it is this large: it may be one page."""

PROBED_ROWS = 1024
LEVEL_BYTES = 4
"""What the reader notes for each value besides it."""

_VALUE_BYTES = {"BOOLEAN": 1, "INT32": 4, "FLOAT": 4, INT96: 12}
_TEXT = "BYTE_ARRAY"


def read_batches(opened: OpenParquet, selection: Selection, most_rows: int) -> Iterator[pa.RecordBatch]:
    """Yield the selected columns in the order of the file's rows, at most `most_rows` at once.

    Row groups are read one after another, in steps for which a batch has room even if each row holds the longest text of
    its row group.
    """
    paths = [leaf.path for leaf in selection.leaves]
    texts = [leaf.path for leaf in selection.leaves if leaf.physical_type == _TEXT]
    probe, reader = opened.reader(read_dictionary=texts), opened.reader()
    moments = Moments(opened, selection)
    for number in range(opened.footer.num_row_groups):
        # Asking the footer of encrypted columns for their sizes ends the process; reading them raises.
        first = next(probe.iter_batches(PROBED_ROWS, row_groups=[number], columns=paths, use_threads=False), None)
        group, seen = opened.footer.row_group(number), 0
        if first is not None:
            rows = max(1, min(most_rows, BATCH_BYTES // _row_bytes(opened, group, selection, first)))
            batches = reader.iter_batches(rows, row_groups=[number], columns=paths, use_threads=False)
            for batch in moments.corrected(batches, number, rows):
                seen += batch.num_rows
                yield batch
        _require_rows(opened.path, number, group.num_rows, seen)


def _require_rows(path: str, number: int, promised: int, seen: int) -> None:
    """Raise SourceError unless the rows of a row group are all there; Arrow stops without a word at some broken pages."""
    if seen != promised:
        message = f"file {path}: its row group {number + 1} is to hold {promised} rows, and {seen} could be read"
        raise SourceError(message, hint="Deliver it again, whole; nothing of it was loaded")


def _row_bytes(
    opened: OpenParquet, group: parquet.RowGroupMetaData, selection: Selection, first: pa.RecordBatch
) -> int:
    """Return the room a row of a row group takes at most, lists in it on average; `first` holds rows with dictionaries."""
    total = 1.0
    for leaf in selection.leaves:
        chunk = group.column(leaf.number)
        _require_size(opened.path, chunk)
        longest = max(map(_longest, _dictionaries(first.column(leaf.column))), default=0)
        total += (_value_bytes(leaf, chunk, longest) + LEVEL_BYTES) * chunk.num_values / group.num_rows
    return int(total)


def _require_size(path: str, chunk: parquet.ColumnChunkMetaData) -> None:
    bound = max(EXPANSION_CHECKED_FROM_BYTES, MAX_EXPANSION * chunk.total_compressed_size)
    if chunk.total_uncompressed_size > bound:
        column = f"column {chunk.path_in_schema!r} of file {path}"
        message = f"{column} expands to more than {MAX_EXPANSION} times its size"
        raise SourceError(message, hint="Deliver it in smaller row groups if it is genuine")


def _value_bytes(leaf: Leaf, chunk: parquet.ColumnChunkMetaData, longest: int) -> float:
    if leaf.physical_type != _TEXT:
        return float(_VALUE_BYTES.get(leaf.physical_type, leaf.fixed_bytes or 8))
    size_bytes, values = float(chunk.total_uncompressed_size), int(chunk.num_values)
    if chunk.has_dictionary_page and longest == 0:
        # The first rows hold no value and tell nothing: the dictionary may be one text.
        return size_bytes
    return max(longest, size_bytes / max(1, values))


def _dictionaries(array: pa.Array) -> Iterator[pa.Array]:
    """Yield the dictionaries among the parts of an array."""
    if isinstance(array, pa.ExtensionArray):
        yield from _dictionaries(array.storage)
    elif pa.types.is_dictionary(array.type):
        yield array.dictionary
    elif pa.types.is_struct(array.type):
        for child in array.flatten():
            yield from _dictionaries(child)
    elif pa.types.is_map(array.type):
        yield from _dictionaries(array.keys)
        yield from _dictionaries(array.items)
    elif isinstance(array, pa.ListArray | pa.LargeListArray | pa.FixedSizeListArray):
        yield from _dictionaries(array.values)


def _longest(texts: pa.Array) -> int:
    return pc.max(pc.binary_length(texts)).as_py() or 0
