"""Loads of single partitions: each in place of what it loaded before, beside the incremental loads."""

import os
import re
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dativo_core import failpoints
from dativo_core.errors import ConfigError, SourceError, StateLost
from dativo_core.flow import StreamOutcome, StreamReport, WindowKind
from dativo_core.lake import locks
from dativo_core.lake.catalog import open_lake
from dativo_core.lake.ranges import Ranges, read_ranges
from dativo_core.model.job_partitions import JobPartitions, PartitionKind
from dativo_core.model.names import TableName
from dativo_core.plan.run_options import RunOptions
from dativo_core.plan.types import IngestPlan, RemovedFiles, ReplaceScope, WriteMode
from dativo_core.run import run
from tests.support import KEY, TABLE, deliver, orders_plan, services, stored_state, table_rows

DAYS = JobPartitions(PartitionKind.DAILY, start="2026-01-01", path_format="%Y-%m-%d")
FIRST, SECOND, THIRD = "2026-01-01", "2026-01-02", "2026-01-03"
ORDER = (1, "n", 1.0)


@pytest.fixture(autouse=True)
def short_queue(monkeypatch):
    """Nobody waits long for a run that is stopped while it holds the courtesy lock."""
    monkeypatch.setattr(locks, "WAIT_S", 0.05)


def plan_of(root: Path, *, partitions: JobPartitions = DAYS, path: str = "in/{partition}/*.csv", **more) -> IngestPlan:
    plan = orders_plan(root, files=(path,), **{"write_mode": WriteMode.DELETE_INSERT, **more})
    return replace(plan, source=replace(plan.source, partitions=partitions))


def load(plan: IngestPlan, *partitions: str, **options) -> StreamReport:
    asked = RunOptions(partitions=partitions, **options)
    (report,) = run(plan, services(Path(plan.root)), asked).streams
    return report


def ids(root: Path) -> list[int]:
    return sorted(table_rows(root).column("id").to_pylist())


def snapshots(root: Path) -> int:
    with open_lake(root / "lake") as lake:
        table = lake.load(TABLE)
        return len(table.metadata.snapshots) if table is not None else 0


def stored_ranges(root: Path) -> Ranges:
    with open_lake(root / "lake") as lake:
        table = lake.load(TABLE)
        return read_ranges(table, KEY) if table is not None else Ranges()


def test_a_partition_that_is_loaded_again_replaces_its_rows_in_one_snapshot(tmp_path: Path) -> None:
    deliver(tmp_path, f"{FIRST}/a.csv", [(1, "n", 1.0)])
    deliver(tmp_path, f"{SECOND}/a.csv", [(2, "n", 1.0)])
    plan = plan_of(tmp_path)
    load(plan)
    deliver(tmp_path, f"{FIRST}/a.csv", [(10, "n", 1.0)])
    deliver(tmp_path, f"{FIRST}/b.csv", [(11, "n", 1.0)])
    before = snapshots(tmp_path)
    report = load(plan, FIRST)
    assert report.outcome is StreamOutcome.COMMITTED
    assert report.window is not None
    assert (report.window.kind, report.window.partitions) == (WindowKind.PARTITION, (FIRST,))
    assert (report.counts.written, report.rows_deleted) == (2, 1)
    assert ids(tmp_path) == [2, 10, 11]
    assert snapshots(tmp_path) == before + 1


def test_a_partition_is_loaded_again_also_when_nothing_changed(tmp_path: Path) -> None:
    deliver(tmp_path, f"{FIRST}/a.csv", [ORDER])
    for _ in range(2):
        assert load(plan_of(tmp_path), FIRST).outcome is StreamOutcome.COMMITTED
    assert ids(tmp_path) == [1]


def test_loads_of_partitions_leave_the_incremental_state_as_it_is(tmp_path: Path) -> None:
    deliver(tmp_path, f"{FIRST}/a.csv", [ORDER])
    plan = plan_of(tmp_path)
    load(plan)
    before = stored_state(tmp_path)
    deliver(tmp_path, f"{SECOND}/a.csv", [(2, "n", 1.0)])
    load(plan, FIRST)
    load(plan, SECOND)
    assert stored_state(tmp_path) == before
    assert ids(tmp_path) == [1, 2]


@pytest.mark.parametrize("mode", [WriteMode.APPEND, WriteMode.DELETE_INSERT])
def test_what_a_partition_load_brought_is_not_loaded_again_by_an_incremental_one(
    tmp_path: Path, mode: WriteMode
) -> None:
    deliver(tmp_path, f"{FIRST}/a.csv", [ORDER])
    plan = plan_of(tmp_path, write_mode=mode)
    load(plan, FIRST)
    assert load(plan).outcome is StreamOutcome.NOTHING_NEW
    deliver(tmp_path, f"{SECOND}/a.csv", [(2, "n", 1.0)])
    report = load(plan)
    assert (report.outcome, report.counts.written) == (StreamOutcome.COMMITTED, 1)
    assert ids(tmp_path) == [1, 2]
    assert stored_ranges(tmp_path).files == {}
    assert load(plan).outcome is StreamOutcome.NOTHING_NEW


def test_a_file_that_is_gone_leaves_with_its_partition_and_is_new_when_it_comes_back(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    gone = deliver(tmp_path, f"{FIRST}/a.csv", [ORDER])
    deliver(tmp_path, f"{FIRST}/b.csv", [(2, "n", 1.0)])
    load(plan)
    text = gone.read_text()
    gone.unlink()
    report = load(plan, FIRST)
    assert report.window is not None
    assert report.window.removed == ("in/2026-01-01/a.csv",)
    assert ids(tmp_path) == [2]
    gone.write_text(text)
    assert load(plan).counts.written == 1
    assert ids(tmp_path) == [1, 2]


def test_a_partition_without_files_loses_its_rows_and_an_unknown_directory_is_an_error(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    first = deliver(tmp_path, f"{FIRST}/a.csv", [ORDER])
    deliver(tmp_path, f"{SECOND}/a.csv", [(2, "n", 1.0)])
    load(plan)
    first.unlink()
    assert load(plan, FIRST).outcome is StreamOutcome.COMMITTED
    assert ids(tmp_path) == [2]
    assert load(plan, THIRD).outcome is StreamOutcome.NOTHING_NEW
    error = load(plan_of(tmp_path, path="typo/{partition}/*.csv"), THIRD).error
    assert isinstance(error, SourceError)
    assert "typo/" in str(error)


def test_several_partitions_are_loaded_by_one_run_in_one_snapshot(tmp_path: Path) -> None:
    for number, day in enumerate((FIRST, SECOND, THIRD)):
        deliver(tmp_path, f"{day}/a.csv", [(number, "n", 1.0)])
    assert load(plan_of(tmp_path), FIRST, SECOND).counts.written == 2
    assert (ids(tmp_path), snapshots(tmp_path)) == ([0, 1], 1)
    assert set(stored_ranges(tmp_path).loads) == {FIRST, SECOND}


def test_in_append_mode_a_changed_file_is_an_error_until_its_partition_is_loaded_again(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, write_mode=WriteMode.APPEND)
    deliver(tmp_path, f"{FIRST}/a.csv", [ORDER])
    load(plan)
    deliver(tmp_path, f"{FIRST}/a.csv", [(7, "n", 1.0)])
    assert isinstance(load(plan).error, SourceError)
    load(plan, FIRST)
    assert ids(tmp_path) == [7]
    assert load(plan).outcome is StreamOutcome.NOTHING_NEW


def test_paths_may_write_a_partition_in_their_own_form_and_only_those_that_do_are_read(tmp_path: Path) -> None:
    hours = JobPartitions(PartitionKind.HOURLY, start="2026-01-01-00:00", path_format="%Y/%m/%d/h%H")
    plan = plan_of(tmp_path, partitions=hours, path="in/{partition}.csv")
    deliver(tmp_path, "2026/01/01/h05.csv", [ORDER])
    deliver(tmp_path, "2026/01/01/h06.csv", [(2, "n", 1.0)])
    deliver(tmp_path, "2026/01/01/other.csv", [(3, "n", 1.0)])
    load(plan, "2026-01-01-05:00")
    assert ids(tmp_path) == [1]
    load(plan)
    assert ids(tmp_path) == [1, 2]


@pytest.mark.parametrize("key", ["2025-12-31", "2026-1-1", "2026-02-30", "", "2026-01-01-00:00"])
def test_a_partition_the_job_does_not_have_is_refused_by_name(tmp_path: Path, key: str) -> None:
    deliver(tmp_path, f"{FIRST}/a.csv", [ORDER])
    with pytest.raises(ConfigError, match=re.escape(f"'{key}'")):
        load(plan_of(tmp_path), key)


def test_what_cannot_be_asked_for_together_is_refused(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    with pytest.raises(ConfigError, match="full refresh"):
        load(plan, FIRST, full_refresh=True)
    with pytest.raises(ConfigError, match="cannot be limited"):
        load(plan, FIRST, limit=1)
    with pytest.raises(ConfigError, match="no partitions"):
        load(orders_plan(tmp_path), FIRST)


def test_a_full_refresh_replaces_the_table_and_forgets_what_partitions_held(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, write_mode=WriteMode.APPEND)
    deliver(tmp_path, f"{FIRST}/a.csv", [ORDER])
    second = deliver(tmp_path, f"{SECOND}/a.csv", [(2, "n", 1.0)])
    load(plan)
    load(plan, SECOND)
    second.unlink()
    report = load(plan, full_refresh=True)
    assert (report.counts.written, report.rows_deleted) == (1, 2)
    assert ids(tmp_path) == [1]
    assert stored_ranges(tmp_path).files == {}
    assert load(plan).outcome is StreamOutcome.NOTHING_NEW
    assert load(plan, full_refresh=True).outcome is StreamOutcome.COMMITTED


def test_a_limited_load_leaves_the_other_files_to_the_next_one(tmp_path: Path) -> None:
    plan = orders_plan(tmp_path)
    for number in range(3):
        deliver(tmp_path, f"{number}.csv", [(number, "n", 1.0)])
    assert [load(plan, limit=2).counts.written for _ in range(2)] == [2, 1]
    assert load(plan, limit=2).outcome is StreamOutcome.NOTHING_NEW
    assert ids(tmp_path) == [0, 1, 2]


def test_a_dry_run_tells_what_it_would_publish_and_leaves_nothing(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [ORDER, (2, "n", -1)])
    report = load(orders_plan(tmp_path), is_dry=True)
    assert (report.outcome, report.commit) == (StreamOutcome.CHECKED, None)
    assert (report.counts.read, report.counts.written, report.counts.quarantined) == (2, 1, 1)
    assert {check.id: check.violations for check in report.checks}["amount__minimum"] == 1
    with open_lake(tmp_path / "lake") as lake:
        assert lake.load(TABLE) is None
        assert lake.load(TableName(TABLE.namespace, "orders__quarantine")) is None
    assert not list((tmp_path / "lake" / "warehouse").rglob("*.parquet"))
    strict = load(orders_plan(tmp_path, max_rejects=0), is_dry=True)
    assert strict.outcome is StreamOutcome.FAILED


def test_a_table_that_was_rolled_back_behind_a_partition_load_is_refused(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    deliver(tmp_path, f"{FIRST}/a.csv", [ORDER])
    load(plan)
    with open_lake(tmp_path / "lake") as lake:
        first = lake.load(TABLE).metadata.current_snapshot_id
    load(plan, FIRST)
    with open_lake(tmp_path / "lake") as lake:
        lake.load(TABLE).manage_snapshots().set_current_snapshot(first).commit()
    for partitions in ((), (FIRST,)):
        assert isinstance(load(plan, *partitions).error, StateLost)


def test_many_partitions_are_remembered_beside_the_metadata(tmp_path: Path) -> None:
    static = JobPartitions(PartitionKind.STATIC, keys=tuple(f"k{number}" for number in range(60)))
    plan = plan_of(tmp_path, partitions=static)
    for number in range(60):
        deliver(tmp_path, f"k{number}/a.csv", [(number, "n", 1.0)])
    load(plan, *static.keys)
    with open_lake(tmp_path / "lake") as lake:
        assert len(lake.load(TABLE).properties[f"dativo.ranges.{KEY}"]) < 8 * 1024
    assert set(stored_ranges(tmp_path).loads) == set(static.keys)
    load(plan, "k7")
    assert (ids(tmp_path), stored_ranges(tmp_path).loads["k7"].sequence) == (list(range(60)), 2)


STEPS = (
    "state.read",
    "window.planned",
    "source.connected",
    "batch.validated",
    "quarantine.written",
    "replace.planned",
    "commit.before",
    "commit.after",
    "report.before",
)


@pytest.mark.parametrize("step", STEPS)
def test_a_partition_load_that_is_killed_is_made_good_by_the_next_one(tmp_path: Path, step: str) -> None:
    plan = plan_of(tmp_path)
    deliver(tmp_path, f"{FIRST}/a.csv", [ORDER, (9, "n", -1)])
    deliver(tmp_path, f"{SECOND}/a.csv", [(2, "n", 1.0)])
    load(plan)
    deliver(tmp_path, f"{FIRST}/a.csv", [(5, "n", 1.0), (9, "n", -1)])
    child = os.fork()
    if child == 0:
        failpoints.arm(f"{step}=kill")
        load(plan, FIRST)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    load(plan, FIRST)
    assert ids(tmp_path) == [2, 5]
    assert load(plan).outcome is StreamOutcome.NOTHING_NEW
    # What the killed run left in quarantine is swept once its sequence is settled.
    load(plan, FIRST)
    landed = 4 if step in {"commit.after", "report.before"} else 3
    assert table_rows(tmp_path, TABLE.quarantine).num_rows == landed


@pytest.mark.parametrize("partitions", [(FIRST,), ()])
def test_of_two_runs_about_the_same_files_the_second_to_commit_plans_again(
    tmp_path: Path, partitions: tuple[str, ...]
) -> None:
    plan = plan_of(tmp_path, write_mode=WriteMode.APPEND)
    deliver(tmp_path, f"{FIRST}/a.csv", [ORDER])
    child = os.fork()
    if child == 0:
        failpoints.arm("commit.before=stop")
        load(plan, *partitions)
        os._exit(0)
    os.waitpid(child, os.WUNTRACED)
    load(plan, FIRST)
    os.kill(child, signal.SIGCONT)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert ids(tmp_path) == [1]
    assert load(plan).outcome is StreamOutcome.NOTHING_NEW


def test_partitions_loaded_at_the_same_time_all_land(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    days = [f"2026-01-{day:02}" for day in range(1, 9)]
    for number, day in enumerate(days):
        deliver(tmp_path, f"{day}/a.csv", [(number, "n", 1.0)])
    children = []
    for part in (days[:4], days[4:], []):
        child = os.fork()
        if child == 0:
            outcomes = [load(plan, day) for day in part] if part else [load(plan)]
            os._exit(0 if all(each.error is None for each in outcomes) else 1)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0, 0]
    load(plan)
    assert ids(tmp_path) == list(range(8))
    assert load(plan).outcome is StreamOutcome.NOTHING_NEW


def test_a_file_that_moved_into_a_partition_leaves_the_one_it_came_from(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    path = deliver(tmp_path, f"{FIRST}/a.csv", [ORDER])
    deliver(tmp_path, f"{SECOND}/b.csv", [(5, "n", 1.0)])
    load(plan)
    path.rename(tmp_path / "in" / SECOND / "a.csv")
    load(plan, SECOND)
    assert ids(tmp_path) == [1, 5]
    assert load(plan).outcome is StreamOutcome.NOTHING_NEW


def test_a_partition_load_says_nothing_of_files_it_left_behind(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, removed_files=RemovedFiles.DELETE)
    path = deliver(tmp_path, f"{FIRST}/a.csv", [ORDER])
    deliver(tmp_path, f"{FIRST}/b.csv", [(2, "n", 1.0)])
    load(plan)
    good = path.read_text()
    path.write_text('id,name,amount\n1,"n')
    child = os.fork()
    if child == 0:
        failpoints.arm("commit.before=stop")
        load(plan, FIRST)
        os._exit(0)
    os.waitpid(child, os.WUNTRACED)
    path.unlink()
    load(plan)
    os.kill(child, signal.SIGCONT)
    os.waitpid(child, 0)
    path.write_text(good)
    load(plan)
    assert ids(tmp_path) == [1, 2]


def test_rejected_rows_of_a_partition_outlive_loads_of_several(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    deliver(tmp_path, f"{FIRST}/a.csv", [ORDER, (9, "n", -1)])
    deliver(tmp_path, f"{SECOND}/a.csv", [(2, "n", 1.0)])
    for partitions in ((SECOND,), (SECOND,), (SECOND,), (FIRST,)):
        load(plan, *partitions)
    deliver(tmp_path, f"{FIRST}/a.csv", [ORDER])
    load(plan, FIRST, SECOND)
    load(plan, FIRST)
    assert table_rows(tmp_path, TABLE.quarantine).num_rows == 1


def test_rejected_rows_of_a_load_that_died_are_swept_by_any_later_load(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    deliver(tmp_path, f"{FIRST}/a.csv", [ORDER, (9, "n", -1)])
    deliver(tmp_path, f"{SECOND}/a.csv", [(2, "n", 1.0)])
    child = os.fork()
    if child == 0:
        failpoints.arm("quarantine.written=kill")
        load(plan, FIRST, SECOND)
        os._exit(0)
    os.waitpid(child, 0)
    deliver(tmp_path, f"{FIRST}/a.csv", [ORDER])
    load(plan, FIRST)
    load(plan)
    assert table_rows(tmp_path, TABLE.quarantine).num_rows == 0


@pytest.mark.parametrize("loss", ["removed", "older", "copied"])
def test_what_a_table_remembers_of_partitions_is_never_believed_when_it_cannot_be_true(
    tmp_path: Path, loss: str
) -> None:
    plan = plan_of(tmp_path, write_mode=WriteMode.APPEND)
    name = f"dativo.ranges.{KEY}"
    deliver(tmp_path, f"{FIRST}/a.csv", [ORDER])
    deliver(tmp_path, f"{SECOND}/a.csv", [(2, "n", 1.0)])
    load(plan, FIRST)
    with open_lake(tmp_path / "lake") as lake:
        before = lake.load(TABLE).properties[name]
    load(plan, SECOND)
    with open_lake(tmp_path / "lake") as lake:
        table = lake.load(TABLE)
        match loss:
            case "removed":
                table.transaction().remove_properties(name).commit_transaction()
            case "older":
                table.transaction().set_properties({name: before}).commit_transaction()
            case "copied":
                lake.catalog.drop_table(TABLE.identifier)
                lake.catalog.create_table(TABLE.identifier, table.schema(), properties={name: before})
    assert isinstance(load(plan).error, StateLost)
    assert isinstance(load(plan, FIRST).error, StateLost)


@pytest.mark.parametrize(
    ("partitions", "path", "key", "files"),
    [
        (JobPartitions(PartitionKind.DYNAMIC), "in/{partition}_*.csv", "eu", ("eu_1.csv", "eu_1_2.csv")),
        (JobPartitions(PartitionKind.STATIC, keys=("a", "b")), "in/*{partition}*.csv", "a", ("a.csv", "ba.csv")),
        (
            replace(DAYS, path_format="/%Y/%m/./%d"),
            "in/{partition}/*.csv",
            FIRST,
            ("2026/01/01/x.csv", "2026/01/01/y.csv"),
        ),
    ],
)
def test_files_that_are_gone_are_known_by_the_same_patterns_as_those_that_are_there(
    tmp_path: Path, partitions: JobPartitions, path: str, key: str, files: tuple[str, str]
) -> None:
    plan = plan_of(tmp_path, partitions=partitions, path=path)
    deliver(tmp_path, files[0], [ORDER])
    gone = deliver(tmp_path, files[1], [(2, "n", 1.0)])
    load(plan, key)
    gone.unlink()
    load(plan, key)
    assert ids(tmp_path) == [1]


def test_a_directory_that_is_gone_empties_no_partition(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    deliver(tmp_path, f"{FIRST}/a.csv", [ORDER])
    load(plan)
    (tmp_path / "in").rename(tmp_path / "elsewhere")
    error = load(plan, FIRST).error
    assert isinstance(error, SourceError)
    assert "the directory in of" in str(error)
    assert ids(tmp_path) == [1]


def test_late_rows_of_other_files_stay_whatever_partition_field_they_are_in(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, partition_by=("name",), replace=ReplaceScope.PARTITION)
    deliver(tmp_path, f"{FIRST}/a.csv", [(1, "d1", 1.0)])
    deliver(tmp_path, f"{SECOND}/a.csv", [(2, "d2", 1.0), (3, "d1", 1.0)])
    load(plan, FIRST, SECOND)
    load(plan, FIRST)
    assert ids(tmp_path) == [1, 2, 3]


@pytest.mark.parametrize("key", ["50%25", "a b", "x#y"])
def test_a_key_is_read_as_it_is_written_also_in_an_address(tmp_path: Path, key: str) -> None:
    partitions = JobPartitions(PartitionKind.DYNAMIC)
    plan = plan_of(tmp_path, partitions=partitions, path=f"file://{tmp_path}/in/{{partition}}/*.csv")
    deliver(tmp_path, f"{key}/a.csv", [ORDER])
    deliver(tmp_path, "50%/a.csv", [(2, "n", 1.0)])
    load(plan, key)
    assert ids(tmp_path) == [1]


def test_a_full_refresh_that_others_overtake_twice_fails_and_may_be_tried_again(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, write_mode=WriteMode.APPEND)
    deliver(tmp_path, f"{FIRST}/a.csv", [ORDER])
    load(plan, FIRST)
    child = os.fork()
    if child == 0:
        failpoints.arm("page.after=stop:*")
        report = load(plan, full_refresh=True)
        retryable = report.error is not None and report.error.retryable
        os._exit(7 if report.outcome is StreamOutcome.FAILED and retryable else 0)
    for number in (2, 3):
        os.waitpid(child, os.WUNTRACED)
        deliver(tmp_path, f"{SECOND}/{number}.csv", [(number, "n", 1.0)])
        load(plan, SECOND)
        os.kill(child, signal.SIGCONT)
        # The second pass reads one file more.
        if number == 3:
            os.waitpid(child, os.WUNTRACED)
            os.kill(child, signal.SIGCONT)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 7
    assert ids(tmp_path) == [1, 2, 3]


DAY = st.sampled_from([FIRST, SECOND, THIRD])
DELIVERY = st.tuples(st.just("deliver"), DAY, st.sampled_from("ab"), st.integers(0, 99))
REMOVAL = st.tuples(st.just("remove"), DAY, st.sampled_from("ab"))
AGAIN = st.tuples(st.just("again"), st.lists(DAY, min_size=1, max_size=2, unique=True).map(tuple))
LOAD = st.just(("load",))


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.one_of(DELIVERY, DELIVERY, REMOVAL, AGAIN, LOAD), max_size=8))
def test_whatever_happens_an_incremental_load_makes_the_table_what_the_files_are(
    tmp_path_factory: pytest.TempPathFactory, steps: list
) -> None:
    root = tmp_path_factory.mktemp("partitions")
    plan = plan_of(root, removed_files=RemovedFiles.DELETE)
    files: dict[tuple[str, str], int] = {}
    table: dict[tuple[str, str], int] = {}
    deliver(root, "2026-01-09/always.csv", [(1000, "n", 1.0)])
    for step in [*steps, ("load",)]:
        match step:
            case ("deliver", day, name, number):
                deliver(root, f"{day}/{name}.csv", [(number, "n", 1.0)])
                files[day, name] = number
            case ("remove", day, name):
                files.pop((day, name), None)
                (root / "in" / day / f"{name}.csv").unlink(missing_ok=True)
            case ("again", days):
                assert load(plan, *days).error is None
                table = {key: row for key, row in table.items() if key[0] not in days}
                table |= {key: row for key, row in files.items() if key[0] in days}
            case ("load",):
                assert load(plan).error is None
                table = {**files, ("", ""): 1000}
        found = table_rows(root)
        assert sorted(found.column("id").to_pylist() if found.num_columns else []) == sorted(table.values())
