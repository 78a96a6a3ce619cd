"""One Parquet data file: its row groups, its encodings, and the metrics Iceberg's manifests need."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyiceberg.io import OutputStream
from pyiceberg.io.pyarrow import (
    compute_statistics_plan,
    data_file_statistics_from_parquet_metadata,
    parquet_path_to_id_mapping,
)
from pyiceberg.schema import Schema

from dativo_core.lake.nested_schema import innermost
from dativo_core.lake.table import FILE_METRICS

MAX_ROW_GROUP_ROWS = 1 << 20
ZSTD_LEVEL = 1
DICTIONARY_SAMPLES = 10
DICTIONARY_SAMPLE_ROWS = 1_000
DICTIONARY_MAX_DISTINCT = 0.2


class ParquetFile:
    """A data file being written, its row groups as they come; its encodings suit the rows of the first one."""

    def __init__(self, path: str, sink: OutputStream, compression: str, first: pa.Table, batch_rows: int) -> None:
        self.path = path
        self._sink = sink
        self._group_rows = min(batch_rows, MAX_ROW_GROUP_ROWS)
        self._metadata: list[pq.FileMetaData] = []
        self._writer = parquet_writer(sink, compression, first, self._metadata)

    @property
    def size_bytes(self) -> int:
        """Bytes written so far; the footer comes when the file is closed."""
        size_bytes: int = self._sink.tell()
        return size_bytes

    def write(self, rows: pa.Table) -> None:
        """Write rows as row groups, of which none has more rows than a batch."""
        self._writer.write_table(rows, row_group_size=self._group_rows)
        # What encoding took would otherwise stay with the process, beside the rows that are collected next.
        pa.default_memory_pool().release_unused()

    def close(self) -> tuple[pq.FileMetaData, int]:
        """Make the file durable; returns its footer and its size in bytes. The file is closed also when this fails."""
        try:
            self._writer.close()
            size_bytes = self.size_bytes
        finally:
            self._sink.close()
        return self._metadata[0], size_bytes


def parquet_writer(
    sink: object, compression: str, first: pa.Table, metadata: list[pq.FileMetaData] | None = None
) -> pq.ParquetWriter:
    """Return a Parquet writer with the encodings data files have; the footer is added to `metadata` at the end."""
    return pq.ParquetWriter(
        sink,
        first.schema,
        compression=compression,
        compression_level=ZSTD_LEVEL if compression == "zstd" else None,
        use_dictionary=_repetitive_columns(first),
        store_decimal_as_integer=True,
        metadata_collector=metadata,
    )


def metrics_of(metadata: pq.FileMetaData, schema: Schema) -> Mapping[str, object]:
    """Return the manifest entry's fields that follow from a file's footer, by their Iceberg names."""
    statistics = data_file_statistics_from_parquet_metadata(
        parquet_metadata=metadata,
        stats_columns=compute_statistics_plan(schema, FILE_METRICS),
        parquet_column_mapping=parquet_path_to_id_mapping(schema),
    )
    metrics: dict[str, object] = statistics.to_serialized_dict()
    return metrics


def _repetitive_columns(rows: pa.Table) -> list[str]:
    """Return the columns a dictionary pays for, judged by a sample from all over the rows; elsewhere it only costs time."""
    step = max(DICTIONARY_SAMPLE_ROWS, -(-rows.num_rows // DICTIONARY_SAMPLES))
    sample = pa.concat_tables([rows.slice(at, DICTIONARY_SAMPLE_ROWS) for at in range(0, rows.num_rows, step)])
    limit = max(1, int(sample.num_rows * DICTIONARY_MAX_DISTINCT))
    return [
        path
        for name, column in zip(sample.schema.names, sample.columns, strict=True)
        for path, values in innermost(name, column.combine_chunks())
        if not isinstance(values, pa.ExtensionArray) and pc.count_distinct(values, mode="all").as_py() <= limit
    ]
