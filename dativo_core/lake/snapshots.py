"""The one adapter to PyIceberg's snapshot producers.

They are used only to build the updates of a snapshot; PyIceberg's own commit and retry are not used, because they
duplicate rows or damage the table when a commit lands and its answer is lost. The private names used here are why
PyIceberg is pinned to one minor version.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pyiceberg.manifest import DataFile, DataFileContent, FileFormat, ManifestFile
from pyiceberg.table import Table
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.refs import MAIN_BRANCH
from pyiceberg.table.snapshots import Operation
from pyiceberg.table.update import (
    AddSnapshotUpdate,
    AssertCurrentSchemaId,
    AssertDefaultSpecId,
    AssertTableUUID,
    SetPropertiesUpdate,
    TableRequirement,
    TableUpdate,
)
from pyiceberg.table.update.snapshot import _FastAppendFiles, _OverwriteFiles
from pyiceberg.typedef import Record

from dativo_core.errors import TargetError
from dativo_core.flow import StagedFile

MAX_CLOCK_SKEW_MS = 60_000


@dataclass(frozen=True)
class TableChange:
    """Updates for one catalog request, and all that must still hold of the table for it to be accepted."""

    updates: tuple[TableUpdate, ...]
    requirements: tuple[TableRequirement, ...]


@dataclass(frozen=True)
class SnapshotDraft(TableChange):
    """A snapshot whose manifests are written but which no table refers to yet."""

    snapshot_id: int
    sequence_number: int


def draft_snapshot(
    table: Table, added: Iterable[StagedFile], removed: Iterable[DataFile], summary: Mapping[str, str]
) -> SnapshotDraft:
    """Write the manifests of a snapshot on top of `table`'s current one; nothing is visible until it is committed.

    `added` must have been written for the table's current partition spec; that it still is the current one is among the
    requirements.
    """
    added_files, removed_files = list(added), list(removed)
    operation = Operation.OVERWRITE if added_files else Operation.DELETE
    producer = _producer(table, dict(summary), operation if removed_files else Operation.APPEND)
    for staged in added_files:
        producer.append_data_file(data_file_of(staged, table.metadata.default_spec_id))
    for data_file in removed_files:
        producer.delete_data_file(data_file)
    updates, requirements = producer._commit()
    now_ms = commit_time_ms(table.metadata, time.time_ns() // 1_000_000)
    return SnapshotDraft(
        snapshot_id=producer.snapshot_id,
        sequence_number=table.metadata.next_sequence_number(),
        updates=tuple(_at(update, now_ms) for update in updates),
        requirements=(
            *requirements,
            AssertTableUUID(uuid=table.metadata.table_uuid),
            AssertCurrentSchemaId(current_schema_id=table.metadata.current_schema_id),
            AssertDefaultSpecId(default_spec_id=table.metadata.default_spec_id),
        ),
    )


class _ReplaceFiles(_OverwriteFiles):
    """Removes the given files, whichever manifests they are in.

    PyIceberg skips manifests by their partition bounds, in threads that share one evaluator; the evaluator keeps the
    manifest it is looking at, so one manifest can be judged by the bounds of another and its files not be found.
    """

    def _build_manifest_evaluator(self, spec_id: int) -> Callable[[ManifestFile], bool]:
        return lambda manifest: True


def _producer(table: Table, summary: dict[str, str], operation: Operation) -> _FastAppendFiles | _ReplaceFiles:
    transaction = table.transaction()
    if operation is Operation.APPEND:
        return transaction.update_snapshot(snapshot_properties=summary).fast_append()
    return _ReplaceFiles(operation=operation, transaction=transaction, io=table.io, snapshot_properties=summary)


def set_properties(properties: Mapping[str, str]) -> TableUpdate:
    """Return the update that sets table properties."""
    return SetPropertiesUpdate(updates=dict(properties))


def live_data_files(table: Table) -> list[DataFile]:
    """Return the data files of the current snapshot."""
    snapshot = table.metadata.snapshot_by_name(MAIN_BRANCH)
    if snapshot is None:
        return []
    return [
        entry.data_file
        for manifest in snapshot.manifests(table.io)
        for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True)
        if entry.data_file.content == DataFileContent.DATA
    ]


def commit_time_ms(metadata: TableMetadata, now_ms: int) -> int:
    """Return the time of a new snapshot: now, or just after the table's last change where this clock is behind.

    Iceberg's Java readers refuse metadata whose time steps back by more than a minute, so a clock that is further behind
    than that raises TargetError.
    """
    snapshots = [entry.timestamp_ms for entry in metadata.snapshot_log]
    files = [entry.timestamp_ms for entry in metadata.metadata_log]
    last: int = max([metadata.last_updated_ms, *snapshots, *files])
    if last > now_ms + MAX_CLOCK_SKEW_MS:
        message = f"this machine's clock is {(last - now_ms) / 1000:.0f} s behind the table's last change"
        raise TargetError(message, hint="Set the clock, then run again")
    return max(now_ms, last + 1)


def _at(update: TableUpdate, time_ms: int) -> TableUpdate:
    if isinstance(update, AddSnapshotUpdate):
        return AddSnapshotUpdate(snapshot=update.snapshot.model_copy(update={"timestamp_ms": time_ms}))
    return update


def data_file_of(staged: StagedFile, spec_id: int) -> DataFile:
    """Return a staged file as a manifest lists it."""
    metrics: dict[str, Any] = dict(staged.metrics)
    data_file = DataFile.from_args(
        content=DataFileContent.DATA,
        file_path=staged.path,
        file_format=FileFormat.PARQUET,
        partition=Record(*staged.partition),
        file_size_in_bytes=staged.size_bytes,
        sort_order_id=staged.sort_order_id,
        equality_ids=None,
        key_metadata=None,
        **metrics,
    )
    data_file.spec_id = spec_id
    return data_file
