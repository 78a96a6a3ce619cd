"""Arrow batches to Parquet data files in bounded memory, with the metrics Iceberg's manifests need.

PyIceberg's own append needs as much memory as the rows; here at most one row group is held.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyiceberg.io import FileIO, OutputStream
from pyiceberg.io.pyarrow import (
    compute_statistics_plan,
    data_file_statistics_from_parquet_metadata,
    parquet_path_to_id_mapping,
)
from pyiceberg.schema import Schema

from dativo_core.flow import StagedFile
from dativo_core.lake.durable_io import DurableFileIO
from dativo_core.lake.nested_schema import innermost

MAX_ROW_GROUP_ROWS = 1 << 20
MAX_ROW_GROUP_BYTES = 64 * 1024 * 1024
"""Arrow bytes that are collected before a row group is written; the writer's memory is a small multiple of this."""
EXPECTED_COMPRESSION = 4
DICTIONARY_SAMPLE_ROWS = 10_000
DICTIONARY_MAX_DISTINCT = 0.2
ZSTD_LEVEL = 1


Partition = tuple[tuple[str, str, str | int], ...]
"""An identity partition: per column its name, its value as text for the path, and its value in the manifest."""


@dataclass(frozen=True)
class WriterSettings:
    """Everything a process needs to write data files of one table; picklable.

    `schema_json` is the Iceberg schema, `arrow_schema` its Arrow form with field ids. All rows of a
    writer share `partition`. `file_prefix` makes names unique per run.
    """

    location: str
    schema_json: str
    arrow_schema: pa.Schema
    partition: Partition
    compression: str
    target_file_size_bytes: int
    file_prefix: str


class ParquetWriter:
    """Writes batches into one or more files of about the target size; `close` returns what was written."""

    def __init__(self, settings: WriterSettings, part: int) -> None:
        self._settings = settings
        self._part = part
        self._io = DurableFileIO()
        self._schema = Schema.model_validate_json(settings.schema_json)
        self._staged: list[StagedFile] = []
        self._file: _OpenFile | None = None
        self._paths: list[str] = []

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows in the settings' Arrow schema."""
        if batch.num_rows == 0:
            return
        if self._file is None:
            self._file = self._open(batch)
        self._file.write(batch)
        if self._file.size_bytes >= self._settings.target_file_size_bytes:
            self._finish()

    def close(self) -> tuple[StagedFile, ...]:
        """Make the last file durable and return all files in the order they were written."""
        self._finish()
        return tuple(self._staged)

    def discard(self) -> None:
        """Remove everything written; only for files that were never named in a commit request. Never raises OSError."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None
        remove_files(self._io, self._paths)

    def _open(self, batch: pa.RecordBatch) -> "_OpenFile":
        folder = "/".join(f"{name}={text}" for name, text, _ in self._settings.partition)
        name = f"{self._settings.file_prefix}-{self._part:05d}-{len(self._staged):05d}.parquet"
        path = "/".join(filter(None, (self._settings.location.rstrip("/"), "data", folder, name)))
        self._paths.append(path)
        return _OpenFile(path, self._io.new_output(path).create(), self._settings, batch)

    def _finish(self) -> None:
        if self._file is None:
            return
        metadata = self._file.close()
        partition = tuple(value for _, _, value in self._settings.partition)
        size = len(self._io.new_input(self._file.path))
        metrics = _metrics(metadata, self._schema)
        self._staged.append(StagedFile(self._file.path, size, metadata.num_rows, partition, metrics))
        self._file = None


class _OpenFile:
    """One Parquet file being written; batches are collected into row groups bounded by rows and by Arrow bytes."""

    def __init__(self, path: str, sink: OutputStream, settings: WriterSettings, first: pa.RecordBatch) -> None:
        self.path = path
        self._sink = sink
        self._metadata: list[pq.FileMetaData] = []
        self._pending: list[pa.RecordBatch] = []
        self._max_bytes = min(MAX_ROW_GROUP_BYTES, EXPECTED_COMPRESSION * settings.target_file_size_bytes)
        self._writer = pq.ParquetWriter(
            sink,
            settings.arrow_schema,
            compression=settings.compression,
            compression_level=ZSTD_LEVEL if settings.compression == "zstd" else None,
            use_dictionary=_repetitive_columns(first),
            store_decimal_as_integer=True,
            metadata_collector=self._metadata,
        )

    @property
    def size_bytes(self) -> int:
        """Bytes on disk so far; rows of the open row group are not in it."""
        return self._sink.tell()

    def write(self, batch: pa.RecordBatch) -> None:
        self._pending.append(batch)
        rows = sum(pending.num_rows for pending in self._pending)
        size_bytes = sum(pending.nbytes for pending in self._pending)
        if rows >= MAX_ROW_GROUP_ROWS or size_bytes >= self._max_bytes:
            self._write_row_group()

    def close(self) -> pq.FileMetaData:
        try:
            self._write_row_group()
            self._writer.close()
        finally:
            self._sink.close()
        return self._metadata[0]

    def _write_row_group(self) -> None:
        if self._pending:
            table = pa.Table.from_batches(self._pending)
            self._pending = []
            self._writer.write_table(table, row_group_size=MAX_ROW_GROUP_ROWS)


def remove_files(io: FileIO, paths: Iterable[str]) -> None:
    """Delete files as far as that is possible; what stays is an orphan that nothing refers to."""
    for path in paths:
        with suppress(OSError):
            io.delete(path)


def _repetitive_columns(batch: pa.RecordBatch) -> list[str]:
    """Return the columns a dictionary pays for, judged by a sample; elsewhere it only costs time."""
    sample = batch.slice(0, DICTIONARY_SAMPLE_ROWS)
    limit = max(1, int(sample.num_rows * DICTIONARY_MAX_DISTINCT))
    return [
        path
        for name, column in zip(batch.schema.names, sample.columns, strict=True)
        for path, values in innermost(name, column)
        if not isinstance(values, pa.ExtensionArray) and pc.count_distinct(values, mode="all").as_py() <= limit
    ]


def _metrics(metadata: pq.FileMetaData, schema: Schema) -> Mapping[str, object]:
    statistics = data_file_statistics_from_parquet_metadata(
        parquet_metadata=metadata,
        stats_columns=compute_statistics_plan(schema, {}),
        parquet_column_mapping=parquet_path_to_id_mapping(schema),
    )
    metrics: dict[str, object] = statistics.to_serialized_dict()
    return metrics
