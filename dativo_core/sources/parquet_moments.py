"""Timestamps of 96 bits, which Arrow reads in nanoseconds: before 1677 and after 2262 they come out wrong."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.errors import SourceError
from dativo_core.sources.parquet_columns import INT96, Selection
from dativo_core.sources.parquet_file import OpenParquet


class Moments:
    """The 96-bit timestamps among the selected columns of a file, read a second time."""

    def __init__(self, opened: OpenParquet, selection: Selection) -> None:
        self._leaves = [leaf for leaf in selection.leaves if leaf.physical_type == INT96]
        self._reader = opened.reader(coerce_int96_timestamp_unit="us") if self._leaves else None
        self._path = opened.path

    def corrected(self, batches: Iterator[pa.RecordBatch], group: int, rows: int) -> Iterator[pa.RecordBatch]:
        """Yield the batches of a row group, their 96-bit timestamps in microseconds, or as text where they have more."""
        if self._reader is None:
            yield from batches
            return
        paths = [leaf.path for leaf in self._leaves]
        again = self._reader.iter_batches(rows, row_groups=[group], columns=paths, use_threads=False)
        for batch, moments in zip(batches, again, strict=True):
            if batch.num_rows != moments.num_rows:
                message = f"file {self._path}: its timestamps and its other columns come in different steps"
                raise SourceError(message, hint="This is a bug in Dativo; INT64 timestamps are not affected")
            yield self._with_moments(batch, moments)

    def _with_moments(self, batch: pa.RecordBatch, moments: pa.RecordBatch) -> pa.RecordBatch:
        for leaf in self._leaves:
            at = batch.schema.get_field_index(leaf.column)
            values = exact_moments(batch.column(at), moments.column(leaf.column))
            batch = batch.set_column(at, pa.field(leaf.column, values.type), values)
        return batch


def exact_moments(nanoseconds: pa.TimestampArray, microseconds: pa.TimestampArray) -> pa.Array:
    """Return timestamps that were read twice: as nanoseconds modulo 2^64, and as microseconds less what is beyond them.

    Text where one has digits beyond the microsecond.
    """
    whole = pc.multiply(microseconds.cast(pa.int64()), 1000)
    # What wrapped round wraps back: the difference is what the microseconds lack.
    beyond = pc.subtract(nanoseconds.cast(pa.int64()), whole)
    if not pc.any(pc.not_equal(beyond, 0)).as_py():
        return microseconds
    digits = pc.utf8_lpad(beyond.cast(pa.string()), 3, padding="0")
    return pc.binary_join_element_wise(microseconds.cast(pa.string()), digits, "")
