"""Which rows go, decided exactly: by bounds where these are certain, else by the rows themselves."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from pyiceberg.conversions import to_bytes
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
from pyiceberg.table.update import AssertRefSnapshotId
from pyiceberg.typedef import Record
from pyiceberg.types import StringType

from dativo_core import failpoints
from dativo_core.flow import StreamOutcome
from dativo_core.lake import locks, snapshots
from dativo_core.lake.live_rows import live_files, read_rows
from dativo_core.lake.replacement import sole_owner
from dativo_core.lake.table import FILE_COLUMN
from dativo_core.odcs.types import FieldType, TypeKind
from dativo_core.plan.types import ReplaceScope
from tests.support import column, deliver, table_rows
from tests.unit.lake.other_engine import add_foreign_row, data_files, join_files, opened
from tests.unit.lake.test_delete_insert import load_one, rows, two_files

CUT = "in/orders/region"
"""A path of 16 characters: what bounds of longer ones are cut to."""


def data_file(field: int, lower: str | None, upper: str | None, nulls: int | None) -> DataFile:
    return DataFile.from_args(
        content=DataFileContent.DATA,
        file_path="x.parquet",
        file_format=FileFormat.PARQUET,
        partition=Record(),
        record_count=5,
        file_size_in_bytes=1,
        lower_bounds={field: to_bytes(StringType(), lower)} if lower is not None else None,
        upper_bounds={field: to_bytes(StringType(), upper)} if upper is not None else None,
        null_value_counts={field: nulls} if nulls is not None else None,
    )


@pytest.mark.parametrize(
    ("lower", "upper", "nulls", "paths", "owned"),
    [
        ("in/a.csv", "in/a.csv", 0, {"in/a.csv"}, True),
        ("in/a.csv", "in/a.csv", 0, {"in/a.csv", "in/b.csv"}, True),
        ("in/a.csv", "in/a.csv", 1, {"in/a.csv"}, None),
        ("in/a.csv", "in/a.csv", None, {"in/a.csv"}, None),
        ("in/a.csv", "in/a.csv", 0, {"in/b.csv"}, False),
        ("in/a.csv", "in/c.csv", 0, {"in/b.csv"}, None),
        ("in/b.csv", "in/c.csv", 0, {"in/a.csv", "in/d.csv"}, False),
        (CUT, f"{CUT[:-1]}o", 0, {f"{CUT}/a.csv"}, None),
        (CUT, CUT, 0, {f"{CUT}/a.csv"}, None),
        (CUT, CUT, 0, {CUT}, True),
        (CUT, CUT, 0, {CUT, f"{CUT}/a.csv"}, None),
        (None, None, 5, {"in/a.csv"}, False),
        (None, None, 4, {"in/a.csv"}, None),
        (None, None, None, {"in/a.csv"}, None),
        (None, "in/a.csv", 0, {"in/a.csv"}, None),
        ("in/ä.csv", "in/ä.csv", 0, {"in/ä.csv"}, True),
        ("in/\U0001f600.csv", "in/\U0001f601.csv", 0, {"in/\uffff.csv"}, False),
        (None, None, None, set(), False),
    ],
)
def test_bounds_decide_only_where_they_are_certain(tmp_path, lower, upper, nulls, paths, owned):
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load_one(tmp_path)
    with opened(tmp_path) as table:
        field = table.schema().find_field(FILE_COLUMN).field_id
        assert sole_owner(table, data_file(field, lower, upper, nulls), paths) is owned


def test_the_commit_of_a_replacement_requires_the_head_it_was_found_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_files(tmp_path)
    load_one(tmp_path)
    with opened(tmp_path) as table:
        head = table.metadata.current_snapshot_id
    drafts: list[snapshots.SnapshotDraft] = []
    real = snapshots.draft_snapshot
    monkeypatch.setattr(
        "dativo_core.lake.commit.draft_snapshot",
        lambda *arguments: drafts.append(real(*arguments)) or drafts[-1],
    )
    deliver(tmp_path, "a.csv", [(4, "n", 1.0)])
    load_one(tmp_path)
    (required,) = (each for each in drafts[0].requirements if isinstance(each, AssertRefSnapshotId))
    assert required.snapshot_id == head


def stopped_run(root: Path, armed: str) -> int:
    """Start a run that stops at a failpoint; returns its process."""
    child = os.fork()
    if child == 0:
        failpoints.arm(armed)
        locks.WAIT_S = 0.0
        os._exit(load_one(root).outcome is not StreamOutcome.SUPERSEDED)
    os.waitpid(child, os.WUNTRACED)
    return child


def let_go(child: int) -> int:
    os.kill(child, signal.SIGCONT)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("rival", [add_foreign_row, join_files])
def test_what_goes_is_found_again_when_the_table_moved_before_the_commit(tmp_path: Path, rival) -> None:
    two_files(tmp_path)
    load_one(tmp_path)
    deliver(tmp_path, "a.csv", [(4, "n", 1.0)])
    child = stopped_run(tmp_path, "commit.before=stop")
    rival(tmp_path)
    let_go(child)
    found = rows(tmp_path)
    foreign = found.pop((-1, None), 0)
    assert (found, foreign) == ({(4, "in/a.csv"): 1, (3, "in/b.csv"): 1}, int(rival is add_foreign_row))


def test_a_mixed_file_is_rewritten_once_however_many_attempts_the_commit_needs(tmp_path: Path) -> None:
    two_files(tmp_path)
    load_one(tmp_path)
    join_files(tmp_path)
    deliver(tmp_path, "a.csv", [(4, "n", 1.0)])
    failpoints.arm("commit.before=raise:503;commit.after=raise:409")
    try:
        report = load_one(tmp_path)
    finally:
        failpoints.arm("")
    assert (report.outcome, report.rows_deleted, table_rows(tmp_path).num_rows) == (StreamOutcome.COMMITTED, 2, 2)
    assert len(list((tmp_path / "lake").rglob("*-kept-*.parquet"))) == 1


def test_a_run_that_lost_its_window_before_it_sent_a_request_removes_what_it_rewrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_files(tmp_path)
    load_one(tmp_path)
    join_files(tmp_path)
    deliver(tmp_path, "a.csv", [(4, "n", 1.0)])
    child = stopped_run(tmp_path, "commit.before=raise:503;commit.retry=stop")
    mine = set((tmp_path / "lake").rglob("*.parquet"))
    monkeypatch.setattr(locks, "WAIT_S", 0.0)
    load_one(tmp_path)
    assert let_go(child) == 0
    left = {str(path) for path in (tmp_path / "lake").rglob("*-2-*.parquet")}
    assert len(mine & set((tmp_path / "lake").rglob("*-2-*.parquet"))) == 0
    assert left == {path.removeprefix("file://") for path in data_files(tmp_path)}


def test_a_full_disk_while_rewriting_leaves_the_table_as_it_was_and_nothing_half_written(tmp_path: Path) -> None:
    two_files(tmp_path)
    load_one(tmp_path)
    join_files(tmp_path)
    deliver(tmp_path, "a.csv", [(4, "n", 1.0)])
    failpoints.arm("file.closed=raise:ENOSPC:2")
    try:
        report = load_one(tmp_path)
    finally:
        failpoints.arm("")
    assert "No space left on device" in str(report.error)
    assert list((tmp_path / "lake").rglob("*-kept-*.parquet")) == []
    assert sorted(table_rows(tmp_path).column("id").to_pylist()) == [1, 2, 3]
    assert load_one(tmp_path).rows_deleted == 2


def partitioned_load(root: Path, partition_by: tuple[str, ...], **settings):
    return load_one(root, replace=ReplaceScope.PARTITION, partition_by=partition_by, **settings)


def test_partitions_without_new_rows_stay_and_the_others_go_whole(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "x", 1.0), (2, "y", 1.0)])
    deliver(tmp_path, "b.csv", [(3, "x", 1.0), (4, "", 1.0)])
    partitioned_load(tmp_path, ("name",))
    deliver(tmp_path, "c.csv", [(5, "x", 1.0)])
    report = partitioned_load(tmp_path, ("name",))
    assert (report.error, report.rows_deleted) == (None, 2)
    assert sorted(table_rows(tmp_path).column("id").to_pylist()) == [2, 4, 5]


def test_no_row_of_a_changed_file_stays_in_a_partition_it_has_left(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "x", 1.0)])
    deliver(tmp_path, "b.csv", [(2, "x", 1.0)])
    partitioned_load(tmp_path, ("name",))
    deliver(tmp_path, "a.csv", [(1, "y", 1.0)])
    report = partitioned_load(tmp_path, ("name",))
    assert (report.rows_deleted, rows(tmp_path)) == (1, {(1, "in/a.csv"): 1, (2, "in/b.csv"): 1})


TYPED = (
    ("d", TypeKind.DATE, "1969-12-31"),
    ("at", TypeKind.TIMESTAMPTZ, "2024-01-01T10:00:00.000001Z"),
    ("local", TypeKind.TIMESTAMP, "1969-12-31T23:59:59"),
    ("flag", TypeKind.BOOLEAN, "true"),
    ("text", TypeKind.STRING, "ä b/c=d"),
    ("price", TypeKind.DECIMAL, "-1.50"),
    ("empty", TypeKind.LONG, ""),
)


@pytest.mark.parametrize(
    "partition_by",
    [
        *((name,) for name, _, _ in TYPED),
        ("day(at)", "bucket(4, text)"),
        ("month(d)", "truncate(2, text)"),
        ("hour(local)", "year(at)", "empty"),
    ],
)
def test_a_partition_is_known_again_whatever_its_values(tmp_path: Path, partition_by: tuple[str, ...]) -> None:
    columns = tuple(
        replace(column(name, kind), type=FieldType(kind, 10, 2) if kind is TypeKind.DECIMAL else FieldType(kind))
        for name, kind, _ in TYPED
    )
    (tmp_path / "in").mkdir()
    header, line = (",".join(cells) for cells in zip(*((name, value) for name, _, value in TYPED), strict=True))
    for name, count in (("a.csv", 2), ("b.csv", 1)):
        (tmp_path / "in" / name).write_text("\n".join([header, *[line] * count, ""]))
        report = partitioned_load(tmp_path, partition_by, columns=columns, rules=())
        assert report.error is None
    assert (report.rows_deleted, table_rows(tmp_path).num_rows) == (2, 1)


def test_a_rewritten_file_is_in_the_order_of_the_table(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    deliver(tmp_path, "b.csv", [(number, "n", 1.0) for number in (5, 3, 9, 2)])
    load_one(tmp_path, sort_order=("id",))
    join_files(tmp_path)
    deliver(tmp_path, "a.csv", [(4, "n", 1.0)])
    assert load_one(tmp_path, sort_order=("id",)).rows_deleted == 1
    with opened(tmp_path) as table:
        found = [next(read_rows(table, file, table.schema())).column("id").to_pylist() for file in live_files(table)]
    assert sorted(found) == [[2, 3, 5, 9], [4]]
