"""The live rows of a table's data files, one file at a time in bounded memory.

PyIceberg's own scans hold the batches of a whole file in memory. Its way of reading a file is used here nevertheless,
because it knows about renamed and added columns and about rows that another engine marked as deleted.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io.pyarrow import ArrowScan, _read_all_delete_files, schema_to_pyarrow
from pyiceberg.manifest import DataFile, ManifestContent
from pyiceberg.schema import Schema
from pyiceberg.table import FileScanTask, Table
from pyiceberg.table.refs import MAIN_BRANCH

from dativo_core.errors import TargetError
from dativo_core.lake.nested_rows import has_nested, read_nested_rows
from dativo_core.lake.snapshots import live_data_files

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
    wanted = schema_to_pyarrow(schema, include_field_ids=True)
    task = FileScanTask(file.data_file, delete_files=set(file.deletes))
    scan = ArrowScan(table.metadata, table.io, schema, AlwaysTrue())
    try:
        deletes = _read_all_delete_files(table.io, [task])
        if has_nested(schema):
            path = file.data_file.file_path
            yield from read_nested_rows(table.io, path, schema, wanted, deletes.get(path, ()))
            return
        for batch in scan._record_batches_from_scan_tasks_and_deletes([task], deletes):
            yield batch.cast(wanted)
    except ValueError as error:
        message = f"data file {file.data_file.file_path} of table {'.'.join(table.name())} cannot be read: {error}"
        raise TargetError(message, hint=REWRITE) from error
