"""Changing a load state by hand: guarded by what was shown, fenced against runs, and never about rows."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dativo_core import failpoints
from dativo_core.errors import CommitConflict, ConfigError
from dativo_core.flow import StreamOutcome, StreamReport
from dativo_core.lake import locks
from dativo_core.lake.catalog import open_lake
from dativo_core.lake.ranges import Ranges, read_ranges
from dativo_core.model.job_partitions import JobPartitions, PartitionKind
from dativo_core.plan.run_options import RunOptions
from dativo_core.plan.types import IngestPlan, ReplaceScope, WriteMode
from dativo_core.run import Services, run
from dativo_core.run.state_changes import (
    Decide,
    Proposal,
    Signer,
    adopting_snapshot,
    change,
    keeping,
    propose,
    resetting,
)
from dativo_core.run.state_import import Importing
from dativo_core.run.states import export_document, read_states
from tests.support import KEY, TABLE, deliver, orders_plan, services, stored_state, table_rows

SIGNER = Signer("ann", "a test")


@pytest.fixture(autouse=True)
def disarmed(monkeypatch):
    monkeypatch.setattr(locks, "WAIT_S", 0.05)
    yield
    failpoints.arm("")


def load(plan: IngestPlan, around: Services | None = None, **options) -> StreamReport:
    (report,) = run(plan, around or services(Path(plan.root)), RunOptions(**options)).streams
    return report


def change_state(plan: IngestPlan, decide: Decide) -> Proposal:
    around = services(Path(plan.root))
    (proposal,) = propose(plan, around, SIGNER, decide)
    if proposal.error is not None or proposal.edit is None:
        return proposal
    (done,) = change(plan, around, [proposal])
    return done


def ids(root: Path) -> list[int]:
    return sorted(table_rows(root).column("id").to_pylist()) if table_rows(root).num_columns else []


def replacing(root: Path, **more) -> IngestPlan:
    return orders_plan(root, write_mode=WriteMode.DELETE_INSERT, replace=ReplaceScope.FILE, **more)


def test_after_a_reset_rows_that_can_be_replaced_are_loaded_in_their_own_place(tmp_path: Path) -> None:
    plan = replacing(tmp_path)
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    deliver(tmp_path, "b.csv", [(2, "n", 1.0)])
    load(plan)
    assert change_state(plan, resetting).error is None
    assert ids(tmp_path) == [1, 2]
    report = load(plan)
    assert (report.counts.written, report.rows_deleted) == (2, 2)
    assert ids(tmp_path) == [1, 2]


def test_a_file_that_was_renamed_after_a_reset_is_not_in_the_table_twice(tmp_path: Path) -> None:
    plan = replacing(tmp_path)
    path = deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load(plan)
    change_state(plan, resetting)
    path.rename(path.with_name("b.csv"))
    load(plan)
    assert ids(tmp_path) == [1]


def test_after_a_reset_a_full_table_is_replaced_as_a_whole(tmp_path: Path) -> None:
    plan = orders_plan(tmp_path, write_mode=WriteMode.OVERWRITE)
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load(plan)
    assert load(plan).outcome is StreamOutcome.NOTHING_NEW
    change_state(plan, resetting)
    assert load(plan).outcome is StreamOutcome.COMMITTED
    assert ids(tmp_path) == [1]


def test_in_append_mode_a_reset_adds_rows_again_and_says_so(tmp_path: Path) -> None:
    plan = orders_plan(tmp_path)
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load(plan)
    proposal = change_state(plan, resetting)
    assert any("write mode append adds those of the next run" in line for line in proposal.told)
    load(plan)
    assert ids(tmp_path) == [1, 1]


def test_a_number_is_never_given_twice(tmp_path: Path) -> None:
    plan = orders_plan(tmp_path)
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load(plan)
    for _ in range(3):
        change_state(plan, resetting)
    with open_lake(tmp_path / "lake") as lake, lake.load(TABLE).transaction() as lose:
        lose.remove_properties(f"dativo.state.{KEY}")
    change_state(plan, resetting)
    state = stored_state(tmp_path)
    assert state is not None
    assert state.sequence == 5


@pytest.mark.parametrize("mode", [WriteMode.APPEND, WriteMode.DELETE_INSERT, WriteMode.OVERWRITE])
def test_a_run_that_is_reading_when_the_state_is_reset_loads_from_there(tmp_path: Path, mode: WriteMode) -> None:
    plan = orders_plan(
        tmp_path, write_mode=mode, replace=ReplaceScope.FILE if mode is WriteMode.DELETE_INSERT else None
    )
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load(plan)
    deliver(tmp_path, "b.csv", [(2, "n", 1.0)])
    resets = []

    def reset_once(_progress) -> None:
        if not resets:
            resets.append(change_state(plan, resetting))

    report = load(plan, replace(services(tmp_path), progress=reset_once))
    assert resets[0].error is None
    assert report.outcome is StreamOutcome.COMMITTED
    assert ids(tmp_path) == ([1, 1, 2] if mode is WriteMode.APPEND else [1, 2])
    assert load(plan).outcome is StreamOutcome.NOTHING_NEW


def test_a_state_that_moved_after_it_was_shown_is_left_alone(tmp_path: Path) -> None:
    plan, around = orders_plan(tmp_path), services(tmp_path)
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load(plan)
    shown = propose(plan, around, SIGNER, resetting)
    deliver(tmp_path, "b.csv", [(2, "n", 1.0)])
    load(plan)
    (refused,) = change(plan, around, shown)
    assert isinstance(refused.error, CommitConflict)
    assert "changed after its state was shown" in refused.error.message
    assert load(plan).outcome is StreamOutcome.NOTHING_NEW


def test_a_table_that_was_loaded_while_its_first_state_was_imported_keeps_its_own(tmp_path: Path) -> None:
    plan, around = orders_plan(tmp_path), services(tmp_path)
    path = deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    legacy = {"file_in/a.csv": {"last_modified": "2999-01-01T00:00:00Z"}}
    shown = propose(plan, around, SIGNER, Importing(legacy))
    assert not (tmp_path / "lake").exists()
    load(plan)
    (refused,) = change(plan, around, shown)
    assert isinstance(refused.error, CommitConflict)
    assert path.exists()
    assert ids(tmp_path) == [1]


@pytest.mark.parametrize("error", ["409", "500", "503", "504", "timeout", "reset"])
@pytest.mark.parametrize("place", ["state.verb", "change.after"])
def test_an_answer_that_was_lost_changes_the_state_once(tmp_path: Path, place: str, error: str) -> None:
    plan = orders_plan(tmp_path)
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load(plan)
    failpoints.arm(f"{place}=raise:{error}")
    assert change_state(plan, resetting).error is None
    failpoints.arm("")
    state = stored_state(tmp_path)
    assert state is not None
    assert (state.sequence, state.change.verb, state.loaded_files) == (2, "reset", ())


@pytest.mark.parametrize("place", ["state.verb", "meta.after", "change.after"])
def test_a_verb_that_is_killed_has_changed_all_or_nothing(tmp_path: Path, place: str) -> None:
    plan = replacing(tmp_path)
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load(plan)
    child = os.fork()
    if not child:
        failpoints.arm(f"{place}=kill")
        change_state(plan, resetting)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    state = stored_state(tmp_path)
    assert state is not None
    assert state.sequence == (2 if place == "change.after" else 1)
    load(plan)
    assert ids(tmp_path) == [1]


def test_an_object_the_job_does_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has no object returns"):
        propose(orders_plan(tmp_path), services(tmp_path), SIGNER, resetting, ["returns"])


def days_plan(root: Path, mode: WriteMode = WriteMode.DELETE_INSERT) -> IngestPlan:
    days = JobPartitions(PartitionKind.DAILY, start="2026-01-01", path_format="%Y-%m-%d")
    plan = orders_plan(root, files=("in/{partition}/*.csv",), write_mode=mode)
    return replace(plan, source=replace(plan.source, partitions=days))


def stored_ranges(root: Path) -> Ranges:
    with open_lake(root / "lake") as lake:
        return read_ranges(lake.load(TABLE), KEY)


@pytest.mark.parametrize("mode", [WriteMode.APPEND, WriteMode.DELETE_INSERT])
def test_partitions_are_forgotten_as_well_and_their_numbers_go_on(tmp_path: Path, mode: WriteMode) -> None:
    plan = days_plan(tmp_path, mode)
    for day in (1, 2):
        deliver(tmp_path, f"2026-01-0{day}/a.csv", [(day, "n", 1.0)])
    load(plan, partitions=("2026-01-01",))
    load(plan, partitions=("2026-01-01", "2026-01-02"))
    assert change_state(plan, resetting).error is None
    loads = stored_ranges(tmp_path).loads
    assert {key: each.sequence for key, each in loads.items()} == {"2026-01-01": 3, "2026-01-02": 3}
    assert load(plan, partitions=("2026-01-01",)).rows_deleted == 1
    assert stored_ranges(tmp_path).loads["2026-01-01"].sequence == 4
    load(plan)
    assert ids(tmp_path) == ([1, 2, 2] if mode is WriteMode.APPEND else [1, 2])
    assert load(plan).outcome is StreamOutcome.NOTHING_NEW


def test_a_load_of_a_partition_under_way_during_a_reset_is_superseded(tmp_path: Path) -> None:
    plan = days_plan(tmp_path)
    deliver(tmp_path, "2026-01-01/a.csv", [(1, "n", 1.0)])
    load(plan, partitions=("2026-01-01",))
    resets = []

    def reset_once(_progress) -> None:
        if not resets:
            resets.append(change_state(plan, resetting))

    load(plan, replace(services(tmp_path), progress=reset_once), partitions=("2026-01-01",))
    assert stored_ranges(tmp_path).loads["2026-01-01"].sequence == 3
    assert ids(tmp_path) == [1]


def test_after_a_rollback_loads_of_partitions_are_taken_back_or_kept_with_the_state(tmp_path: Path) -> None:
    for number, decide in enumerate((adopting_snapshot(None), keeping)):
        root = tmp_path / str(number)
        plan = days_plan(root)
        deliver(root, "2026-01-01/a.csv", [(1, "n", 1.0)])
        load(plan)
        with open_lake(root / "lake") as lake:
            back = lake.load(TABLE).current_snapshot().snapshot_id
        deliver(root, "2026-01-02/a.csv", [(2, "n", 1.0)])
        load(plan, partitions=("2026-01-02",))
        with open_lake(root / "lake") as lake:
            lake.load(TABLE).manage_snapshots().rollback_to_snapshot(back).commit()
        assert load(plan).outcome is StreamOutcome.FAILED
        done = change_state(plan, decide)
        assert done.error is None, done.error
        load(plan)
        assert ids(root) == ([1] if decide is keeping else [1, 2])


def test_an_export_has_everything_that_is_needed_to_put_it_back(tmp_path: Path) -> None:
    plan = days_plan(tmp_path)
    for day in (1, 2):
        deliver(tmp_path, f"2026-01-0{day}/a.csv", [(day, "n", 1.0)])
    load(plan, partitions=("2026-01-01",))
    load(plan)
    load(plan, partitions=("2026-01-02",))
    kept = export_document(plan, read_states(plan, services(tmp_path)))
    change_state(plan, resetting)
    assert change_state(plan, Importing(kept, is_forced=True)).error is None
    assert load(plan).outcome is StreamOutcome.NOTHING_NEW
    assert stored_ranges(tmp_path).loads.keys() == {"2026-01-01", "2026-01-02"}
    again = change_state(plan, Importing(kept))
    assert (again.error, again.edit) == (None, None)
    assert ids(tmp_path) == [1, 2]


def test_rejected_rows_of_committed_loads_outlive_a_reset(tmp_path: Path) -> None:
    plan = orders_plan(tmp_path, max_rejects=None)
    deliver(tmp_path, "a.csv", [(1, "n", 1.0), ("bad", "n", 1.0)])
    load(plan)
    change_state(plan, resetting)
    load(plan)
    load(plan)
    assert table_rows(tmp_path, TABLE.quarantine).num_rows == 2


def lose(root: Path, prefix: str = "dativo.state.") -> None:
    with open_lake(root / "lake") as lake, lake.load(TABLE).transaction() as change_by_another:
        change_by_another.remove_properties(f"{prefix}{KEY}")


def roll_back(root: Path, snapshot_id: int) -> None:
    with open_lake(root / "lake") as lake:
        lake.load(TABLE).manage_snapshots().rollback_to_snapshot(snapshot_id).commit()


def head(root: Path) -> int:
    with open_lake(root / "lake") as lake:
        return lake.load(TABLE).current_snapshot().snapshot_id


def exported(plan: IngestPlan) -> dict:
    return export_document(plan, read_states(plan, services(Path(plan.root))))


def test_after_a_rollback_a_file_that_a_partition_had_lost_by_then_is_loaded_again(tmp_path: Path) -> None:
    plan = days_plan(tmp_path)
    deliver(tmp_path, "2026-01-01/a.csv", [(1, "n", 1.0)])
    path = deliver(tmp_path, "2026-01-01/b.csv", [(2, "n", 1.0)])
    load(plan)
    path.unlink()
    load(plan, partitions=("2026-01-01",))
    without_it = head(tmp_path)
    deliver(tmp_path, "2026-01-01/b.csv", [(2, "n", 1.0)])
    load(plan)
    assert ids(tmp_path) == [1, 2]
    roll_back(tmp_path, without_it)
    assert change_state(plan, adopting_snapshot(None)).error is None
    load(plan)
    assert ids(tmp_path) == [1, 2]


@pytest.mark.parametrize("error", ["EIO", "ENOSPC", "EACCES"])
def test_a_change_that_landed_before_the_catalog_failed_for_good_is_recognised(tmp_path: Path, error: str) -> None:
    plan = orders_plan(tmp_path)
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load(plan)
    failpoints.arm(f"state.verb=raise:{error}:*")
    assert change_state(plan, resetting).error is not None
    assert stored_state(tmp_path).sequence == 1
    failpoints.arm(f"change.after=raise:{error}")
    assert change_state(plan, resetting).error is None
    assert stored_state(tmp_path).sequence == 2


def test_a_state_that_was_changed_twice_still_tells_the_last_load(tmp_path: Path) -> None:
    plan = orders_plan(tmp_path)
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load(plan)
    loaded = stored_state(tmp_path)
    for _ in range(2):
        change_state(plan, resetting)
    told = stored_state(tmp_path).change.load
    assert told == replace(loaded, files=())


def test_an_export_older_than_the_rows_takes_force(tmp_path: Path) -> None:
    plan = orders_plan(tmp_path)
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load(plan)
    older = exported(plan)
    deliver(tmp_path, "b.csv", [(2, "n", 1.0)])
    load(plan)
    newest = exported(plan)
    lose(tmp_path)
    refused = change_state(plan, Importing(older)).error
    assert "not of the last load whose rows are there" in refused.message
    assert change_state(plan, Importing(newest)).error is None
    assert load(plan).outcome is StreamOutcome.NOTHING_NEW
    assert ids(tmp_path) == [1, 2]


def test_an_export_of_rows_that_were_rolled_back_takes_force(tmp_path: Path) -> None:
    plan = orders_plan(tmp_path)
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load(plan)
    first = head(tmp_path)
    deliver(tmp_path, "b.csv", [(2, "n", 1.0)])
    load(plan)
    newest = exported(plan)
    roll_back(tmp_path, first)
    lose(tmp_path)
    assert "not of the last load" in change_state(plan, Importing(newest)).error.message
    assert change_state(plan, adopting_snapshot(None)).error is None
    load(plan)
    assert ids(tmp_path) == [1, 2]


@pytest.mark.parametrize("mode", [WriteMode.APPEND, WriteMode.DELETE_INSERT])
def test_an_export_without_a_later_load_of_a_partition_takes_force(tmp_path: Path, mode: WriteMode) -> None:
    plan = days_plan(tmp_path, mode)
    deliver(tmp_path, "2026-01-01/a.csv", [(1, "n", 1.0)])
    load(plan)
    older = exported(plan)
    deliver(tmp_path, "2026-01-02/a.csv", [(2, "n", 1.0)])
    load(plan, partitions=("2026-01-02",))
    newest = exported(plan)
    lose(tmp_path)
    assert "not of the last load" in change_state(plan, Importing(older)).error.message
    assert change_state(plan, Importing(newest)).error is None
    assert load(plan).outcome is StreamOutcome.NOTHING_NEW
    assert ids(tmp_path) == [1, 2]


@pytest.mark.parametrize("prefix", ["dativo.state.", "dativo.ranges."])
def test_an_export_puts_back_what_was_lost_though_the_other_half_names_all_files(tmp_path: Path, prefix: str) -> None:
    plan = days_plan(tmp_path)
    deliver(tmp_path, "2026-01-01/a.csv", [(1, "n", 1.0)])
    load(plan)
    load(plan, partitions=("2026-01-01",))
    kept = exported(plan)
    lose(tmp_path, prefix)
    assert load(plan).outcome is StreamOutcome.FAILED
    assert change_state(plan, Importing(kept)).edit is not None
    assert load(plan).outcome is StreamOutcome.NOTHING_NEW


STEPS = ("deliver", "run", "reset", "export", "import", "lose", "kill")


@pytest.mark.slow
@pytest.mark.parametrize("mode", [WriteMode.APPEND, WriteMode.DELETE_INSERT])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(STEPS), min_size=3, max_size=9))
def test_in_any_history_rows_are_lost_or_doubled_only_where_a_verb_says_so(tmp_path_factory, mode, steps) -> None:
    """The model: how often each file was loaded, and which files count as loaded, now and in the last export."""
    root = tmp_path_factory.mktemp("history")
    plan = orders_plan(root) if mode is WriteMode.APPEND else replacing(root)
    copies: dict[str, int] = {}
    known: set[str] = set()
    exported, kept = None, set()

    def load_all() -> None:
        load(plan)
        for name in files - known:
            copies[name] = copies.get(name, 0) + 1 if mode is WriteMode.APPEND else 1
        known.update(files)

    files = {"0"}
    deliver(root, "0.csv", [(0, "n", 1.0)])
    load_all()
    for step in (*steps, "run"):
        match step:
            case "deliver":
                deliver(root, f"{len(files)}.csv", [(len(files), "n", 1.0)])
                files.add(str(len(files)))
            case "run":
                load_all()
            case "reset":
                assert change_state(plan, resetting).error is None
                known.clear()
            case "export":
                exported, kept = export_document(plan, read_states(plan, services(root))), set(known)
            case "import" if exported is not None:
                assert change_state(plan, Importing(exported, is_forced=True)).error is None
                known = set(kept)
            case "lose":
                with open_lake(root / "lake") as lake, lake.load(TABLE).transaction() as lose:
                    lose.remove_properties(f"dativo.state.{KEY}")
                assert change_state(plan, adopting_snapshot(None)).error is None
            case "kill":
                before = stored_state(root)
                kill_at_a_reset(plan, len(known))
                known = known if stored_state(root) == before else set()
    assert ids(root) == sorted(int(name) for name, count in copies.items() for _ in range(count))


def kill_at_a_reset(plan: IngestPlan, number: int) -> None:
    """Kill a reset somewhere; where depends on `number`."""
    child = os.fork()
    if not child:
        failpoints.arm(f"{('state.verb', 'meta.after', 'change.after')[number % 3]}=kill")
        change_state(plan, resetting)
        os._exit(0)
    os.waitpid(child, 0)
