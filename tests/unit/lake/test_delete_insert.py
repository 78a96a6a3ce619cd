"""Write mode delete_insert: the rows of changed and removed files are replaced in the commit that lands the new ones."""

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyiceberg.manifest import DataFileContent
from pyiceberg.table.snapshots import Operation
from pyiceberg.types import StringType

from dativo_core import failpoints
from dativo_core.errors import TargetError
from dativo_core.flow import StreamOutcome, StreamReport
from dativo_core.lake import replacement
from dativo_core.lake.table import FILE_COLUMN
from dativo_core.plan.types import RemovedFiles, ReplaceScope, WriteMode
from tests.support import TABLE, deliver, load, orders_plan, stored_state, table_rows
from tests.unit.lake.other_engine import (
    add_file_without_file_column,
    add_foreign_row,
    data_files,
    join_files,
    mark_deleted,
    opened,
)

DEEP = f"{'long/' * 6}orders/"
"""A folder whose name alone is longer than the 16 characters that bounds are cut to by default."""
DELETE = {"removed_files": RemovedFiles.DELETE}


def load_one(root: Path, **settings: Any) -> StreamReport:
    chosen = {"write_mode": WriteMode.DELETE_INSERT, "replace": ReplaceScope.FILE, "files": ("in/**/*.csv",)} | settings
    (report,) = load(orders_plan(root, **chosen)).streams
    return report


def rows(root: Path) -> Counter[tuple[int, str | None]]:
    table = table_rows(root)
    return Counter(zip(table.column("id").to_pylist(), table.column(FILE_COLUMN).to_pylist(), strict=True))


def two_files(root: Path, folder: str = "") -> None:
    deliver(root, f"{folder}a.csv", [(1, "n", 1.0), (2, "n", 1.0)])
    deliver(root, f"{folder}b.csv", [(3, "n", 1.0)])


def operations(root: Path) -> list[Operation]:
    with opened(root) as table:
        return [snapshot.summary.operation for snapshot in table.snapshots() if snapshot.summary]


def remembered(root: Path) -> list[str]:
    state = stored_state(root)
    return [file.path for file in state.files] if state else []


def test_the_rows_of_a_changed_file_are_replaced_in_one_snapshot_with_the_new_ones(tmp_path: Path) -> None:
    two_files(tmp_path)
    load_one(tmp_path)
    deliver(tmp_path, "a.csv", [(4, "n", 1.0)])
    report = load_one(tmp_path)
    assert rows(tmp_path) == Counter({(4, "in/a.csv"): 1, (3, "in/b.csv"): 1})
    assert (report.counts.read, report.counts.written, report.rows_deleted) == (1, 1, 2)
    assert operations(tmp_path) == [Operation.APPEND, Operation.OVERWRITE]


def test_a_data_file_of_a_changed_file_is_removed_whole_and_no_other_is_touched(tmp_path: Path) -> None:
    two_files(tmp_path, DEEP)
    load_one(tmp_path)
    before = data_files(tmp_path)
    deliver(tmp_path, f"{DEEP}a.csv", [(4, "n", 1.0)])
    load_one(tmp_path)
    assert (len(before), len(before & data_files(tmp_path))) == (2, 1)
    assert rows(tmp_path) == Counter({(4, f"in/{DEEP}a.csv"): 1, (3, f"in/{DEEP}b.csv"): 1})


def test_our_own_data_files_are_told_apart_by_their_bounds_without_reading_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_files(tmp_path, DEEP)
    load_one(tmp_path)
    deliver(tmp_path, f"{DEEP}a.csv", [(4, "n", 1.0)])
    monkeypatch.delattr(replacement, "read_rows")
    assert load_one(tmp_path).rows_deleted == 2


@pytest.mark.parametrize("folder", ["", DEEP])
def test_a_data_file_of_mixed_origin_is_rewritten_without_the_replaced_rows(tmp_path: Path, folder: str) -> None:
    two_files(tmp_path, folder)
    load_one(tmp_path)
    add_foreign_row(tmp_path)
    join_files(tmp_path)
    deliver(tmp_path, f"{folder}a.csv", [(4, "n", 1.0)])
    report = load_one(tmp_path)
    kept = {(4, f"in/{folder}a.csv"): 1, (3, f"in/{folder}b.csv"): 1, (-1, None): 1}
    assert (report.error, rows(tmp_path), report.rows_deleted) == (None, Counter(kept), 2)


def test_a_joined_file_whose_rows_all_go_is_removed_whole(tmp_path: Path) -> None:
    two_files(tmp_path, DEEP)
    load_one(tmp_path)
    join_files(tmp_path)
    deliver(tmp_path, f"{DEEP}a.csv", [(4, "n", 1.0)])
    deliver(tmp_path, f"{DEEP}b.csv", [(5, "n", 1.0)])
    report = load_one(tmp_path)
    assert (report.error, report.rows_deleted, len(data_files(tmp_path))) == (None, 3, 2)


def test_rows_that_stay_keep_every_column_also_those_the_contract_does_not_name(tmp_path: Path) -> None:
    two_files(tmp_path)
    load_one(tmp_path)
    with opened(tmp_path) as table:
        with table.update_schema() as update:
            update.add_column("note", StringType())
        noted = table.scan().to_arrow()
        position = noted.schema.get_field_index("note")
        table.overwrite(noted.set_column(position, "note", pa.array(["x", "x", "x"])))
    deliver(tmp_path, "a.csv", [(4, "n", 1.0)])
    assert load_one(tmp_path).error is None
    assert {row["id"]: row["note"] for row in table_rows(tmp_path).to_pylist()} == {3: "x", 4: None}


def test_a_rewritten_file_stays_in_its_partition(tmp_path: Path) -> None:
    two_files(tmp_path)
    load_one(tmp_path)
    join_files(tmp_path)
    deliver(tmp_path, "a.csv", [(4, "n", 1.0)])
    load_one(tmp_path)
    with opened(tmp_path) as table:
        files = [task.file for task in table.scan().plan_files()]
    assert len(files) == 2
    assert len({file.partition[0] for file in files}) == 1


def test_rows_another_engine_marked_as_deleted_stay_deleted_and_are_not_counted(tmp_path: Path) -> None:
    two_files(tmp_path)
    load_one(tmp_path)
    join_files(tmp_path)
    found = table_rows(tmp_path).column("id").to_pylist()
    mark_deleted(tmp_path, found.index(1))
    deliver(tmp_path, "a.csv", [(4, "n", 1.0)])
    report = load_one(tmp_path)
    assert (report.error, report.rows_deleted) == (None, 1)
    assert rows(tmp_path) == Counter({(4, "in/a.csv"): 1, (3, "in/b.csv"): 1})


def test_rows_marked_as_deleted_are_not_counted_in_a_file_that_goes_whole(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0), (2, "n", 1.0)])
    load_one(tmp_path)
    mark_deleted(tmp_path, 0)
    deliver(tmp_path, "a.csv", [(4, "n", 1.0)])
    report = load_one(tmp_path)
    assert (report.error, report.rows_deleted, rows(tmp_path)) == (None, 1, Counter({(4, "in/a.csv"): 1}))


def test_rows_deleted_in_a_way_that_cannot_be_read_are_refused_and_nothing_changes(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load_one(tmp_path)
    mark_deleted(tmp_path, 0, DataFileContent.EQUALITY_DELETES)
    deliver(tmp_path, "a.csv", [(4, "n", 1.0)])
    report = load_one(tmp_path)
    assert isinstance(report.error, TargetError)
    assert "equality deletes" in str(report.error)
    assert "nothing was published" in str(report.error)


def test_a_data_file_that_lacks_the_file_column_is_left_alone(tmp_path: Path) -> None:
    two_files(tmp_path)
    load_one(tmp_path, partition_by=())
    add_file_without_file_column(tmp_path)
    deliver(tmp_path, "a.csv", [(4, "n", 1.0)])
    report = load_one(tmp_path, partition_by=())
    assert (report.error, report.rows_deleted) == (None, 2)
    assert sorted(table_rows(tmp_path).column("id").to_pylist()) == [-1, 3, 4]


def test_rows_of_a_removed_file_stay_and_its_path_is_remembered(tmp_path: Path) -> None:
    two_files(tmp_path)
    load_one(tmp_path)
    (tmp_path / "in" / "a.csv").unlink()
    assert load_one(tmp_path).outcome is StreamOutcome.NOTHING_NEW
    assert table_rows(tmp_path).num_rows == 3
    assert remembered(tmp_path) == ["in/a.csv", "in/b.csv"]


def test_a_window_that_only_deletes_commits_and_moves_the_state(tmp_path: Path) -> None:
    two_files(tmp_path)
    load_one(tmp_path, **DELETE)
    (tmp_path / "in" / "a.csv").unlink()
    report = load_one(tmp_path, **DELETE)
    assert (report.outcome, report.counts.read, report.rows_deleted) == (StreamOutcome.COMMITTED, 0, 2)
    assert (rows(tmp_path), remembered(tmp_path)) == (Counter({(3, "in/b.csv"): 1}), ["in/b.csv"])
    assert operations(tmp_path)[-1] is Operation.DELETE
    assert load_one(tmp_path, **DELETE).outcome is StreamOutcome.NOTHING_NEW


def test_all_files_may_be_removed_as_long_as_their_folder_is_there(tmp_path: Path) -> None:
    two_files(tmp_path)
    load_one(tmp_path, **DELETE)
    for path in (tmp_path / "in").iterdir():
        path.unlink()
    report = load_one(tmp_path, **DELETE)
    assert (report.error, report.rows_deleted, table_rows(tmp_path).num_rows) == (None, 3, 0)
    assert load_one(tmp_path, **DELETE).outcome is StreamOutcome.NOTHING_NEW


def test_a_folder_that_is_gone_deletes_nothing(tmp_path: Path) -> None:
    two_files(tmp_path)
    load_one(tmp_path, **DELETE)
    (tmp_path / "in").rename(tmp_path / "elsewhere")
    report = load_one(tmp_path, **DELETE)
    assert "no file matches 'in/**/*.csv'" in str(report.error)
    assert table_rows(tmp_path).num_rows == 3


def test_a_removed_file_without_rows_is_forgotten(tmp_path: Path) -> None:
    two_files(tmp_path)
    deliver(tmp_path, "empty.csv", [])
    load_one(tmp_path, **DELETE)
    (tmp_path / "in" / "empty.csv").unlink()
    report = load_one(tmp_path, **DELETE)
    assert (report.outcome, report.rows_deleted) == (StreamOutcome.COMMITTED, 0)
    assert (table_rows(tmp_path).num_rows, remembered(tmp_path)) == (3, ["in/a.csv", "in/b.csv"])


def test_a_removed_file_that_comes_back_is_loaded_once(tmp_path: Path) -> None:
    two_files(tmp_path)
    load_one(tmp_path, **DELETE)
    content = (tmp_path / "in" / "a.csv").read_bytes()
    (tmp_path / "in" / "a.csv").unlink()
    load_one(tmp_path, **DELETE)
    (tmp_path / "in" / "a.csv").write_bytes(content)
    report = load_one(tmp_path, **DELETE)
    assert (report.counts.written, report.rows_deleted, table_rows(tmp_path).num_rows) == (2, 0, 3)


@pytest.mark.parametrize("removed_files", list(RemovedFiles))
def test_a_renamed_file_has_its_rows_once_under_its_new_name(tmp_path: Path, removed_files: RemovedFiles) -> None:
    two_files(tmp_path)
    load_one(tmp_path, removed_files=removed_files)
    (tmp_path / "in" / "a.csv").rename(tmp_path / "in" / "c.csv")
    report = load_one(tmp_path, removed_files=removed_files)
    assert (report.error, report.rows_deleted, report.warnings) == (None, 2, ())
    assert rows(tmp_path) == Counter({(1, "in/c.csv"): 1, (2, "in/c.csv"): 1, (3, "in/b.csv"): 1})
    assert remembered(tmp_path) == ["in/b.csv", "in/c.csv"]


def test_one_file_spelled_in_two_ways_is_one_file(tmp_path: Path) -> None:
    two_files(tmp_path)
    load_one(tmp_path, files=("in/a.csv", "in/b.csv"))
    deliver(tmp_path, "a.csv", [(4, "n", 1.0)])
    report = load_one(tmp_path, files=("./in/../in/a.csv", str(tmp_path / "in" / "b.csv")))
    assert (report.error, report.rows_deleted) == (None, 2)
    assert rows(tmp_path) == Counter({(4, "in/a.csv"): 1, (3, "in/b.csv"): 1})


def test_content_under_a_second_path_is_loaded_again_with_a_warning(tmp_path: Path) -> None:
    two_files(tmp_path)
    load_one(tmp_path)
    deliver(tmp_path, "c.csv", [(3, "n", 1.0)])
    report = load_one(tmp_path)
    assert report.warnings == ("file in/c.csv has the same content as in/b.csv; the rows of both are in the table",)
    assert table_rows(tmp_path).num_rows == 4


def test_a_rejected_row_of_a_changed_file_leaves_the_old_rows_in_strict_mode(tmp_path: Path) -> None:
    two_files(tmp_path)
    load_one(tmp_path, max_rejects=0)
    deliver(tmp_path, "a.csv", [(4, "n", 1.0), ("x", "n", 1.0)])
    report = load_one(tmp_path, max_rejects=0)
    assert (report.outcome, report.rows_deleted) == (StreamOutcome.FAILED, 0)
    assert sorted(table_rows(tmp_path).column("id").to_pylist()) == [1, 2, 3]


def test_rejects_of_an_earlier_version_stay_in_quarantine(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0), ("x", "n", 1.0)])
    load_one(tmp_path)
    deliver(tmp_path, "a.csv", [("y", "n", 1.0), (2, "n", 1.0)])
    load_one(tmp_path)
    kept = table_rows(tmp_path, TABLE.quarantine)
    assert sorted(kept.column("raw").to_pylist()) == ["x,n,1.0", "y,n,1.0"]
    assert table_rows(tmp_path).column("id").to_pylist() == [2]


def test_a_changed_file_that_cannot_be_read_keeps_its_rows_and_the_others_go_on(tmp_path: Path) -> None:
    two_files(tmp_path)
    load_one(tmp_path)
    (tmp_path / "in" / "a.csv").write_text("not,the,header\n")
    deliver(tmp_path, "b.csv", [(4, "n", 1.0)])
    report = load_one(tmp_path)
    assert (report.outcome, len(report.rejected_files)) == (StreamOutcome.COMMITTED, 1)
    assert rows(tmp_path) == Counter({(1, "in/a.csv"): 1, (2, "in/a.csv"): 1, (4, "in/b.csv"): 1})
    deliver(tmp_path, "a.csv", [(5, "n", 1.0)])
    load_one(tmp_path)
    assert rows(tmp_path) == Counter({(5, "in/a.csv"): 1, (4, "in/b.csv"): 1})


def test_removed_files_go_also_when_the_only_new_file_cannot_be_read(tmp_path: Path) -> None:
    two_files(tmp_path)
    load_one(tmp_path, **DELETE)
    (tmp_path / "in" / "a.csv").unlink()
    (tmp_path / "in" / "c.csv").write_text("not,the,header\n")
    report = load_one(tmp_path, **DELETE)
    assert (report.outcome, report.rows_deleted, len(report.rejected_files)) == (StreamOutcome.COMMITTED, 2, 1)
    assert remembered(tmp_path) == ["in/b.csv"]


def test_rows_a_lost_answer_deleted_are_reported(tmp_path: Path) -> None:
    two_files(tmp_path)
    load_one(tmp_path)
    deliver(tmp_path, "a.csv", [(4, "n", 1.0)])
    failpoints.arm("commit.after=raise:504")
    try:
        report = load_one(tmp_path)
    finally:
        failpoints.arm("")
    assert (report.outcome, report.rows_deleted) == (StreamOutcome.COMMITTED, 2)


def test_partition_replaces_all_rows_of_the_partitions_it_has_rows_for(tmp_path: Path) -> None:
    two_files(tmp_path)
    partition = {"replace": ReplaceScope.PARTITION}
    load_one(tmp_path, **partition)
    deliver(tmp_path, "c.csv", [(7, "n", 1.0)])
    report = load_one(tmp_path, **partition)
    assert (report.error, report.rows_deleted) == (None, 3)
    assert rows(tmp_path) == Counter({(7, "in/c.csv"): 1})
    assert remembered(tmp_path) == ["in/a.csv", "in/b.csv", "in/c.csv"]


def test_overwrite_reports_the_rows_it_replaced(tmp_path: Path) -> None:
    two_files(tmp_path)
    load_one(tmp_path, write_mode=WriteMode.OVERWRITE, replace=None)
    (tmp_path / "in" / "b.csv").unlink()
    assert load_one(tmp_path, write_mode=WriteMode.OVERWRITE, replace=None).rows_deleted == 3
