"""Which files a run covers."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.errors import SourceError
from dativo_core.flow import FileIdentity, RunState, WindowKind
from dativo_core.sources.file_window import file_slices, plan_files, removable_paths, without_files
from tests.unit.sources.build import APPEND, MIRROR_FILES, REPLACE, REPLACE_FILES

A, B, C = (FileIdentity(f"{name}.csv", 10, name * 64) for name in "abc")
CHANGED_A = FileIdentity("a.csv", 11, "f" * 64)
MOVED_A = replace(A, path="moved.csv")
COPY_OF_A = replace(A, path="copy.csv")


def state(*files: FileIdentity) -> RunState:
    return RunState(7, "t", (), "r", "d", "1.0.0", "u", 1, 1, 0, 0, 0, 0, datetime.now(UTC), files)


@pytest.mark.parametrize("policy", [APPEND, REPLACE, REPLACE_FILES, MIRROR_FILES])
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


@pytest.mark.parametrize("policy", [APPEND, REPLACE_FILES, MIRROR_FILES])
def test_a_file_that_cannot_be_read_now_is_neither_gone_nor_loaded(policy):
    unreadable = (
        ("a.csv", SourceError("file a.csv cannot be read")),
        ("c.csv", SourceError("file c.csv cannot be read")),
    )
    before = state(A)
    window = plan_files((B,), before, policy, unreadable)
    assert (window.files, window.removed, window.replaced, window.unreadable) == ((B,), (), (), unreadable)
    assert without_files(window, before, {path for path, _ in unreadable}).next_files == (A, B)


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


@pytest.mark.parametrize("found", [(MOVED_A, B), (MOVED_A, B, COPY_OF_A)])
def test_an_append_refuses_a_renamed_file_and_names_the_remedies(found):
    with pytest.raises(SourceError) as caught:
        plan_files(found, state(A, B), APPEND)
    assert "has the content of a.csv, which was loaded and is gone" in caught.value.message
    for remedy in ("its old name", "put the old file back", "delete_insert", "write_mode: overwrite"):
        assert remedy in caught.value.hint


def test_a_changed_file_is_replaced_and_the_others_are_not_read_again():
    window = plan_files((CHANGED_A, B, C), state(A, B), REPLACE_FILES)
    assert (window.files, window.replaced) == ((CHANGED_A, C), ("a.csv",))
    assert (window.next_files, window.unchanged) == ((CHANGED_A, B, C), ("b.csv",))


def test_removed_files_are_kept_in_mind_or_replaced_by_nothing():
    kept, deleted = (plan_files((B,), state(A, B), policy) for policy in (REPLACE_FILES, MIRROR_FILES))
    assert (kept.is_empty, kept.next_files, kept.replaced) == (True, (A, B), ())
    assert (deleted.is_empty, deleted.files, deleted.next_files, deleted.replaced) == (False, (), (B,), ("a.csv",))


@pytest.mark.parametrize("policy", [REPLACE_FILES, MIRROR_FILES])
def test_a_renamed_file_takes_the_place_of_the_old_one(policy):
    window = plan_files((MOVED_A, B), state(A, B), policy)
    assert (window.files, window.replaced, window.moved) == ((MOVED_A,), ("a.csv",), (("a.csv", "moved.csv"),))
    assert window.next_files == (B, MOVED_A)


def test_as_many_files_move_as_there_are_new_ones_of_the_content():
    window = plan_files((MOVED_A,), state(A, COPY_OF_A), REPLACE_FILES)
    assert (window.moved, window.replaced) == ((("a.csv", "moved.csv"),), ("a.csv",))
    assert window.next_files == (COPY_OF_A, MOVED_A)


@pytest.mark.parametrize("policy", [APPEND, REPLACE, REPLACE_FILES, MIRROR_FILES])
def test_a_new_file_with_the_content_of_one_that_is_there_is_named(policy):
    later = replace(A, path="later.csv")
    window = plan_files((A, B, COPY_OF_A, later), state(A), policy)
    assert window.duplicates == (("copy.csv", "a.csv"), ("later.csv", "a.csv"))
    assert plan_files((COPY_OF_A, later), None, policy).duplicates == (("later.csv", "copy.csv"),)
    assert plan_files((A, COPY_OF_A), state(A, COPY_OF_A), policy).duplicates == ()


def test_a_file_that_is_left_out_keeps_its_old_rows_and_identity():
    window = without_files(plan_files((CHANGED_A, C), state(A, B), MIRROR_FILES), state(A, B), {"a.csv"})
    assert (window.files, window.replaced, window.next_files) == ((C,), ("b.csv",), (A, C))


def test_a_renamed_file_that_is_left_out_is_known_under_its_old_name():
    window = without_files(plan_files((MOVED_A, C), state(A), MIRROR_FILES), state(A), {"moved.csv"})
    assert (window.files, window.replaced, window.next_files) == ((C,), (), (A, C))


def test_files_may_be_gone_only_where_their_rows_are_deleted():
    assert [removable_paths(state(A), policy) for policy in (APPEND, REPLACE, REPLACE_FILES)] == [None] * 3
    assert removable_paths(None, MIRROR_FILES) is None
    assert removable_paths(state(A), MIRROR_FILES) == {"a.csv"}


contents = st.sampled_from([(1, "1"), (2, "2"), (3, "3")])
file_sets = st.dictionaries(st.sampled_from("abcdef"), contents, max_size=6)


@given(st.lists(file_sets, min_size=1, max_size=6))
def test_replacing_files_over_any_history_leaves_the_table_as_the_last_files_are(history):
    known, rows = None, Counter()
    for files in history:
        found = tuple(FileIdentity(path, *content) for path, content in sorted(files.items()))
        window = plan_files(found, known, MIRROR_FILES)
        assert set(window.files).isdisjoint(known.files if known else ())
        for path in window.replaced:
            rows = Counter({file: count for file, count in rows.items() if file.path != path})
        rows += Counter(window.files)
        known = state(*window.next_files)
        assert rows == Counter(found) == Counter(window.next_files)
