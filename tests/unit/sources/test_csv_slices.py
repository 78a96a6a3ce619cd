"""Large files cut into slices: read part by part, they are what they are read whole."""

import hashlib
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dativo_core.errors import SourceChanged, SourceError
from dativo_core.sources.base import ReadLimits
from tests.unit.sources.build import APPEND, places, rejects, rows, source, wanted
from tests.unit.sources.test_csv_dialects import looks_like_utf16, texts_in_dialects

PROPERTY = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
WHOLE = 1 << 40


def cut(root, content, slice_size, block=16, **options):
    """Write a file and return its source and slices."""
    (root / "data.csv").write_bytes(content)
    csv_source = source(root, block_size_bytes=block, slice_size_bytes=slice_size, **options)
    return csv_source, csv_source.slices(csv_source.window(None, APPEND))


def read_slice(csv_source, part):
    return list(csv_source.read(part, wanted("x", "y"), ReadLimits()))


def outcome(csv_source, parts):
    """Return rows, their places and rejects, or the error."""
    try:
        batches = [batch for part in parts for batch in read_slice(csv_source, part)]
    except SourceError as error:
        return str(error)
    return rows(batches), places(batches), rejects(batches)


@PROPERTY
@given(
    case=texts_in_dialects(),
    slice_size=st.integers(1, 60),
    block=st.sampled_from([2, 7, 64]),
    mark=st.sampled_from([b"", b"\xef\xbb\xbf"]),
    header=st.sampled_from([False, True, ("x", "y")]),
)
def test_slices_of_any_size_hold_what_the_whole_file_holds(tmp_path, case, slice_size, block, mark, header):
    options, content = case
    assume(not looks_like_utf16(content))
    end = options["record_terminator"] or "\n"
    first = f"x{options['delimiter']}y{end}".encode() if header is True else b""
    content = mark + first + content
    whole = outcome(*cut(tmp_path, content, WHOLE, block, header=header, **options))
    sliced = outcome(*cut(tmp_path, content, slice_size, block, header=header, **options))
    assert sliced == whole


def test_slices_follow_each_other_and_are_about_as_large_as_asked(tmp_path):
    content = b"x,y\n" + b"".join(b'%d,"a\nb"\n' % number for number in range(1000))
    _, parts = cut(tmp_path, content, 1000)
    assert [part.index for part in parts] == list(range(len(parts)))
    assert [part.start for part in parts] == [0, *(part.stop for part in parts[:-1])]
    assert all(1000 <= part.stop - part.start < 1100 for part in parts[:-1])
    assert [part.sha256 for part in parts] == [
        hashlib.sha256(content[part.start : part.stop]).hexdigest() for part in parts
    ]


def test_slices_are_read_in_other_processes_in_any_order(tmp_path):
    content = b"x,y\n" + b"".join(b"%d,b\n" % number for number in range(1000))
    csv_source, parts = cut(tmp_path, content, 2000)
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        found = list(pool.map(count_rows, [csv_source] * len(parts), [pickle.dumps(part) for part in reversed(parts)]))
    assert len(found) == 3
    assert sum(found) == 1000


def count_rows(csv_source, part):
    return sum(batch.records.num_rows for batch in read_slice(csv_source, pickle.loads(part)))


@pytest.mark.parametrize("number", [0, 1, -1])
def test_a_slice_that_changed_since_it_was_cut_is_found_out(tmp_path, number):
    content = b"x,y\n" + b"1,2\n" * 1000
    csv_source, parts = cut(tmp_path, content, 1000)
    part = parts[number]
    spoilt = bytearray(content)
    spoilt[part.start + 8] = ord("3")
    (tmp_path / "data.csv").write_bytes(spoilt)
    with pytest.raises(SourceChanged, match=r"data\.csv changed"):
        read_slice(csv_source, part)


def test_a_file_that_grew_since_it_was_cut_is_found_out(tmp_path):
    csv_source, parts = cut(tmp_path, b"x,y\n" + b"1,2\n" * 1000, 1000)
    with (tmp_path / "data.csv").open("ab") as file:
        file.write(b"3,4\n")
    with pytest.raises(SourceChanged, match=r"data\.csv changed"):
        read_slice(csv_source, parts[-1])


def test_a_file_that_changed_before_it_is_cut_is_found_out(tmp_path):
    (tmp_path / "data.csv").write_bytes(b"x,y\n" + b"1,2\n" * 100)
    csv_source = source(tmp_path, slice_size_bytes=10, block_size_bytes=16)
    window = csv_source.window(None, APPEND)
    (tmp_path / "data.csv").write_bytes(b"x,y\n" + b"1,3\n" * 100)
    with pytest.raises(SourceChanged, match=r"data\.csv changed"):
        csv_source.slices(window)


@pytest.mark.parametrize("options", [{"encoding": "cp1252"}, {"encoding": "utf-16"}, {"compression": "gzip"}])
def test_only_plain_utf8_is_cut(tmp_path, options):
    assert len(cut(tmp_path, b"x,y\n" * 100, 10, **options)[1]) == 1


def test_a_file_that_cannot_be_cut_is_one_slice_that_says_why(tmp_path):
    csv_source, (part,) = cut(tmp_path, b"x,x\n" * 100, 10)
    with pytest.raises(SourceError, match="more than one column 'x'"):
        read_slice(csv_source, part)
