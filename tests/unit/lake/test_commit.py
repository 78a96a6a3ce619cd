"""What the commit does when the table moves under it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyiceberg.table.update import AssertCurrentSchemaId, AssertDefaultSpecId, AssertRefSnapshotId, AssertTableUUID

from dativo_core import failpoints
from dativo_core.errors import CommitConflict, CommitUnknown, TargetError
from dativo_core.flow import CommitOutcome, StagedTable, StreamOutcome, StreamReport
from dativo_core.lake import locks, snapshots
from dativo_core.lake.catalog import open_lake
from dativo_core.lake.commit import CommitAttempts
from dativo_core.lake.moves import Publication
from dativo_core.odcs.types import TypeKind
from dativo_core.plan.types import SchemaPolicy, WriteMode
from tests.support import KEY, TABLE, column, deliver, load, orders_columns, orders_plan, stored_state, table_rows


@contextmanager
def courtesy_off() -> Iterator[None]:
    """Do not wait for writers that hold the lock."""
    before, locks.WAIT_S = locks.WAIT_S, 0.0
    try:
        yield
    finally:
        locks.WAIT_S = before


def load_one(root: Path, **settings: Any) -> StreamReport:
    (report,) = load(orders_plan(root, **settings)).streams
    return report


def test_a_run_with_nothing_new_commits_nothing(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    first = load_one(tmp_path)
    again = load_one(tmp_path)
    assert first.outcome is StreamOutcome.COMMITTED
    assert again.outcome is StreamOutcome.NOTHING_NEW
    assert table_rows(tmp_path).num_rows == 1


def test_overwrite_replaces_the_rows_in_one_snapshot_when_a_file_changed(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0), (2, "n", 1.0)])
    load_one(tmp_path, write_mode=WriteMode.OVERWRITE)
    deliver(tmp_path, "a.csv", [(3, "n", 1.0)])
    load_one(tmp_path, write_mode=WriteMode.OVERWRITE)
    assert table_rows(tmp_path).column("id").to_pylist() == [3]
    with open_lake(tmp_path / "lake") as lake:
        assert len(lake.catalog.load_table(TABLE.identifier).snapshots()) == 2


def test_append_refuses_a_changed_file_with_the_remedy(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load_one(tmp_path)
    deliver(tmp_path, "a.csv", [(2, "n", 1.0)])
    report = load_one(tmp_path)
    assert report.outcome is StreamOutcome.FAILED
    assert "write_mode: overwrite" in str(report.error)
    assert table_rows(tmp_path).column("id").to_pylist() == [1]


def test_a_new_optional_column_of_the_contract_is_added_to_the_table(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load_one(tmp_path)
    wider = (*orders_columns(), column("note", TypeKind.STRING))
    (tmp_path / "in" / "b.csv").write_text("id,name,amount,note\n2,n,1.0,hello\n")
    report = load_one(tmp_path, columns=wider)
    assert report.error is None
    assert sorted(table_rows(tmp_path).column("note").to_pylist(), key=str) == [None, "hello"]


def test_a_frozen_table_refuses_a_new_column(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load_one(tmp_path)
    (tmp_path / "in" / "b.csv").write_text("id,name,amount,note\n2,n,1.0,hello\n")
    plan = orders_plan(tmp_path, columns=(*orders_columns(), column("note", TypeKind.STRING)))
    frozen = replace(plan, streams=(replace(plan.streams[0], schema_policy=SchemaPolicy.FREEZE),))
    (report,) = load(frozen).streams
    assert "column 'note' is new, and target.mode: strict freezes the table's columns" in str(report.error)


def test_a_changed_type_is_refused_naming_the_column(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load_one(tmp_path)
    deliver(tmp_path, "b.csv", [(2, "n", 1.0)])
    changed = (column("id", TypeKind.STRING, required=True), *orders_columns()[1:])
    report = load_one(tmp_path, columns=changed)
    assert isinstance(report.error, TargetError)
    assert "column 'id' is long in the table and string in the contract" in str(report.error)


def test_strict_publishes_nothing_and_names_the_rows(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0), ("x", "n", 1.0), (3, "n", -1)])
    report = load_one(tmp_path, max_rejects=0)
    assert report.outcome is StreamOutcome.FAILED
    assert "2 of 3 rows break the contract" in str(report.error)
    assert "in/a.csv:3" in str(report.error)
    assert "in/a.csv:4" in str(report.error)
    assert table_rows(tmp_path).num_rows == 0
    assert list((tmp_path / "lake" / "warehouse").rglob("*.parquet")) == []


def test_warn_lands_good_rows_and_keeps_the_others_with_their_reason(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0), ("x", "n", 1.0)])
    report = load_one(tmp_path)
    assert (report.counts.read, report.counts.written, report.counts.quarantined) == (2, 1, 1)
    (kept,) = table_rows(tmp_path, TABLE.quarantine).to_pylist()
    assert (kept["file"], kept["line"], kept["column"], kept["raw"]) == ("in/a.csv", 3, "id", "x,n,1.0")
    assert "'x'" in kept["reason"]


def test_a_budget_of_rejects_stops_the_run_when_exceeded(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [("x", "n", 1.0), ("y", "n", 1.0), (1, "n", 1.0)])
    report = load_one(tmp_path, max_rejects=1)
    assert "max_rejects allows 1" in str(report.error)
    assert table_rows(tmp_path, TABLE.quarantine).num_rows == 0


def test_a_table_that_was_created_again_is_noticed_before_the_commit(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load_one(tmp_path)
    state = stored_state(tmp_path)
    assert state is not None
    staged = StagedTable(TABLE, "00000000-0000-0000-0000-000000000000", 0, 0, ())
    with open_lake(tmp_path / "lake") as lake, pytest.raises(CommitConflict, match="dropped and created again"):
        CommitAttempts(lake, Publication(KEY, staged, WriteMode.APPEND, state, state)).run()


def test_a_late_request_for_a_taken_sequence_is_fenced(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load_one(tmp_path)
    state = stored_state(tmp_path)
    assert state is not None
    staged = StagedTable(TABLE, state.table_uuid, 0, 0, ())
    zombie = replace(state, token=f"{KEY}:1:zombie")
    with open_lake(tmp_path / "lake") as lake:
        commit = CommitAttempts(lake, Publication(KEY, staged, WriteMode.APPEND, None, zombie)).run()
    assert commit.outcome is CommitOutcome.FENCED
    assert commit.state.token == state.token


def test_an_unanswering_catalog_ends_at_the_deadline_as_unknown(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load_one(tmp_path)
    state = stored_state(tmp_path)
    assert state is not None
    staged = StagedTable(TABLE, state.table_uuid, 0, 0, ())
    late = replace(state, sequence=2, token=f"{KEY}:2:late")
    publication = Publication(KEY, staged, WriteMode.APPEND, state, late)
    failpoints.arm("commit.before=raise:503:*")
    try:
        with open_lake(tmp_path / "lake") as lake, pytest.raises(CommitUnknown, match="no clear answer"):
            CommitAttempts(lake, publication, deadline_s=0.3).run()
    finally:
        failpoints.arm("")


def test_a_clock_behind_the_table_is_clamped_and_far_behind_is_refused(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load_one(tmp_path)
    with open_lake(tmp_path / "lake") as lake:
        metadata = lake.catalog.load_table(TABLE.identifier).metadata
    last = metadata.last_updated_ms
    assert snapshots.commit_time_ms(metadata, last - 1000) == last + 1
    with pytest.raises(TargetError, match="clock is 120 s behind"):
        snapshots.commit_time_ms(metadata, last - 120_000)


def test_a_fenced_run_whose_request_was_sent_leaves_its_files(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    child = os.fork()
    if child == 0:
        # Its first request is stopped before it reaches the catalog, which then refuses it: another run was faster.
        failpoints.arm("commit.before=stop")
        load(orders_plan(tmp_path))
        os._exit(0)
    os.waitpid(child, os.WUNTRACED)
    late = set((tmp_path / "lake").rglob("*.parquet"))
    with courtesy_off():
        load_one(tmp_path)
    os.kill(child, signal.SIGCONT)
    os.waitpid(child, 0)
    assert len(late) == 1
    assert late <= set((tmp_path / "lake").rglob("*.parquet"))
    assert table_rows(tmp_path).num_rows == 1


def test_a_commit_requires_head_table_schema_and_partitioning_as_they_were(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load_one(tmp_path)
    with open_lake(tmp_path / "lake") as lake:
        draft = snapshots.draft_snapshot(lake.catalog.load_table(TABLE.identifier), (), (), {})
    assert {type(requirement) for requirement in draft.requirements} == {
        AssertRefSnapshotId,
        AssertTableUUID,
        AssertCurrentSchemaId,
        AssertDefaultSpecId,
    }


def test_a_partitioning_that_changed_meanwhile_is_refused(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load_one(tmp_path)
    state = stored_state(tmp_path)
    assert state is not None
    staged = StagedTable(TABLE, state.table_uuid, 0, 7, ())
    next_state = replace(state, sequence=2, token=f"{KEY}:2:next")
    with open_lake(tmp_path / "lake") as lake, pytest.raises(CommitConflict, match="partitioning"):
        CommitAttempts(lake, Publication(KEY, staged, WriteMode.APPEND, state, next_state)).run()


def test_a_replacing_load_fails_rather_than_lose_the_rows_of_an_unreadable_file(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    deliver(tmp_path, "b.csv", [(2, "n", 1.0)])
    load_one(tmp_path, write_mode=WriteMode.OVERWRITE)
    (tmp_path / "in" / "a.csv").write_text("not,the,header\n")
    report = load_one(tmp_path, write_mode=WriteMode.OVERWRITE)
    assert report.outcome is StreamOutcome.FAILED
    assert sorted(table_rows(tmp_path).column("id").to_pylist()) == [1, 2]


def test_an_unreadable_file_waits_for_a_later_run_while_the_others_land(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    (tmp_path / "in" / "b.csv").write_text("not,the,header\n")
    first = load_one(tmp_path)
    assert (first.outcome, len(first.rejected_files)) == (StreamOutcome.COMMITTED, 1)
    deliver(tmp_path, "b.csv", [(2, "n", 1.0)])
    load_one(tmp_path)
    assert sorted(table_rows(tmp_path).column("id").to_pylist()) == [1, 2]


def test_a_full_disk_leaves_no_data_files_and_says_where(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    failpoints.arm("file.closed=raise:ENOSPC")
    try:
        report = load_one(tmp_path)
    finally:
        failpoints.arm("")
    assert "No space left on device" in str(report.error)
    assert list((tmp_path / "lake").rglob("*.parquet")) == []
    assert load_one(tmp_path).outcome is StreamOutcome.COMMITTED


def test_a_busy_catalog_at_the_first_look_is_tried_again(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load_one(tmp_path)
    deliver(tmp_path, "b.csv", [(2, "n", 1.0)])
    failpoints.arm("state.read=raise:503:2")
    try:
        report = load_one(tmp_path)
    finally:
        failpoints.arm("")
    assert report.outcome is StreamOutcome.COMMITTED


def test_every_file_and_directory_is_synced_before_the_catalog_points_at_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: set[int] = set()
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (synced.add(os.fstat(descriptor).st_ino), real(descriptor)))
    deliver(tmp_path, "a.csv", [(1, "n", 1.0), ("x", "n", 1.0)])
    load_one(tmp_path)
    written = list((tmp_path / "lake" / "warehouse").rglob("*"))
    assert {path.suffix for path in written if path.is_file()} == {".parquet", ".avro", ".json"}
    assert [str(path) for path in written if path.stat().st_ino not in synced] == []
