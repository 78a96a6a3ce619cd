"""Seeking and reading in an object, with reads ahead."""

import io

from hypothesis import given
from hypothesis import strategies as st

from dativo_core.sources import s3_reader
from dativo_core.sources.s3_reader import RandomAccessObject

CONTENT = bytes(range(256)) * 40
STEPS = st.lists(st.tuples(st.integers(0, len(CONTENT) + 5), st.integers(0, 3), st.integers(-1, 700)), max_size=30)


@given(STEPS)
def test_every_sequence_of_seeks_and_reads_is_that_of_a_file(steps):
    found, expected = RandomAccessObject(lambda start, stop: CONTENT[start:stop], len(CONTENT)), io.BytesIO(CONTENT)
    for offset, whence, size in steps:
        if whence < 3:
            moved = {0: offset, 1: offset % 7, 2: -(offset % len(CONTENT))}[whence]
            assert found.seek(moved, whence) == expected.seek(moved, whence)
        assert found.read(size) == expected.read(size)
        assert found.tell() == expected.tell()


def test_small_reads_side_by_side_cost_one_request():
    requests = []

    def fetch(start, stop):
        requests.append((start, stop))
        return CONTENT[start:stop]

    found = RandomAccessObject(fetch, len(CONTENT))
    assert b"".join(found.read(100) for _ in range(20)) == CONTENT[:2000]
    assert requests == [(0, len(CONTENT))]


def test_large_reads_fetch_no_more_than_they_return(monkeypatch):
    monkeypatch.setattr(s3_reader, "READ_AHEAD_BYTES", 100)
    requests = []
    found = RandomAccessObject(lambda start, stop: requests.append((start, stop)) or CONTENT[start:stop], len(CONTENT))
    assert found.read(500) == CONTENT[:500]
    assert requests == [(0, 500)]
