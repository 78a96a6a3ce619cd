"""Files have the wanted size, and writing them takes bounded memory and a bounded number of open files."""

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dativo_core.flow import StagedFile
from dativo_core.lake import data_files, parquet_writer
from dativo_core.lake.catalog import open_lake
from dativo_core.lake.parquet_writer import ParquetWriter, WriterSettings
from dativo_core.lake.table import ensure_table
from dativo_core.odcs.types import FieldType, TypeKind
from tests.unit.lake.layouts import definition, settings

COLUMNS = {"key": FieldType(TypeKind.LONG), "n": FieldType(TypeKind.LONG), "text": FieldType(TypeKind.STRING)}
KB, MB = 1024, 1024 * 1024
POOLS: list[pa.MemoryPool] = []
"""Pools that were in use; Arrow crashes when one goes before the last of its buffers."""


def batch_of(rows: int, keys: int, seed: int = 0, width: int = 24) -> pa.RecordBatch:
    """Return rows whose text does not compress, spread over partitions."""
    noise = os.urandom(rows * width // 2).hex()
    text = pa.array([noise[at : at + width] for at in range(0, rows * width, width)])
    number = pa.array(range(seed, seed + rows), pa.int64())
    return pa.record_batch(
        {"key": pa.array([n * 7 % keys for n in range(rows)], pa.int64()), "n": number, "text": text}
    )


def open_writer(root: Path, partition: list[str], sort: list[str] | None = None, **changes: Any) -> ParquetWriter:
    return ParquetWriter(writer_settings(root, partition, sort, **changes), 0)


def writer_settings(root: Path, partition: list[str], sort: list[str] | None, **changes: Any) -> WriterSettings:
    wanted = definition(COLUMNS, partition, sort)
    with open_lake(root / "lake") as lake:
        return settings(ensure_table(lake, wanted), wanted, **changes)


@contextmanager
def peak_memory() -> Iterator[Callable[[], int]]:
    """Count what Arrow allocates from here on; the function returns the most bytes there were at once."""
    before, pool = pa.default_memory_pool(), pa.proxy_memory_pool(pa.default_memory_pool())
    POOLS.append(pool)
    pa.set_memory_pool(pool)
    try:
        yield pool.max_memory
    finally:
        pa.set_memory_pool(before)


def write_all(writer: ParquetWriter, batches: Iterable[pa.RecordBatch]) -> tuple[StagedFile, ...]:
    for batch in batches:
        writer.write(pa.RecordBatch.from_arrays(batch.columns, schema=writer._settings.arrow_schema))
    return writer.close()


def file_rows(file: StagedFile) -> pa.Table:
    return pq.read_table(file.path.removeprefix("file://"), partitioning=None)


@pytest.mark.parametrize("sort", [None, ["text desc"], ["n"]], ids=["unsorted", "by noise", "as it comes"])
@pytest.mark.parametrize(("partition", "open_files"), [([], 8), (["key"], 8), (["key"], 1)])
@pytest.mark.parametrize("rows", [500, 20_000])
def test_every_file_of_a_partition_but_the_last_has_the_wanted_size(
    tmp_path: Path, partition: list[str], open_files: int, sort: list[str] | None, rows: int
) -> None:
    target = 100 * KB
    batches = [batch_of(rows, 3, at) for at in range(0, 60_000, rows)]
    writer = open_writer(tmp_path, partition, sort, target_file_size_bytes=target, max_open_files=open_files)
    sizes = defaultdict(list)
    for file in write_all(writer, batches):
        sizes[file.partition].append(file.size_bytes)
    assert sum(map(len, sizes.values())) >= 8
    for each in sizes.values():
        assert all(0.75 * target <= size <= 1.25 * target for size in each[:-1]), each
        assert each[-1] <= 1.25 * target


def test_rows_that_compress_well_still_fill_their_files(tmp_path: Path) -> None:
    target = 50 * KB
    same = {"key": pa.repeat(1, 10_000), "text": pa.repeat("x" * 90, 10_000)}
    rows = [
        pa.record_batch({**same, "n": pa.array(range(at, at + 10_000))}).select(list(COLUMNS))
        for at in range(0, 400_000, 10_000)
    ]
    sizes = [file.size_bytes for file in write_all(open_writer(tmp_path, [], target_file_size_bytes=target), rows)]
    assert len(sizes) > 3
    assert all(0.75 * target <= size <= 1.25 * target for size in sizes[:-1]), sizes


@pytest.mark.parametrize("sort", [None, ["n desc"]])
def test_thousands_of_partitions_take_bounded_memory_and_few_open_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sort: list[str] | None
) -> None:
    monkeypatch.setattr(parquet_writer, "MAX_PENDING_BYTES", 4 * MB)
    writer, rows, most_open = open_writer(tmp_path, ["key"], sort, max_open_files=4), Counter(), 0

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal most_open
        for at in range(0, 300_000, 30_000):
            batch = batch_of(30_000, 2_000, at, width=60)
            rows.update(batch.column("key").to_pylist())
            yield batch
            most_open = max(most_open, len(writer._open_files))

    with peak_memory() as peak:
        files = write_all(writer, batches())
    assert {file.partition[0]: file.record_count for file in files} == rows
    assert most_open <= 4
    assert peak() < 16 * MB


def test_a_partition_that_grows_slowly_does_not_keep_every_batch_it_came_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_writer, "MAX_PENDING_BYTES", 2 * MB)
    writer = open_writer(tmp_path, ["key"], target_file_size_bytes=200 * KB)

    def batches() -> Iterator[pa.RecordBatch]:
        for at in range(0, 400_000, 20_000):
            rare = batch_of(1, 1, at).set_column(0, "key", pa.array([99]))
            yield pa.concat_batches([batch_of(20_000, 1, at), rare])

    with peak_memory() as peak:
        files = write_all(writer, batches())
    assert {file.record_count for file in files if file.partition == (99,)} == {20}
    assert peak() < 8 * MB


def test_what_was_set_aside_is_private_and_gone_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)
    (tmp_path / "tmp").mkdir()
    for end in (ParquetWriter.close, ParquetWriter.discard):
        writer = open_writer(tmp_path, [], ["n"], target_file_size_bytes=100 * KB, file_prefix=end.__name__)
        for at in range(4):
            batch = batch_of(5_000, 1, at)
            writer.write(pa.RecordBatch.from_arrays(batch.columns, schema=writer._settings.arrow_schema))
        (private,) = (tmp_path / "tmp").iterdir()
        assert private.stat().st_mode & 0o777 == 0o700
        assert all(file.stat().st_mode & 0o777 == 0o600 for file in private.iterdir())
        end(writer)
        assert list((tmp_path / "tmp").iterdir()) == []


def test_discarding_removes_every_file_finished_or_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_writer, "MAX_PENDING_BYTES", 100 * KB)
    writer = open_writer(tmp_path, ["key"], target_file_size_bytes=20 * KB)
    for at in range(4):
        batch = batch_of(5_000, 5, at)
        writer.write(pa.RecordBatch.from_arrays(batch.columns, schema=writer._settings.arrow_schema))
    assert writer._staged
    assert writer._open_files
    writer.discard()
    assert list((tmp_path / "lake").rglob("*.parquet")) == []


def test_two_partitions_never_share_a_file_and_no_file_is_named_twice(tmp_path: Path) -> None:
    writer = open_writer(
        tmp_path, ["truncate(1,text)", "bucket(3,n)"], target_file_size_bytes=20 * KB, max_open_files=3
    )
    files = write_all(writer, [batch_of(10_000, 5, 10_000 * at) for at in range(3)])
    for file in files:
        assert {text[0] for text in file_rows(file)["text"].to_pylist()} == {file.partition[0]}
    assert len({file.path for file in files}) == len(files) == 48
    assert sum(file.record_count for file in files) == 30_000


def test_a_row_group_is_bounded_in_rows_and_bytes(tmp_path: Path) -> None:
    files = write_all(open_writer(tmp_path, []), [batch_of(100_000, 1, at, width=1_000) for at in range(2)])
    footer = pq.read_metadata(files[0].path.removeprefix("file://"))
    assert footer.num_row_groups > 2
    assert all(
        footer.row_group(i).total_byte_size < 1.1 * data_files.MAX_ROW_GROUP_BYTES for i in range(footer.num_row_groups)
    )
