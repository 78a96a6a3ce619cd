"""What every source promises, whatever it reads. A new source adds a case to `SOURCES`."""

import gzip
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from dativo_core.errors import DativoError
from dativo_core.flow import REJECT_SCHEMA
from dativo_core.model.source_options import CsvOptions
from dativo_core.sources.base import ReadLimits, Source, WindowPolicy
from dativo_core.sources.csv import CsvSource
from dativo_core.sources.local_files import LocalFiles
from dativo_core.sources.s3_files import S3Files
from tests.s3_service import Literal, S3Service
from tests.unit.sources.build import wanted

ROWS = 500
COLUMNS = wanted("name", "id")


@dataclass(frozen=True)
class Case:
    """A source of `ROWS` good rows with the columns id, name and extra, and one broken row; `spoil` takes it all away."""

    build: Callable[[Path], Source]
    spoil: Callable[[Path], None]


def _csv_content() -> bytes:
    good = [f'{number},"name, {number}",\n' for number in range(ROWS)]
    return "".join(["id,name,extra\n", *good[: ROWS // 2], "broken\n", *good[ROWS // 2 :]]).encode()


def _csv(root: Path) -> CsvSource:
    (root / "data.csv").write_bytes(_csv_content())
    return CsvSource(CsvOptions(files=("data.csv",), block_size_bytes=1024), "orders", LocalFiles(root))


def _csv_gzip(root: Path) -> CsvSource:
    (root / "data.csv.gz").write_bytes(gzip.compress(_csv_content()))
    return CsvSource(CsvOptions(files=("*.csv.gz",), block_size_bytes=1024), "orders", LocalFiles(root))


def _remove_files(root: Path) -> None:
    for path in root.iterdir():
        path.unlink()


SOURCES = {"csv": Case(_csv, _remove_files), "csv.gz": Case(_csv_gzip, _remove_files)}


def _csv_on_s3(service: S3Service) -> Case:
    bucket = service.new_bucket()

    def build(root: Path) -> CsvSource:
        service.put(bucket, **{"in/data.csv": _csv_content()})
        files = S3Files(service.connection, Literal())
        return CsvSource(CsvOptions(files=(f"s3://{bucket}/in/*.csv",), block_size_bytes=1024), "orders", files)

    return Case(build, lambda root: service.client.delete_object(Bucket=bucket, Key="in/data.csv"))


S3_SOURCES = {"csv on s3": _csv_on_s3}


@pytest.fixture(params=[*SOURCES, *S3_SOURCES])
def case(request):
    if request.param in SOURCES:
        return SOURCES[request.param]
    return S3_SOURCES[request.param](request.getfixturevalue("s3_service"))


@pytest.fixture
def source(case, tmp_path):
    return case.build(tmp_path)


def batches(source):
    window = source.window(None, WindowPolicy(replaces=False))
    return [batch for part in source.slices(window) for batch in source.read(part, COLUMNS, ReadLimits())]


def test_every_row_is_a_record_or_a_reject(source):
    found = batches(source)
    assert sum(batch.records.num_rows for batch in found) == ROWS
    assert sum(batch.rejects.num_rows for batch in found) == 1
    assert sum(batch.rows_read for batch in found) == ROWS + 1


def test_batches_hold_the_wanted_columns_in_the_wanted_order(source):
    assert {tuple(batch.records.schema.names) for batch in batches(source)} == {("name", "id")}
    assert {batch.dropped_columns for batch in batches(source)} == {("extra",)}


def test_values_arrive_unchanged(source):
    names = pa.Table.from_batches([batch.records for batch in batches(source)])["name"].to_pylist()
    assert names == [f"name, {number}" for number in range(ROWS)]


def test_rejects_say_where_and_why(source):
    (reject,) = [row for batch in batches(source) for row in batch.rejects.to_pylist()]
    assert "data" in reject["file"]
    assert (reject["line"], reject["raw"]) == (ROWS // 2 + 2, "broken")
    assert reject["reason"]
    assert {batch.rejects.schema for batch in batches(source)} == {REJECT_SCHEMA}


def test_places_tell_line_and_text_of_any_row(source):
    batch = batches(source)[-1]
    last = batch.records.num_rows - 1
    lines, raw = batch.places.locate([last, 0])
    assert lines[0] == ROWS + 2
    assert raw[0] == f'{ROWS - 1},"name, {ROWS - 1}",'
    assert lines[1] == lines[0] - last


def test_reading_twice_gives_the_same(source):
    assert [batch.records for batch in batches(source)] == [batch.records for batch in batches(source)]


def test_memory_is_bounded_by_small_batches(source):
    assert max(batch.records.num_rows for batch in batches(source)) < ROWS / 5


def test_windows_of_the_same_state_are_equal(source):
    policy = WindowPolicy(replaces=False)
    assert source.window(None, policy) == source.window(None, policy)


def test_source_and_slices_can_be_pickled(source):
    window = source.window(None, WindowPolicy(replaces=False))
    again, parts = pickle.loads(pickle.dumps((source, source.slices(window))))
    assert [batch.records for part in parts for batch in again.read(part, COLUMNS, ReadLimits())] == [
        batch.records for batch in batches(source)
    ]


def test_discovery_looks_at_what_is_there(source):
    (found,) = source.discover()
    assert found.columns == ("id", "name", "extra")


def test_a_probe_answers_in_a_sentence(source):
    assert "orders" in source.probe()


def test_a_source_that_is_gone_is_an_error_with_a_remedy(case, source, tmp_path):
    case.spoil(tmp_path)
    for ask in (source.discover, source.probe, lambda: source.window(None, WindowPolicy(replaces=True))):
        with pytest.raises(DativoError) as caught:
            ask()
        assert caught.value.hint
