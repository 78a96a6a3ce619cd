"""Which files a run covers."""

from datetime import UTC, datetime

import pytest

from dativo_core.errors import SourceError
from dativo_core.flow import FileIdentity, RunState, WindowKind
from dativo_core.sources.file_window import file_slices, plan_files
from tests.unit.sources.build import APPEND, REPLACE

A, B, C = (FileIdentity(f"{name}.csv", 10, name * 64) for name in "abc")
CHANGED_A = FileIdentity("a.csv", 11, "f" * 64)


def state(*files: FileIdentity) -> RunState:
    return RunState(7, "t", (), "r", "d", "1.0.0", "u", 1, 1, 0, 0, 0, 0, datetime.now(UTC), files)


@pytest.mark.parametrize("policy", [APPEND, REPLACE])
def test_a_first_run_covers_every_file(policy):
    window = plan_files((A, B), None, policy)
    assert (window.sequence, window.files, window.next_files, window.is_empty) == (1, (A, B), (A, B), False)


def test_an_append_covers_only_new_files_and_remembers_the_old():
    window = plan_files((A, B, C), state(B), APPEND)
    assert (window.kind, window.sequence) == (WindowKind.FILES, 8)
    assert (window.files, window.unchanged, window.next_files) == ((A, C), ("b.csv",), (A, B, C))


def test_an_append_keeps_removed_files_in_mind():
    window = plan_files((B,), state(A, B), APPEND)
    assert (window.removed, window.next_files, window.is_empty) == (("a.csv",), (A, B), True)


def test_an_append_refuses_every_changed_file():
    changed_b = FileIdentity("b.csv", 12, "e" * 64)
    with pytest.raises(SourceError) as caught:
        plan_files((CHANGED_A, changed_b, C), state(A, B), APPEND)
    assert "file a.csv changed since it was loaded (was sha256 aaaaaaaaaaaa…, now sha256 ffffffffffff…)" in str(
        caught.value
    )
    assert "file b.csv changed" in str(caught.value)
    assert "write_mode: overwrite" in caught.value.hint


def test_an_object_is_told_apart_by_its_entity_tag():
    before, after = (FileIdentity("s3://b/a.csv", 10, "", etag) for etag in ("one", "two"))
    assert plan_files((before,), state(before), APPEND).is_empty
    with pytest.raises(SourceError, match=r"was etag one…, now etag two…"):
        plan_files((after,), state(before), APPEND)


@pytest.mark.parametrize("found", [(CHANGED_A, B), (A, B, C), (B,)])
def test_a_replacing_run_covers_all_files_when_anything_changed(found):
    window = plan_files(found, state(A, B), REPLACE)
    assert (window.kind, window.files, window.next_files) == (WindowKind.FULL, found, found)


def test_a_replacing_run_covers_nothing_when_nothing_changed():
    window = plan_files((A, B), state(A, B), REPLACE)
    assert (window.files, window.next_files, window.is_empty) == ((), (A, B), True)


def test_each_file_is_a_slice():
    assert [part.file for part in file_slices(plan_files((A, B), None, APPEND))] == [A, B]
