"""Sensors and backfills with real processes: code server, page, daemon, and runs of their own."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from http.client import HTTPConnection
from pathlib import Path

import dagster as dg
import pytest

from dativo_dagster.backfill import past_backfills
from dativo_dagster.compile import build_definitions
from tests.dagster.command import REPOSITORY, output
from tests.dagster.daemons import environment, running_daemon
from tests.dagster.orchestrators import free_port, orchestrator, until
from tests.dagster.workspaces import write_job, write_rows, write_workspace

FILES = "triggers: {files: {interval_seconds: 1}}\n"
DAYS = "partitions: {type: daily, start: 2026-01-01, partitions_per_run: 10}\n"
PROGRAM = (
    "from dativo_core.cli import main; from dativo_dagster.commands.backfill import backfill; "
    "main.add_command(backfill); main()"
)
WITHIN_S = 240

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Function `AssetSelection.keys` is deprecated"),
]


@pytest.fixture
def root(tmp_path):
    root = write_workspace(tmp_path / "workspace")
    write_days_job(root)
    return root


def write_days_job(root, per_run=10, extra=FILES):
    write_job(root, "days", extra=DAYS.replace("10", str(per_run)) + extra)
    job = root / "jobs" / "acme" / "days.yaml"
    job.write_text(job.read_text().replace("seeds/days*.csv", "seeds/{partition}/*.csv"))


def day(number):
    return f"2026-01-{number:02}" if number <= 31 else f"2026-02-{number - 31:02}"


def write_day(root, number):
    write_rows(root, f"{number},a@b.org,1\n", f"{day(number)}/a.csv")


def landed(instance, table):
    """Return how often each partition of a table was materialised."""
    found = instance.fetch_materializations(dg.AssetKey(["acme", table]), limit=1000).records
    return Counter(record.partition_key for record in found)


def test_a_new_file_lands_and_a_backfill_of_thirty_partitions_lands_each_once(root, tmp_path):
    """Then the same partitions are loaded again in every way a person can ask for it."""
    home, port = tmp_path / "home", free_port()
    write_job(root, "orders", extra=FILES)
    with orchestrator(root, home, "--port", port) as started:
        started.wait_for("ready: ")
        with dg.DagsterInstance.from_config(str(home)) as instance:
            write_rows(root)
            until(lambda: landed(instance, "orders"), WITHIN_S, lambda: started.text)
            write_rows(root, "9,a@b.org,1\n", "orders_new.csv")
            until(lambda: landed(instance, "orders")[None] == 2, WITHIN_S, lambda: started.text)
            for number in range(1, 31):
                write_day(root, number)
            until(lambda: len(landed(instance, "days")) == 30, WITHIN_S, lambda: started.text)
            until(lambda: all(run.is_finished for run in instance.get_runs()), WITHIN_S, lambda: started.text)
            assert set(landed(instance, "days").values()) == {1}
            assert_ranges_and_tags(instance, 10)

            told = backfill_by_command(root, home, "--from", day(1), "--to", day(11), "--reason", "again", "--wait")
            assert "succeeded: 10 of 10 partitions have landed" in told.stdout, told
            ask_on_the_page(port, [day(11), day(12)])
            ask_dagster(root, home, started, [day(13)])
            wanted = Counter({day(number): 2 if number <= 13 else 1 for number in range(1, 31)})
            until(
                lambda: landed(instance, "days") == wanted,
                WITHIN_S,
                lambda: f"{landed(instance, 'days')}{started.text}",
            )
            until(lambda: all(run.is_finished for run in instance.get_runs()), WITHIN_S, lambda: started.text)
            assert_ranges_and_tags(instance, 10)
        started.signal(signal.SIGINT)
        assert started.end() == 0, started.text


def assert_ranges_and_tags(instance, most):
    runs = [run for run in instance.get_runs() if "dagster/backfill" in run.tags]
    assert runs
    for run in runs:
        assert run.is_success
        assert (run.tags["tenant"], run.tags["dativo/job"], run.tags["dativo/trigger"]) == ("acme", "days", "backfill")
        first, last = (run.tags.get(f"dagster/asset_partition_range_{end}") for end in ("start", "end"))
        assert "dagster/partition" in run.tags or int(last[-2:]) - int(first[-2:]) < most


def backfill_by_command(root, home, *arguments):
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, "backfill", "acme/days", "--root", str(root), *arguments],
        env=environment(root, home),
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )


LAUNCH = """mutation($backfill: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $backfill) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""


def ask_on_the_page(port, keys):
    asked = {"assetSelection": [{"path": ["acme", "days"]}], "partitionNames": keys, "title": "from the page"}
    connection = HTTPConnection("127.0.0.1", int(port), timeout=60)
    body = json.dumps({"query": LAUNCH, "variables": {"backfill": asked}})
    connection.request("POST", "/graphql", body, {"Content-Type": "application/json"})
    answer = json.load(connection.getresponse())
    connection.close()
    assert answer["data"]["launchPartitionBackfill"]["__typename"] == "LaunchBackfillSuccess", answer


def ask_dagster(root, home, started, keys):
    """Ask with `dagster job backfill`, which needs the code location that the daemon knows."""
    (daemon,) = started.processes("dagster-daemon")
    line = (Path("/proc") / str(daemon) / "cmdline").read_text().split("\0")
    workspace = line[line.index("--workspace") + 1]
    command = ("dagster", "job", "backfill", "-w", workspace, "-j", "acme__days", "--noprompt")
    done = subprocess.run(
        [str(Path(sys.executable).parent / command[0]), *command[1:], "--partitions", ",".join(keys)],
        env=environment(root, home),
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert done.returncode == 0, output(done)


PLACES = {"TICK_CREATED": 5, "TICK_HELD": 5, "RUN_IDS_RESERVED": 5, "RUN_IDS_ADDED_TO_EVALUATIONS": 5, None: 16}
"""Where a process kills itself, after how many ticks at most."""


def test_a_daemon_that_is_killed_through_fifty_ticks_loads_every_window_once(root, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    number = 0
    for place, most in PLACES.items():
        for _ in range(2):
            for _ in range(3):
                number += 1
                write_day(root, number)
            kill_in_the_middle(root, home, most, place)
    asset = next(iter(build_definitions(root).assets))
    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert len(ticks_of(instance)) >= 50
        asked = Counter(key for each in backfills_of(instance, asset) for key in each.keys)
        assert asked == Counter(day(each) for each in range(1, number + 1))
        with running_daemon(root, home) as daemon:
            until(lambda: landed(instance, "days"), WITHIN_S, (home / "daemon.txt").read_text)
            # The daemon alone: runs that are underway go on, and the next daemon finds how they ended.
            os.kill(daemon.pid, signal.SIGKILL)
            with running_daemon(root, home):
                until(lambda: all_ended(instance, asset), WITHIN_S, (home / "daemon.txt").read_text)
        assert {each.end for each in backfills_of(instance, asset)} == {"succeeded"}
        assert landed(instance, "days") == Counter(day(each) for each in range(1, number + 1))


def all_ended(instance, asset):
    return all(each.end != "unfinished" for each in backfills_of(instance, asset))


def backfills_of(instance, asset):
    return past_backfills(instance, asset, {"tenant": "acme"}, 100)


def ticks_of(instance):
    (state,) = instance.all_instigator_state()
    return instance.get_ticks(state.instigator_origin_id, state.selector_id)


def kill_in_the_middle(root, home, ticks, place):
    """Let a process of its own tick, and kill itself at a place of the last tick."""
    line = [
        sys.executable,
        "-m",
        "tests.dagster.tick_process",
        str(ticks),
        "acme__file_sensor",
        *([place] if place else []),
    ]
    # Its code server outlives it for a while, and would keep a pipe open.
    with (home / "ticks.txt").open("ab") as log:
        done = subprocess.run(
            line, cwd=REPOSITORY, env=environment(root, home), stdout=log, stderr=log, timeout=WITHIN_S, check=False
        )
    assert done.returncode == (-signal.SIGKILL if place else 0), (home / "ticks.txt").read_text()
