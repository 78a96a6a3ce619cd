"""Which data files a window replaces on the head it is committed to, and what stays of files that hold other rows too.

Our own data files hold the rows of one source file, so they are removed whole. Another engine may have joined them since;
such a file is rewritten without the rows that go. What is not certain from the manifest is looked up in the file itself.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.conversions import from_bytes
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table
from pyiceberg.types import StringType

from dativo_core.errors import TargetError
from dativo_core.failpoints import fp
from dativo_core.flow import StagedFile
from dativo_core.lake.durable_io import DurableFileIO
from dativo_core.lake.live_rows import LiveFile, live_files, read_rows
from dativo_core.lake.parquet_writer import ParquetWriter, WriterSettings, remove_files
from dativo_core.lake.table import FILE_COLUMN

PartitionValues = tuple[object, ...]


@dataclass(frozen=True)
class Replaced:
    """The rows that go: those of the source files `files`, and all in `partitions` (values as manifests keep them)."""

    files: frozenset[str] = frozenset()
    partitions: frozenset[PartitionValues] = frozenset()


@dataclass(frozen=True)
class Removal:
    """What a commit takes out of a table: data files, rows that are gone with them, and files of what stays of them."""

    files: tuple[DataFile, ...] = ()
    rows: int = 0
    remains: tuple[StagedFile, ...] = ()


@dataclass(frozen=True)
class _Share:
    """How many of a file's live rows go."""

    gone: int
    total: int


class Replacement:
    """Plans removals for the attempts of one commit; what was read or rewritten for one attempt serves the next."""

    def __init__(self, replaced: Replaced, settings: WriterSettings) -> None:
        """`settings` are those of the table's files; schema and partition are taken from the file that is rewritten."""
        self._replaced = replaced
        self._settings = settings
        self._shares: dict[object, _Share] = {}
        self._remains: dict[object, tuple[StagedFile, ...]] = {}

    def removal(self, table: Table) -> Removal:
        """Return what goes from the table's current snapshot.

        Raises TargetError when a file cannot be read, or when one of another partition spec must be split or judged.
        """
        if not self._replaced.files and not self._replaced.partitions:
            return Removal()
        shares = [(file, self._share(table, file)) for file in live_files(table)]
        touched = [(file, share) for file, share in shares if share.gone]
        remains = [self._rest(table, file, share) for file, share in touched if share.gone < share.total]
        fp("replace.planned")
        return Removal(
            files=tuple(file.data_file for file, _ in touched),
            rows=sum(share.gone for _, share in touched),
            remains=tuple(staged for files in remains for staged in files),
        )

    def discard(self) -> None:
        """Delete what was rewritten; only while no commit request has ever named it."""
        for files in self._remains.values():
            remove_files(DurableFileIO(), [staged.path for staged in files])

    def _share(self, table: Table, file: LiveFile) -> _Share:
        if file.key not in self._shares:
            self._shares[file.key] = self._look(table, file)
        return self._shares[file.key]

    def _look(self, table: Table, file: LiveFile) -> _Share:
        rows = int(file.data_file.record_count)
        is_whole = self._is_in_replaced_partition(table, file.data_file)
        if not is_whole:
            owner = sole_owner(table, file.data_file, self._replaced.files)
            if owner is False:
                return _Share(0, rows)
            is_whole = owner is True
        if is_whole and not file.deletes:
            return _Share(rows, rows)
        return self._count(table, file, is_whole=is_whole)

    def _count(self, table: Table, file: LiveFile, *, is_whole: bool) -> _Share:
        gone = total = 0
        for batch in read_rows(table, file, table.schema().select(FILE_COLUMN)):
            total += batch.num_rows
            gone += batch.num_rows if is_whole else pc.sum(self._goes(batch)).as_py() or 0
        return _Share(gone, total)

    def _goes(self, batch: pa.RecordBatch) -> pa.Array:
        column = batch.column(FILE_COLUMN)
        return pc.is_in(column, value_set=pa.array(sorted(self._replaced.files), column.type))

    def _is_in_replaced_partition(self, table: Table, data_file: DataFile) -> bool:
        if not self._replaced.partitions:
            return False
        _require_current_spec(table, data_file)
        return partition_values(data_file) in self._replaced.partitions

    def _rest(self, table: Table, file: LiveFile, share: _Share) -> tuple[StagedFile, ...]:
        """Return files with the rows of a mixed file that stay."""
        key = (file.key, table.metadata.current_schema_id)
        if key not in self._remains:
            _require_current_spec(table, file.data_file)
            self._remains[key] = self._rewrite(table, file)
            fp("rewrite.written")
        written = sum(staged.record_count for staged in self._remains[key])
        if written != share.total - share.gone:
            message = f"rows of {file.data_file.file_path} do not add up: {written} of {share} were kept"
            raise TargetError(message, hint="This is a bug in Dativo; nothing was published")
        return self._remains[key]

    def _rewrite(self, table: Table, file: LiveFile) -> tuple[StagedFile, ...]:
        settings = replace(
            self._settings,
            schema_json=table.schema().model_dump_json(),
            arrow_schema=schema_to_pyarrow(table.schema(), include_field_ids=True),
            partition=(),
        )
        writer = ParquetWriter(settings, len(self._remains))
        try:
            for batch in read_rows(table, file, table.schema()):
                writer.write(batch.filter(pc.invert(self._goes(batch))))
            staged = writer.close()
        except BaseException:
            writer.discard()
            raise
        return tuple(replace(each, partition=partition_values(file.data_file)) for each in staged)


def sole_owner(table: Table, data_file: DataFile, paths: Collection[str]) -> bool | None:
    """Return whether all rows of a data file (True) or none (False) come from `paths`; None if its bounds do not tell.

    Bounds may be cut short: a lower bound is then a prefix, an upper one a prefix or above it. Two equal bounds are a
    value only where no path could be meant that goes on after them.
    """
    if not paths:
        return False
    field = table.schema().find_field(FILE_COLUMN).field_id
    lower, upper = ((bounds or {}).get(field) for bounds in (data_file.lower_bounds, data_file.upper_bounds))
    nulls = (data_file.null_value_counts or {}).get(field)
    if lower is None or upper is None:
        return False if nulls is not None and nulls == data_file.record_count else None
    low, high = str(from_bytes(StringType(), lower)), str(from_bytes(StringType(), upper))
    possible = {path for path in paths if low <= path and (path <= high or path.startswith(high))}
    if not possible:
        return False
    return True if low == high and possible == {low} and nulls == 0 else None


def partition_values(data_file: DataFile) -> PartitionValues:
    """Return a data file's partition as manifests keep it."""
    return tuple(data_file.partition[position] for position in range(len(data_file.partition)))


def _require_current_spec(table: Table, data_file: DataFile) -> None:
    if data_file.spec_id != table.metadata.default_spec_id:
        message = f"data file {data_file.file_path} of table {'.'.join(table.name())} is of an earlier partitioning"
        hint = "Rewrite the table's data files with an engine such as Spark, then run again; nothing was published"
        raise TargetError(message, hint=hint)
