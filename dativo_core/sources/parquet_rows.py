"""Rows of a Parquet file as batches: where they stand, and the rejects of those whose text is none."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.canonical_text import json_text
from dativo_core.flow import REJECT_SCHEMA
from dativo_core.sources.text_flaws import flawed_rows, readable

RAW_CHARACTERS = 4096
"""How much of a rejected row is kept."""


class RowNumbers:
    """Where the rows of a batch stand: the 1-based number of each in its file, and its columns as JSON."""

    def __init__(self, file: str, records: pa.RecordBatch, numbers: Sequence[int]) -> None:
        self._file = file
        self._records = records
        self._numbers = numbers

    @property
    def file(self) -> str:
        """The source file, relative to the workspace root."""
        return self._file

    def locate(self, rows: Sequence[int]) -> tuple[list[int], list[str]]:
        """Return the number and the JSON of each row."""
        taken = self._records.take(pa.array(rows, pa.int64()))
        return [self._numbers[row] for row in rows], row_texts(taken)


def row_texts(records: pa.RecordBatch) -> list[str]:
    """Return each row as JSON, at most 4096 characters of it."""
    text = json_text(records.to_struct_array())
    cut: list[str] = pc.utf8_slice_codeunits(text, 0, RAW_CHARACTERS).to_pylist()
    return cut


def split_flawed(
    records: pa.RecordBatch, file: str, first: int
) -> tuple[pa.RecordBatch, Sequence[int], pa.RecordBatch]:
    """Return the rows whose text is text, their numbers in the file, and a reject for each of the others.

    `first` is the number of the first row.
    """
    numbers = range(first, first + records.num_rows)
    flaws: dict[int, tuple[str, str]] = {}
    for name, column in zip(records.schema.names, records.columns, strict=True):
        for row, reason in flawed_rows(column):
            flaws.setdefault(row, (name, reason))
    if not flaws:
        return records, numbers, _no_rejects()
    kept = [row for row in range(records.num_rows) if row not in flaws]
    rejects = _rejects(records, file, first, dict(sorted(flaws.items())))
    return records.take(pa.array(kept, pa.int64())), [numbers[row] for row in kept], rejects


def _rejects(records: pa.RecordBatch, file: str, first: int, flaws: dict[int, tuple[str, str]]) -> pa.RecordBatch:
    broken = records.take(pa.array(list(flaws), pa.int64()))
    columns = [readable(column) for column in broken.columns]
    raw = row_texts(pa.RecordBatch.from_arrays(columns, names=records.schema.names))
    rows = [
        {"file": file, "line": first + row, "column": name, "rule": "encoding", "reason": f"{name}: {why}", "raw": text}
        for (row, (name, why)), text in zip(flaws.items(), raw, strict=True)
    ]
    return pa.RecordBatch.from_pylist(rows, schema=REJECT_SCHEMA)


def _no_rejects() -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([], schema=REJECT_SCHEMA)
