"""The live rows of a table's data files, one file at a time in bounded memory.

PyIceberg's own scans hold the batches of a whole file in memory, or many row groups. Only its projection is used here,
which knows about renamed, added and widened columns, and its reading of which rows another engine marked as deleted.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyiceberg.io.pyarrow import (
    _get_column_projection_values,
    _read_all_delete_files,
    _to_requested_schema,
    pyarrow_to_schema,
    schema_to_pyarrow,
)
from pyiceberg.manifest import DataFile, FileFormat, ManifestContent
from pyiceberg.schema import Schema
from pyiceberg.table import FileScanTask, Table
from pyiceberg.table.refs import MAIN_BRANCH

from dativo_core.errors import TargetError
from dativo_core.lake.nested_rows import has_nested, read_nested_rows
from dativo_core.lake.snapshots import live_data_files

BATCH_ROWS = 1 << 16
REWRITE = "Have the engine that wrote it rewrite the table's data files, then run again; nothing was published"


@dataclass(frozen=True)
class LiveFile:
    """A data file of the current snapshot, with the delete files that mark some of its rows as deleted."""

    data_file: DataFile
    deletes: frozenset[DataFile]

    @property
    def key(self) -> tuple[str, frozenset[str]]:
        """What its live rows depend on; files of either kind never change."""
        return self.data_file.file_path, frozenset(file.file_path for file in self.deletes)


def live_files(table: Table) -> list[LiveFile]:
    """Return the data files of the current snapshot. Raises TargetError when rows are deleted in a way we cannot read."""
    snapshot = table.metadata.snapshot_by_name(MAIN_BRANCH)
    manifests = snapshot.manifests(table.io) if snapshot is not None else []
    if all(manifest.content == ManifestContent.DATA for manifest in manifests):
        return [LiveFile(data_file, frozenset()) for data_file in live_data_files(table)]
    try:
        return [LiveFile(task.file, frozenset(task.delete_files)) for task in table.scan().plan_files()]
    except ValueError as error:
        message = f"rows of table {'.'.join(table.name())} are deleted in a way that cannot be read: {error}"
        raise TargetError(message, hint=REWRITE) from error


def read_rows(table: Table, file: LiveFile, schema: Schema) -> Iterator[pa.RecordBatch]:
    """Stream the live rows of a file as Arrow batches of `schema`, which has columns of the table's current schema.

    Columns the file lacks are null. Raises TargetError when the file is damaged or of a form that cannot be read.
    """
    path = file.data_file.file_path
    try:
        if file.data_file.file_format != FileFormat.PARQUET:
            message = f"it is {file.data_file.file_format}, not Parquet"
            raise ValueError(message)
        deleted = _deleted_positions(table, file)
        if has_nested(schema):
            arrow_schema = schema_to_pyarrow(schema, include_field_ids=True)
            yield from read_nested_rows(table.io, path, schema, arrow_schema, deleted)
            return
        with table.io.new_input(path).open() as stream, pq.ParquetFile(stream, pre_buffer=False) as parquet:
            project = _Projection(table, file.data_file, schema, parquet.schema_arrow)
            start = 0
            for batch in parquet.iter_batches(BATCH_ROWS, columns=project.columns or None):
                live = batch.filter(_are_live(deleted, start, batch.num_rows)) if deleted else batch
                start += batch.num_rows
                yield project(live)
    except ValueError as error:
        message = f"data file {path} of table {'.'.join(table.name())} cannot be read: {error}"
        raise TargetError(message, hint=REWRITE) from error


class _Projection:
    """Turns batches of one file into batches of the wanted columns of the table."""

    def __init__(self, table: Table, data_file: DataFile, schema: Schema, physical: pa.Schema) -> None:
        metadata = table.metadata
        self._schema = schema
        self._arrow_schema = schema_to_pyarrow(schema, include_field_ids=True)
        stored = pyarrow_to_schema(
            physical, metadata.name_mapping(), downcast_ns_timestamp_to_us=True, format_version=metadata.format_version
        )
        wanted = {field.field_id for field in schema.fields}
        fields = [field for field in stored.fields if field.field_id in wanted]
        self._stored = Schema(*fields)
        self._constants = _get_column_projection_values(
            data_file, schema, metadata.schema(), metadata.specs()[data_file.spec_id], stored.field_ids
        )
        self.columns = [field.name for field in fields]

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        projected = _to_requested_schema(
            self._schema,
            self._stored,
            batch,
            downcast_ns_timestamp_to_us=True,
            projected_missing_fields=self._constants,
            allow_timestamp_tz_mismatch=True,
        )
        return projected.cast(self._arrow_schema)


def _deleted_positions(table: Table, file: LiveFile) -> list[pa.ChunkedArray]:
    """Return the places of the rows that are marked as deleted, from 0."""
    task = FileScanTask(file.data_file, delete_files=set(file.deletes))
    return _read_all_delete_files(table.io, [task]).get(file.data_file.file_path, [])


def _are_live(deleted: list[pa.ChunkedArray], start: int, rows: int) -> pa.Array:
    positions = pa.chunked_array([chunk for each in deleted for chunk in each.chunks], pa.int64())
    return pc.invert(pc.is_in(pa.arange(start, start + rows), value_set=positions))
