"""What a sensor remembers of partitions: a change is never missed, and the text is bounded."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_dagster.file_cursor import MOST_BYTES, FileCursor, JobMemory, read_cursor
from dativo_dagster.partition_memory import read_memory, remember

KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
DIGESTS = st.dictionaries(KEYS, st.integers(0, 2**32 - 1), max_size=40)


@given(DIGESTS, DIGESTS, st.sampled_from([200, 1000, 100_000]))
def test_every_change_is_named_and_without_a_change_nothing_is(before, now, room_bytes):
    memory = read_memory(json.loads(json.dumps(remember(before, room_bytes).to_json())))
    differs = {key for key in before.keys() | now.keys() if before.get(key) != now.get(key)}
    assert memory.changed(now, before) >= differs
    assert memory.changed(before, before) == frozenset()
    if not memory.by_bucket:
        assert memory.changed(now, ()) == differs


@given(DIGESTS, st.sampled_from([150, 1000, 100_000]))
def test_a_memory_takes_no_more_room_than_it_is_given(digests, room_bytes):
    assert len(json.dumps(remember(digests, room_bytes).to_json(), separators=(",", ":"))) <= room_bytes


@given(st.sets(KEYS), DIGESTS)
def test_partitions_that_share_a_digest_with_one_that_waits_wait_too(waiting, digests):
    memory = remember(digests, 200)
    assert memory.sharing(waiting, digests) >= waiting
    assert memory.sharing((), digests) == frozenset()


@pytest.mark.parametrize("document", [3, "?", "abc", [], "", None, {"a": "xyz"}, {"a": 3}])
def test_what_is_no_memory_is_none(document):
    assert read_memory(document) is None


def test_a_cursor_is_read_as_it_was_written():
    memory = JobMemory(12.5, "aa", 3.0, remember({"2026-01-01": 7}, 1000), "bb")
    cursor = FileCursor({"orders": memory, "other": JobMemory()})
    assert read_cursor(cursor.to_text()) == cursor


def test_a_cursor_of_very_many_jobs_leaves_some_out_rather_than_grow():
    cursor = FileCursor({f"a_rather_long_name_of_a_job_{number}": JobMemory(1.0, "a" * 16) for number in range(5000)})
    assert len(cursor.to_text()) <= MOST_BYTES + 100
    assert len(read_cursor(cursor.to_text()).jobs) > 500
