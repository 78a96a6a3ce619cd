"""The rows a table will have once a run is published: what lives now, without what goes, with what was staged."""

from collections.abc import Collection, Iterable, Iterator, Sequence

import pyarrow as pa
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.schema import Schema
from pyiceberg.table import Table

from dativo_core.errors import DativoError, TargetError
from dativo_core.flow import StagedFile
from dativo_core.lake.live_rows import REWRITE, LiveFile, live_files, read_rows
from dativo_core.lake.replacement import PartitionValues, Removal, partition_values
from dativo_core.lake.snapshots import data_file_of


def staged_rows(table: Table, staged: Iterable[StagedFile]) -> list[LiveFile]:
    """Return staged files as if they were in the table."""
    spec = table.metadata.default_spec_id
    return [LiveFile(data_file_of(file, spec), frozenset()) for file in staged]


def remaining_rows(table: Table, removal: Removal) -> list[LiveFile]:
    """Return what stays of the table's files when a removal is committed."""
    gone = {file.file_path for file in removal.files}
    kept = [file for file in live_files(table) if file.data_file.file_path not in gone]
    return kept + staged_rows(table, removal.remains)


def rows_of_partitions(
    table: Table, files: Iterable[LiveFile], partitions: Collection[PartitionValues]
) -> list[LiveFile]:
    """Return the files of some partitions. Raises TargetError when one is of another partition spec than the table's."""
    found = []
    for file in files:
        if file.data_file.spec_id != table.metadata.default_spec_id:
            message = (
                f"data file {file.data_file.file_path} of table {'.'.join(table.name())} is of another partitioning"
            )
            raise TargetError(message, hint=REWRITE)
        if partition_values(file.data_file) in partitions:
            found.append(file)
    return found


class Rows:
    """The rows of some files, as a stream that any reader of Arrow streams may begin as often as it likes.

    Memory is that of a few batches. What keeps a file from being read is in `error`, since readers only pass on its words.
    """

    def __init__(self, table: Table, files: Sequence[LiveFile], columns: Schema) -> None:
        self._table = table
        self._files = files
        self._columns = columns
        self.error: DativoError | None = None

    @property
    def count(self) -> int:
        """How many rows the files hold, those that other engines marked as deleted among them."""
        return sum(int(file.data_file.record_count) for file in self._files)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Begin one more stream (Arrow PyCapsule interface)."""
        return pa.RecordBatchReader.from_batches(self.schema, self.batches()).__arrow_c_stream__(requested_schema)

    @property
    def schema(self) -> pa.Schema:
        """The columns in their plain Arrow types."""
        return pa.schema(
            [field.remove_metadata() for field in schema_to_pyarrow(self._columns, include_field_ids=False)]
        )

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the live rows of one file after the other. Raises TargetError when a file cannot be read."""
        schema = self.schema
        try:
            for file in self._files:
                for batch in read_rows(self._table, file, self._columns):
                    yield batch.cast(schema)
        except DativoError as error:
            self.error = error
            raise
