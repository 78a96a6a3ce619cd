"""Kill -9 anywhere, wrong answers, rivals and strangers: every row lands once."""

import multiprocessing
import os
import random
from collections import Counter
from pathlib import Path

import pytest

from dativo_core import failpoints
from dativo_core.flow import StreamOutcome
from tests.faults.harness import Lost, Trial, naive_runner, play_trial, run_dativo, wait
from tests.support import deliver, load, orders_plan, stored_state, table_rows

TRIALS = int(os.environ.get("DATIVO_FAULT_TRIALS", "100"))
SEED = int(os.environ.get("DATIVO_FAULT_SEED", random.SystemRandom().randrange(1 << 30)))
KILLS_PER_POINT = 3
EXTRA_TRIALS_PER_POINT = 12
POINTS = sorted(failpoints.NAMES)


@pytest.mark.slow
def test_random_histories_lose_and_double_nothing_and_kill_at_every_failpoint(tmp_path: Path) -> None:
    print(f"seed {SEED}, replay with DATIVO_FAULT_SEED={SEED}")
    with multiprocessing.get_context("fork").Pool() as workers:
        planned = [(tmp_path, number, POINTS[number % len(POINTS)]) for number in range(TRIALS)]
        kills = sum(workers.starmap(_play, planned, chunksize=1), Counter())
        extra = [
            (tmp_path, TRIALS + place * EXTRA_TRIALS_PER_POINT + number, point)
            for place, point in enumerate(POINTS)
            for number in range(EXTRA_TRIALS_PER_POINT * (kills[point] < KILLS_PER_POINT))
        ]
        kills = sum(workers.starmap(_play, extra, chunksize=1), kills)
    print(f"{TRIALS + len(extra)} trials, {kills.total()} kills: {dict(sorted(kills.items()))}")
    assert [point for point in POINTS if kills[point] < KILLS_PER_POINT] == []


def test_the_obvious_append_with_a_state_file_loses_or_doubles_rows(tmp_path: Path) -> None:
    for number in range(40):
        try:
            play_trial(SEED + number, tmp_path / str(number), None, naive_runner)
        except Lost as proof:
            print(proof)
            return
    pytest.fail("the negative control passed 40 trials: the harness proves nothing")


def test_four_simultaneous_runs_all_succeed_and_land_each_row_once(tmp_path: Path) -> None:
    plan = orders_plan(tmp_path)
    expected = []
    for number in range(4):
        rows = [(number * 10 + n, "n", 1.0) for n in range(10)]
        deliver(tmp_path, f"{number}.csv", rows)
        expected += [row[0] for row in rows]
    trial = Trial(SEED, tmp_path, run_dativo)
    trial.plan = plan
    codes = [wait(child) for child in [trial.start("") for _ in range(4)]]
    assert codes == [0, 0, 0, 0]
    assert sorted(table_rows(tmp_path).column("id").to_pylist()) == expected


@pytest.mark.parametrize("error", ["409", "500", "502", "503", "504", "timeout", "reset", "ENOSPC"])
def test_a_commit_that_landed_but_was_answered_with_an_error_is_recognised(tmp_path: Path, error: str) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    failpoints.arm(f"commit.after=raise:{error}")
    try:
        report = load(orders_plan(tmp_path))
    finally:
        failpoints.arm("")
    assert report.streams[0].outcome is StreamOutcome.COMMITTED
    assert table_rows(tmp_path).num_rows == 1
    state = stored_state(tmp_path)
    assert state is not None
    assert state.sequence == 1


@pytest.mark.parametrize("error", ["409", "500", "502", "503", "504", "timeout", "reset"])
def test_a_commit_that_did_not_land_is_tried_again_in_the_same_run(tmp_path: Path, error: str) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    failpoints.arm(f"commit.before=raise:{error}")
    try:
        report = load(orders_plan(tmp_path))
    finally:
        failpoints.arm("")
    commit = report.streams[0].commit
    assert commit is not None
    assert commit.attempts == 2
    assert table_rows(tmp_path).num_rows == 1


def _play(tmp_path: Path, number: int, point: str) -> Counter[str]:
    return play_trial(SEED + number, tmp_path / f"t{number}", point).kills
