import gzip
import resource

import pyarrow as pa
import pytest

from dativo_core.errors import SourceError
from dativo_core.model.source_options import JsonlOptions
from dativo_core.odcs.types import FieldType, TypeKind
from dativo_core.sources.base import ReadLimits, WantedColumn, WindowPolicy
from dativo_core.sources.jsonl import JsonlSource
from dativo_core.sources.local_files import LocalFiles
from tests.unit.sources.json_lines import read

LONG = WantedColumn("l", FieldType(TypeKind.LONG))


def numbers(batches):
    return [number for batch in batches for number in batch.records.column("l").to_pylist()]


def test_a_byte_order_mark_is_no_part_of_the_first_row(tmp_path):
    assert numbers(read(tmp_path, b'\xef\xbb\xbf{"l":1}\n', LONG)) == [1]


def test_utf_16_is_an_error_with_its_remedy(tmp_path):
    content = '{"l":1}\n'.encode("utf-16")
    with pytest.raises(SourceError, match=r"begins like UTF-16 text.*encoding: utf-16"):
        read(tmp_path, content, LONG)
    assert numbers(read(tmp_path, content, LONG, encoding="utf-16")) == [1]


def test_gzip_files_are_read_like_plain_ones(tmp_path):
    assert numbers(read(tmp_path, gzip.compress(b'{"l":1}\n{"l":2}\n'), LONG, name="data.ndjson.gz")) == [1, 2]


def test_zstandard_files_are_read_like_plain_ones(tmp_path):
    content = pa.compress(b'{"l":1}\n{"l":2}\n', "zstd", asbytes=True)
    assert numbers(read(tmp_path, content, LONG, name="data.jsonl.zst")) == [1, 2]


def test_a_truncated_gzip_file_is_an_error_that_names_it(tmp_path):
    content = gzip.compress(b'{"l":1}\n' * 1000)[:-20]
    with pytest.raises(SourceError, match=r"data\.jsonl\.gz is not a whole gzip file"):
        read(tmp_path, content, LONG, name="data.jsonl.gz")


def test_an_empty_file_has_no_rows(tmp_path):
    assert read(tmp_path, b"", LONG) == []


def test_a_line_longer_than_a_record_may_be_is_one_reject(tmp_path):
    content = b'{"l":1}\n{"s":"' + b"x" * 10_000 + b'"}\n{"l":2}\n'
    batches = read(tmp_path, content, LONG, limit=4096, block_size_bytes=4096)
    (reject,) = [row for batch in batches for row in batch.rejects.to_pylist()]
    assert numbers(batches) == [1, 2]
    assert (reject["line"], reject["reason"]) == (2, "longer than 4096 bytes")
    assert reject["raw"].startswith('{"s":"xxx')


@pytest.mark.parametrize("size", [4096, 5000, 1 << 20])
def test_lines_are_numbered_through_all_blocks(tmp_path, size):
    content = b"".join(b'{"l":%d}\n' % number for number in range(1, 2001))
    batches = read(tmp_path, content, LONG, block_size_bytes=size)
    places = [line for batch in batches for line in batch.places.locate(range(batch.records.num_rows))[0]]
    assert places == numbers(batches) == list(range(1, 2001))


def test_a_long_file_is_read_in_the_memory_of_a_few_blocks(tmp_path):
    path = tmp_path / "long.jsonl"
    with path.open("wb") as file:
        for number in range(300):
            file.write(b'{"l":%d,"text":"%s"}\n' % (number, b"x" * 1_000_000))
    source = JsonlSource(JsonlOptions(files=("long.jsonl",)), "events", LocalFiles(tmp_path))
    (part,) = source.slices(source.window(None, WindowPolicy(replaces=False)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert sum(batch.records.num_rows for batch in source.read(part, (LONG,), ReadLimits())) == 300
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150 * 1024


def test_discovery_finds_the_keys_of_all_files(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"id":1}\n{"id":2,"tags":[]}\nbroken\n')
    (tmp_path / "b.jsonl").write_text('{"other":null}\n')
    (tmp_path / "c.jsonl").write_text("")
    source = JsonlSource(JsonlOptions(files=("*.jsonl",)), "events", LocalFiles(tmp_path))
    (found,) = source.discover()
    assert found.columns == ("id", "tags", "other")
