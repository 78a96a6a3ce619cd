"""What other engines do to a table: join its data files, mark rows as deleted, add rows and files of their own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.manifest import (
    DataFile,
    DataFileContent,
    FileFormat,
    ManifestContent,
    ManifestEntry,
    ManifestEntryStatus,
    ManifestFile,
    ManifestWriterV2,
)
from pyiceberg.table import Table
from pyiceberg.table.update.snapshot import _FastAppendFiles

from dativo_core.lake.catalog import open_lake
from dativo_core.lake.table import FILE_COLUMN
from tests.support import TABLE


@contextmanager
def opened(root: Path) -> Iterator[Table]:
    """Give the orders table."""
    with open_lake(root / "lake") as lake:
        yield lake.catalog.load_table(TABLE.identifier)


def data_directory(table: Table) -> Path:
    """Return where the table's data files lie."""
    return Path(table.location().removeprefix("file://"), "data")


def data_files(root: Path) -> set[str]:
    """Return the data files of the current snapshot."""
    with opened(root) as table:
        return {task.file.file_path for task in table.scan().plan_files()}


def join_files(root: Path) -> None:
    """Join all data files into one; its bounds are cut to 16 characters."""
    with opened(root) as table:
        all_rows = table.scan().to_arrow()
        with table.transaction() as change:
            change.remove_properties(*(key for key in table.properties if key.startswith("write.metadata.metrics")))
        table.overwrite(all_rows)


def add_foreign_row(root: Path) -> None:
    """Append a row that no source file holds."""
    with opened(root) as table:
        row = {"id": -1, "name": "foreign", "amount": 0.0, FILE_COLUMN: None, "ingest_date": datetime.now(UTC).date()}
        table.append(pa.Table.from_pylist([row], schema=table.schema().as_arrow()))


def add_file_without_file_column(root: Path) -> None:
    """Add a data file that has only the contract's columns."""
    with opened(root) as table:
        path = data_directory(table) / "strange.parquet"
        columns = [field for field in table.schema().as_arrow() if field.name != FILE_COLUMN]
        plain = pa.schema([field.remove_metadata() for field in columns])
        pq.write_table(pa.Table.from_pylist([{"id": -1, "name": "x", "amount": 0.0}], schema=plain), path)
        table.add_files([str(path)])


def mark_deleted(root: Path, row: int, content: DataFileContent = DataFileContent.POSITION_DELETES) -> None:
    """Mark a row of the only data file as deleted in a file of its own, as merge-on-read does."""
    with opened(root) as table:
        (target,) = (task.file for task in table.scan().plan_files())
        path = f"{data_directory(table)}/deletes-{os.urandom(4).hex()}.parquet"
        pq.write_table(pa.table({"file_path": [target.file_path], "pos": pa.array([row], pa.int64())}), path)
        deletes = DataFile.from_args(
            content=content,
            file_path=path,
            file_format=FileFormat.PARQUET,
            partition=target.partition,
            record_count=1,
            file_size_in_bytes=Path(path).stat().st_size,
            equality_ids=[1] if content is DataFileContent.EQUALITY_DELETES else None,
        )
        deletes.spec_id = target.spec_id
        with table.transaction() as transaction:
            append = transaction.update_snapshot().fast_append()
            _DeleteManifest(append._operation, transaction, table.io).append_data_file(deletes).commit()


class _DeleteManifestWriter(ManifestWriterV2):
    def content(self) -> ManifestContent:
        return ManifestContent.DELETES

    @property
    def _meta(self) -> dict[str, str]:
        return {**super()._meta, "content": "deletes"}


class _DeleteManifest(_FastAppendFiles):
    """Adds delete files, which PyIceberg reads but does not write."""

    def _manifests(self) -> list[ManifestFile]:
        output: Any = self.new_manifest_output()
        writer = _DeleteManifestWriter(
            self._transaction.table_metadata.spec(), self.schema(), output, self._snapshot_id, self._compression
        )
        with writer:
            for deletes in self._added_data_files:
                entry = ManifestEntry.from_args(
                    status=ManifestEntryStatus.ADDED, snapshot_id=self._snapshot_id, data_file=deletes
                )
                writer.add(entry)
        return [writer.to_manifest_file(), *self._existing_manifests()]
