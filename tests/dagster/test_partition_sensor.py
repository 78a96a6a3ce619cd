"""Files that changed say which partitions are loaded again; so do a changed configuration and the job's own list."""

import json
import logging
from datetime import timedelta

import dagster as dg
import pytest
from dagster._daemon.backfill import execute_backfill_iteration

from dativo_dagster import config_sensor, file_sensor
from dativo_dagster.backfill import cancel_backfill, find_backfill, past_backfills
from dativo_dagster.compile import build_definitions
from tests.dagster import ticks
from tests.dagster.daemons import loaded_location
from tests.dagster.workspaces import write_job, write_rows, write_workspace

SENSOR = "acme__file_sensor"
CONFIG = "acme__config_sensor"
PARTITIONS = "partitions: {type: daily, start: 2026-01-01, partitions_per_run: 3}\nretry_config: {max_attempts: 1}\n"
FILES = "triggers: {files: {interval_seconds: 1}}\n"
TABLE = dg.AssetKey(["acme", "orders"])

# Dagster itself calls it when it takes a sensor's request for a backfill.
pytestmark = pytest.mark.filterwarnings("ignore:Function `AssetSelection.keys` is deprecated")


def make_job(root, extra=FILES, partitions=PARTITIONS):
    write_job(root, extra=partitions + extra)
    job = root / "jobs" / "acme" / "orders.yaml"
    job.write_text(job.read_text().replace("seeds/orders*.csv", "seeds/{partition}/*.csv"))


def write_day(root, day, rows=None, file="a.csv"):
    write_rows(root, rows or f"{day},a@b.org,1\n", f"2026-01-{day:02}/{file}")


@pytest.fixture
def root(tmp_path):
    root = write_workspace(tmp_path / "workspace")
    make_job(root)
    for day in (1, 2, 3):
        write_day(root, day)
    return root


def aged(cursor):
    if cursor is None:
        return None
    document = json.loads(cursor)
    for memory in document["jobs"].values():
        memory["at"] -= 60
    return json.dumps(document)


def tick(root, instance, cursor=None, sensor=SENSOR):
    return ticks.tick(root, instance, sensor, aged(cursor) if sensor == SENSOR else cursor)


def keys_of(request):
    return set(request.asset_graph_subset.get_partitions_subset(TABLE).get_partition_keys())


def load(root, instance, key):
    job = build_definitions(root).resolve_job_def("acme__orders")
    return job.execute_in_process(instance=instance, partition_key=key, raise_on_error=False)


def loaded(root, instance):
    """Tick and load what was asked for, one partition a run; return the tick."""
    first = tick(root, instance)
    for key in keys_of(first.run_requests[0]):
        assert load(root, instance, key).success
    return first


def test_what_was_never_loaded_is_asked_for_as_one_backfill_with_its_reason(root, instance):
    (request,) = tick(root, instance).run_requests
    assert keys_of(request) == {"2026-01-01", "2026-01-02", "2026-01-03"}
    assert request.tags["dativo/reason"] == "new file: 3 of 2026-01-01, 2026-01-02, 2026-01-03"
    assert (request.tags["tenant"], request.tags["dativo/job"]) == ("acme", "orders")
    assert request.tags["dativo/trigger"] == "backfill"


def test_a_late_file_asks_for_its_partition_alone(root, instance):
    first = loaded(root, instance)
    assert tick(root, instance, first.cursor).run_requests == []
    write_day(root, 3, "31,a@b.org,1\n", "late.csv")
    write_day(root, 3, "32,a@b.org,1\n", "later.csv")
    second = ticks.tick(root, instance, SENSOR, aged(first.cursor))
    (request,) = second.run_requests
    assert keys_of(request) == {"2026-01-03"}
    assert "late file: " in request.tags["dativo/reason"]
    assert request.tags["dativo/reason"].endswith(" of 2026-01-03")
    assert tick(root, instance, second.cursor).run_requests == []


def test_removed_files_ask_for_their_partition(root, instance):
    first = loaded(root, instance)
    (root / "seeds" / "2026-01-02" / "a.csv").unlink()
    (request,) = tick(root, instance, first.cursor).run_requests
    assert keys_of(request) == {"2026-01-02"}
    assert request.tags["dativo/reason"] == "removed or replaced file: 2026-01-02"


def test_files_of_partitions_that_are_not_there_yet_are_left_alone(root, instance):
    write_rows(root, file="2999-01-01/a.csv")
    write_rows(root, file="2025-12-31/a.csv")
    write_rows(root, file="elsewhere/a.csv")
    (request,) = tick(root, instance).run_requests
    assert len(keys_of(request)) == 3


def test_a_lost_cursor_makes_sure_by_one_run_that_finds_what_is_new(root, instance):
    loaded(root, instance)
    write_day(root, 4)
    lost = tick(root, instance)
    plain, backfill = lost.run_requests
    assert keys_of(backfill) == {"2026-01-04"}
    assert load(root, instance, "2026-01-04").success
    assert plain.run_key
    assert set(plain.asset_selection) >= {TABLE}
    assert ticks.start(root, instance, plain, SENSOR).success
    settled = tick(root, instance, lost.cursor)
    assert settled.run_requests == []
    assert "unsure" not in json.loads(settled.cursor)["jobs"]["orders"]


def test_keys_of_dynamic_partitions_are_made_known_in_the_same_tick(root, instance):
    make_job(root, partitions="partitions: {type: dynamic}\n")
    data = tick(root, instance)
    (added,) = data.dynamic_partitions_requests
    assert (added.partitions_def_name, len(added.partition_keys)) == ("acme__orders", 3)
    assert len(keys_of(data.run_requests[0])) == 3
    instance.add_dynamic_partitions("acme__orders", added.partition_keys)
    write_rows(root, file="another/a.csv")
    (added,) = tick(root, instance, data.cursor).dynamic_partitions_requests
    assert added.partition_keys == ["another"]


def test_a_partition_with_a_file_that_is_being_written_waits_for_it(root, instance):
    first = loaded(root, instance)
    make_job(root, "triggers: {files: {interval_seconds: 1, settle_seconds: 3600}}\n")
    write_day(root, 2, "9,a@b.org,1\n")
    waiting = tick(root, instance, first.cursor)
    assert waiting.run_requests == []
    assert "files that are still being written" in waiting.skip_message
    make_job(root)
    assert keys_of(tick(root, instance, waiting.cursor).run_requests[0]) >= {"2026-01-02"}


def test_ten_thousand_partitions_stay_within_the_size_of_a_cursor_and_none_is_missed(root, instance):
    make_job(root, partitions="partitions: {type: dynamic}\n")
    for number in range(10_000):
        write_rows(root, file=f"customer-{number:05}/a.csv")
    first = tick(root, instance)
    assert len(keys_of(first.run_requests[0])) == 10_003
    assert len(first.cursor) < 100_000
    assert tick(root, instance, first.cursor).run_requests == []
    write_rows(root, "5,a@b.org,1\n", "customer-00777/b.csv")
    asked = keys_of(tick(root, instance, first.cursor).run_requests[0])
    assert "customer-00777" in asked
    assert len(asked) < 10


@pytest.fixture
def daemon(root, tmp_path, monkeypatch):
    """An instance on disk, and what takes its backfills one step on."""
    monkeypatch.setenv("DATIVO_ROOT", str(root))
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    with dg.DagsterInstance.from_config(str(home)) as instance:
        yield instance


@pytest.fixture
def step(daemon):
    """Take the backfills of the instance one step on."""
    with loaded_location(daemon) as workspace:
        yield lambda: list(execute_backfill_iteration(workspace, logging.getLogger("test")))


def asset_of(root):
    return next(iter(build_definitions(root).assets))


def submit(instance, request, backfill_id):
    """Do with a request for a backfill what the sensor daemon does."""
    from dagster._daemon.sensor import _submit_backfill_request

    _submit_backfill_request(backfill_id, request, instance)


def fail_runs(instance):
    for run in instance.get_runs():
        if not run.is_finished:
            instance.report_run_failed(run)


def test_partitions_that_failed_are_asked_for_again_after_a_pause(root, daemon, step, monkeypatch):
    first = tick(root, daemon)
    submit(daemon, first.run_requests[0], "first")
    assert tick(root, daemon, first.cursor).run_requests == []
    step()
    fail_runs(daemon)
    step()
    assert find_backfill(daemon, asset_of(root), "first").end == "failed"
    waiting = tick(root, daemon, first.cursor)
    assert waiting.run_requests == []
    assert "2026-01-01, 2026-01-02, 2026-01-03 failed; the next backfill starts at" in waiting.skip_message
    ticks.pass_time(monkeypatch, file_sensor, timedelta(seconds=90))
    (again,) = tick(root, daemon, waiting.cursor).run_requests
    assert (len(keys_of(again)), again.tags["dativo/retry_of"]) == (3, "first")
    submit(daemon, again, "second")
    assert tick(root, daemon, waiting.cursor).run_requests == []


def test_a_backfill_that_a_person_ended_is_not_started_again(root, daemon, step, monkeypatch):
    first = tick(root, daemon)
    submit(daemon, first.run_requests[0], "first")
    assert cancel_backfill(daemon, "first")
    step()
    assert find_backfill(daemon, asset_of(root), "first").end == "canceled"
    assert not cancel_backfill(daemon, "first")
    ticks.pass_time(monkeypatch, file_sensor, timedelta(days=1))
    assert tick(root, daemon, first.cursor).run_requests == []


def test_a_cursor_that_was_not_kept_does_not_ask_again_for_what_was_asked_for(root, daemon):
    first = tick(root, daemon)
    write_day(root, 4)
    second = ticks.tick(root, daemon, SENSOR, aged(first.cursor))
    submit(daemon, second.run_requests[0], "second")
    write_day(root, 5)
    (request,) = ticks.tick(root, daemon, SENSOR, aged(first.cursor)).run_requests
    assert keys_of(request) == {"2026-01-05"}


def test_a_lost_cursor_does_not_ask_again_for_what_is_underway(root, daemon):
    first = tick(root, daemon)
    submit(daemon, first.run_requests[0], "first")
    assert tick(root, daemon).run_requests == []


CHANGES = "triggers: {config_change: backfill}\n"


def test_a_changed_configuration_loads_every_partition_again_that_was_loaded_once(root, instance):
    make_job(root, CHANGES)
    for key in ("2026-01-01", "2026-01-03"):
        assert load(root, instance, key).success
    first = tick(root, instance, sensor=CONFIG)
    assert first.run_requests == []
    make_job(root, f"{CHANGES}environment: prod\n")
    second = tick(root, instance, first.cursor, CONFIG)
    (request,) = second.run_requests
    assert keys_of(request) == {"2026-01-01", "2026-01-03"}
    assert request.tags["dativo/reason"] == "changed configuration: 2026-01-01, 2026-01-03"
    assert tick(root, instance, second.cursor, CONFIG).run_requests == []


def test_a_changed_configuration_is_noticed_without_a_cursor_and_answered_once(root, daemon):
    make_job(root, CHANGES)
    assert load(root, daemon, "2026-01-01").success
    make_job(root, f"{CHANGES}environment: prod\n")
    (request,) = tick(root, daemon, None, CONFIG).run_requests
    submit(daemon, request, "changed")
    assert tick(root, daemon, None, CONFIG).run_requests == []


def test_what_starts_a_job_is_no_change_of_what_it_does(root, instance):
    make_job(root, CHANGES)
    assert load(root, instance, "2026-01-01").success
    first = tick(root, instance, sensor=CONFIG)
    make_job(root, "triggers: {config_change: backfill, files: true}\nschedule: {interval_seconds: 60}\n")
    assert tick(root, instance, first.cursor, CONFIG).run_requests == []


ASKED = """\
backfills:
  - {from: 2026-01-01, to: 2026-01-03, reason: new tax rates}
  - {partitions: [2026-01-03], reason: a file came twice}
  - {from: 2999-01-01, to: 2999-02-01, reason: one day}
"""


def test_every_entry_of_the_job_is_started_once_with_its_reason_as_title(root, daemon):
    make_job(root, ASKED)
    told = tick(root, daemon, None, CONFIG).skip_message
    assert "of 2 partitions: new tax rates" in told
    assert "'one day' waits for the end of its range" in told
    assert {each.title: len(each.tags) for each in daemon.get_backfills()}.keys() == {
        "new tax rates",
        "a file came twice",
    }
    tick(root, daemon, None, CONFIG)
    make_job(root, f"{ASKED}environment: prod\n")
    tick(root, daemon, None, CONFIG)
    found = past_backfills(daemon, asset_of(root), {"tenant": "acme", "dativo/backfill_for": "asked"}, 10)
    assert sorted(sorted(each.keys) for each in found) == [["2026-01-01", "2026-01-02"], ["2026-01-03"]]
    assert config_sensor.INTERVAL_S == 30
