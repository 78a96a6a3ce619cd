"""New, changed and removed files start the jobs that want it."""

import json
import os
import socket
import time
from datetime import timedelta

import dagster as dg
import pytest
from dagster._core.remote_origin import GrpcServerCodeLocationOrigin, RemoteRepositoryOrigin

from dativo_dagster import file_sensor
from dativo_dagster.compile import build_definitions
from dativo_dagster.tags import SUPERSEDED_BY
from tests.dagster import ticks
from tests.dagster.workspaces import write_job, write_rows

SENSOR = "acme__file_sensor"
TRIGGER = "triggers: {files: {interval_seconds: 1}}\nretry_config: {max_attempts: 1}\n"
REPLACING = f"target: {{write_mode: delete_insert}}\n{TRIGGER}"
TABLE = ["acme", "orders"]


@pytest.fixture
def watched(workspace):
    write_job(workspace, extra=REPLACING)
    return workspace


def tick(root, instance, cursor=None, sensor=SENSOR):
    # The interval is a second; a cursor that is older than it asks at once.
    return ticks.tick(root, instance, sensor, aged(cursor))


def aged(cursor):
    try:
        document = json.loads(cursor)
        for memory in document["jobs"].values():
            memory["at"] -= 60
    except (TypeError, ValueError, KeyError, AttributeError):
        return cursor
    return json.dumps(document)


def run(root, instance, request, **tags):
    return ticks.start(root, instance, request, SENSOR, **tags)


def loaded(root, instance, cursor=None):
    """Tick, run what was asked for, and tick once more, which settles it; return the last tick."""
    first = tick(root, instance, cursor)
    (request,) = first.run_requests
    assert run(root, instance, request).success
    return tick(root, instance, first.cursor)


def test_without_a_job_that_wants_it_there_is_no_sensor(workspace):
    write_job(workspace, extra="triggers: {files: {enabled: false}}\n")
    assert [*build_definitions(workspace).get_repository_def().sensor_defs] == []


def test_the_first_tick_starts_a_run_with_the_tags_of_the_job(watched, instance):
    (request,) = tick(watched, instance).run_requests
    assert request.job_name == "acme__orders"
    assert (request.tags["tenant"], request.tags["dativo/job"]) == ("acme", "orders")
    assert request.tags["dativo/trigger"] == "sensor"
    assert ticks.materializations(run(watched, instance, request), TABLE) == [(None, 2)]


def test_a_sensor_starts_switched_on_and_ticks_as_often_as_the_most_impatient_job(watched):
    write_job(watched, "slow", extra="triggers: {files: {interval_seconds: 90}}\n")
    sensor = build_definitions(watched).get_repository_def().get_sensor_def(SENSOR)
    assert sensor.default_status is dg.DefaultSensorStatus.RUNNING
    assert sensor.minimum_interval_seconds == 1


def test_after_its_run_nothing_is_started_until_something_changes(watched, instance):
    settled = loaded(watched, instance)
    assert (settled.run_requests, settled.skip_message) == ([], "No file has changed.")
    write_rows(watched, "7,g@h.org,1\n", "orders_new.csv")
    (request,) = tick(watched, instance, settled.cursor).run_requests
    assert ticks.materializations(run(watched, instance, request), TABLE) == [(None, 1)]


def test_a_changed_and_a_removed_file_start_a_run_each(watched, instance):
    write_rows(watched, "7,g@h.org,1\n", "orders_new.csv")
    settled = loaded(watched, instance)
    write_rows(watched, "7,g@h.org,2\n", "orders_new.csv")
    settled = loaded(watched, instance, settled.cursor)
    (watched / "seeds" / "orders_new.csv").unlink()
    assert loaded(watched, instance, settled.cursor).run_requests == []


def test_a_file_that_goes_and_comes_back_starts_the_job_each_time(watched, instance):
    write_rows(watched, "7,g@h.org,1\n", "orders_new.csv")
    settled = loaded(watched, instance)
    file, away = watched / "seeds" / "orders_new.csv", watched / "orders_new.csv"
    file.rename(away)
    settled = loaded(watched, instance, settled.cursor)
    away.rename(file)
    assert loaded(watched, instance, settled.cursor).run_requests == []


def test_a_failed_run_is_followed_by_another_after_a_pause(watched, instance, monkeypatch):
    write_rows(watched, "not a number,a@b.org,1\n", "orders_bad.csv")
    first = tick(watched, instance)
    assert not run(watched, instance, first.run_requests[0]).success
    waiting = tick(watched, instance, first.cursor)
    assert waiting.run_requests == []
    assert "orders: run 1 failed; the next one starts at" in waiting.skip_message
    ticks.pass_time(monkeypatch, file_sensor, timedelta(seconds=90))
    (again,) = tick(watched, instance, waiting.cursor).run_requests
    assert again.run_key != first.run_requests[0].run_key
    assert not run(watched, instance, again).success
    assert "run 2 failed" in tick(watched, instance, waiting.cursor).skip_message


def test_a_corrected_file_is_loaded_at_once_after_a_failed_run(watched, instance):
    write_rows(watched, "not a number,a@b.org,1\n", "orders_bad.csv")
    first = tick(watched, instance)
    assert not run(watched, instance, first.run_requests[0]).success
    write_rows(watched, "9,a@b.org,1\n", "orders_bad.csv")
    assert loaded(watched, instance, first.cursor).run_requests == []


def test_no_trigger_waits_behind_a_superseded_run(watched, instance):
    first = tick(watched, instance)
    assert run(watched, instance, first.run_requests[0], **{SUPERSEDED_BY: "other"}).success
    (again,) = tick(watched, instance, first.cursor).run_requests
    assert again.run_key != first.run_requests[0].run_key
    assert run(watched, instance, again).success
    assert tick(watched, instance, first.cursor).run_requests == []


def test_a_burst_of_files_makes_no_queue_of_runs(watched, instance):
    first = tick(watched, instance)
    waiting = queued(watched, instance, first.run_requests[0])
    write_rows(watched, "8,a@b.org,1\n", "orders_more.csv")
    second = tick(watched, instance, first.cursor)
    assert second.run_requests == []
    assert "a queued run will load them" in second.skip_message
    instance.report_run_failed(waiting)
    assert len(tick(watched, instance, second.cursor).run_requests) == 1


def queued(root, instance, request):
    job = build_definitions(root).resolve_job_def("acme__orders")
    place = RemoteRepositoryOrigin(
        GrpcServerCodeLocationOrigin(host="localhost", port=1, location_name="dativo"), "main"
    )
    origin = place.get_job_origin("acme__orders")
    return instance.create_run_for_job(
        job, tags=request.tags, status=dg.DagsterRunStatus.QUEUED, remote_job_origin=origin
    )


@pytest.mark.parametrize("broken", [None, "nonsense", "[1]", '{"version": 9}', '{"version": 1, "jobs": {"orders": 3}}'])
def test_a_lost_or_broken_cursor_neither_repeats_nor_misses_anything(watched, instance, broken):
    loaded(watched, instance)
    assert tick(watched, instance, broken).run_requests == []
    write_rows(watched, "8,a@b.org,1\n", "orders_more.csv")
    assert len(tick(watched, instance, broken).run_requests) == 1


def test_without_a_file_nothing_starts_until_there_is_one(watched, instance):
    (watched / "seeds" / "orders.csv").unlink()
    empty = tick(watched, instance)
    assert (empty.run_requests, empty.skip_message) == ([], "orders: there is no file yet")
    write_rows(watched)
    assert len(tick(watched, instance, empty.cursor).run_requests) == 1


def test_a_file_that_is_being_written_does_not_count_yet(watched, instance, monkeypatch):
    write_job(watched, extra=TRIGGER.replace("seconds: 1}", "seconds: 1, settle_seconds: 30}"))
    early = tick(watched, instance)
    assert (early.run_requests, early.skip_message) == ([], "orders: 1 of 1 files are still being written")
    os.utime(watched / "seeds" / "orders.csv", (time.time() - 31,) * 2)
    assert len(tick(watched, instance, early.cursor).run_requests) == 1


def test_files_that_are_always_being_written_are_not_waited_for_for_ever(watched, instance, monkeypatch):
    write_job(watched, extra=TRIGGER.replace("seconds: 1}", "seconds: 1, settle_seconds: 3}"))
    early = tick(watched, instance)
    ticks.pass_time(monkeypatch, file_sensor, timedelta(seconds=31))
    os.utime(watched / "seeds" / "orders.csv", (time.time() + 31,) * 2)
    assert len(tick(watched, instance, early.cursor).run_requests) == 1


def test_a_job_is_looked_at_no_more_often_than_it_says(watched, instance):
    write_job(watched, extra=TRIGGER.replace("seconds: 1}", "seconds: 3600}"))
    first = tick(watched, instance)
    write_rows(watched, "8,a@b.org,1\n", "orders_more.csv")
    assert ticks.tick(watched, instance, SENSOR, first.cursor).run_requests == []


def test_one_tenant_is_not_in_the_sensor_of_another(watched, instance):
    write_job(watched, tenant="bolt", extra=TRIGGER)
    (request,) = tick(watched, instance, sensor="bolt__file_sensor").run_requests
    assert (request.job_name, request.tags["tenant"]) == ("bolt__orders", "bolt")


def test_an_error_of_one_job_is_told_and_stops_no_other(watched, instance, monkeypatch):
    monkeypatch.setenv("DATIVO_SECRET__ACME__LAKE", '{"access_key_id": "AK", "secret_access_key": "s3cr3t-value"}')
    write_s3_job(watched, "lake", "http://127.0.0.1:9009", secret="${secret:missing}")
    data = tick(watched, instance)
    (request,) = data.run_requests
    assert request.job_name == "acme__orders"
    assert run(watched, instance, request).success
    told = tick(watched, instance, data.cursor).skip_message
    assert "lake: cannot be listed: " in told
    assert "missing" in told


def test_a_storage_that_hangs_delays_no_other_job_and_no_tick(watched, instance, monkeypatch):
    monkeypatch.setattr(file_sensor, "BUDGET_S", 2.0)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        for number in range(3):
            write_s3_job(watched, f"hangs{number}", f"http://127.0.0.1:{deaf.getsockname()[1]}")
        repository = build_definitions(watched).get_repository_def()
        began = time.monotonic()
        data = ticks.tick_of(repository, instance, SENSOR)
        assert time.monotonic() - began < 10
        assert [request.job_name for request in data.run_requests] == ["acme__orders"]
        assert run(watched, instance, data.run_requests[0]).success
        again = ticks.tick_of(repository, instance, SENSOR, aged(data.cursor))
        assert "not listed within 2 s, and first in the next tick: hangs0, hangs1, hangs2" in again.skip_message


def write_s3_job(root, name, endpoint, secret="s3cr3t-value"):
    write_job(root, name, extra=TRIGGER)
    job = root / "jobs" / "acme" / f"{name}.yaml"
    connection = f'connection: {{s3: {{endpoint: "{endpoint}", access_key_id: AK, secret_access_key: "{secret}"}}}}'
    text = job.read_text().replace(f"seeds/{name}*.csv", f"s3://{name}/in/*.csv")
    job.write_text(text.replace("source:\n", f"source:\n  {connection}\n"))


def test_a_hundred_jobs_of_a_tenant_share_one_cursor_of_bounded_size(watched, instance):
    for number in range(100):
        write_job(watched, f"job_{number}", extra=TRIGGER)
        write_rows(watched, file=f"job_{number}.csv")
    data = tick(watched, instance)
    assert len(data.run_requests) == 101
    assert len(data.cursor) < 100_000
