"""A job that wants it is started when what it will do has changed."""

import json
from datetime import timedelta

import dagster as dg
import pytest

from dativo_dagster import config_sensor
from dativo_dagster.compile import build_definitions
from dativo_dagster.launch import LaunchConfig
from tests.dagster import ticks
from tests.dagster.workspaces import write_job, write_rows

SENSOR = "acme__config_sensor"
TRIGGER = "triggers: {config_change: true}\nretry_config: {max_attempts: 1}\n"


@pytest.fixture
def watched(workspace):
    write_job(workspace, extra=TRIGGER)
    return workspace


def tick(root, instance, cursor=None):
    repository = build_definitions(root).get_repository_def()
    with dg.build_sensor_context(instance=instance, cursor=cursor, repository_def=repository) as context:
        return repository.get_sensor_def(SENSOR).evaluate_tick(context)


def change(root, tag="prod"):
    write_job(root, extra=f"{TRIGGER}environment: {tag}\n")


def start(root, instance, request):
    """Run what a tick asked for, as the daemon does."""
    job = build_definitions(root).resolve_job_def(request.job_name)
    tags = {**request.tags, "dagster/run_key": request.run_key, "dagster/sensor_name": SENSOR}
    return job.execute_in_process(instance=instance, tags=tags, raise_on_error=False)


def run_by_hand(root, instance):
    return (
        build_definitions(root)
        .resolve_job_def("acme__orders")
        .execute_in_process(instance=instance, raise_on_error=False)
    )


def test_without_a_job_that_wants_it_there_is_no_sensor(workspace):
    assert [*build_definitions(workspace).get_repository_def().sensor_defs] == []


def test_a_job_that_has_never_run_is_only_remembered(watched, instance):
    data = tick(watched, instance)
    assert data.run_requests == []
    assert json.loads(data.cursor)["orders"]


def test_a_change_starts_one_run_with_the_tags_of_the_job(watched, instance):
    cursor = tick(watched, instance).cursor
    change(watched)
    (request,) = tick(watched, instance, cursor).run_requests
    assert request.job_name == "acme__orders"
    assert (request.tags["tenant"], request.tags["dativo/env"]) == ("acme", "prod")
    assert (request.tags["dativo/trigger"], request.tags["dativo/job"]) == ("sensor", "orders")
    assert request.tags["dativo/config_sha"] in request.run_key


def test_after_its_run_a_change_is_settled(watched, instance):
    cursor = tick(watched, instance).cursor
    change(watched)
    changed = tick(watched, instance, cursor)
    assert start(watched, instance, changed.run_requests[0]).success
    after = tick(watched, instance, changed.cursor)
    assert after.run_requests == []
    assert after.cursor != cursor


def test_a_failed_run_is_followed_by_another_after_a_pause(watched, instance, monkeypatch):
    cursor = tick(watched, instance).cursor
    change(watched)
    (watched / "seeds" / "orders.csv").unlink()
    changed = tick(watched, instance, cursor)
    assert not start(watched, instance, changed.run_requests[0]).success
    waiting = tick(watched, instance, changed.cursor)
    assert waiting.run_requests == []
    assert "run 1 failed; the next one starts at" in waiting.skip_message
    ticks.pass_time(monkeypatch, config_sensor, timedelta(minutes=2))
    (again,) = tick(watched, instance, waiting.cursor).run_requests
    assert again.run_key != changed.run_requests[0].run_key
    write_rows(watched)
    assert start(watched, instance, again).success
    assert tick(watched, instance, waiting.cursor).run_requests == []


def test_a_run_that_waits_is_not_doubled(watched, instance):
    cursor = tick(watched, instance).cursor
    change(watched)
    changed = tick(watched, instance, cursor)
    job = build_definitions(watched).resolve_job_def("acme__orders")
    instance.create_run_for_job(job, tags=changed.run_requests[0].tags)
    assert tick(watched, instance, changed.cursor).run_requests == []


def test_a_change_that_a_person_ran_needs_no_run(watched, instance):
    cursor = tick(watched, instance).cursor
    change(watched)
    run_by_hand(watched, instance)
    assert tick(watched, instance, cursor).run_requests == []


def test_a_dry_run_settles_nothing(watched, instance):
    cursor = tick(watched, instance).cursor
    run_by_hand(watched, instance)
    change(watched)
    job = build_definitions(watched).resolve_job_def("acme__orders")
    config = dg.RunConfig(ops={"ingest__acme__orders": LaunchConfig(dry_run=True)})
    assert job.execute_in_process(instance=instance, run_config=config).success
    assert len(tick(watched, instance, cursor).run_requests) == 1


def test_a_lost_cursor_neither_misses_a_change_nor_repeats_one(watched, instance):
    run_by_hand(watched, instance)
    assert tick(watched, instance).run_requests == []
    change(watched)
    (request,) = tick(watched, instance).run_requests
    start(watched, instance, request)
    assert tick(watched, instance).run_requests == []


def test_a_change_that_is_taken_back_after_its_run_starts_the_job_again(watched, instance):
    run_by_hand(watched, instance)
    cursor = tick(watched, instance).cursor
    change(watched)
    changed = tick(watched, instance, cursor)
    start(watched, instance, changed.run_requests[0])
    cursor = tick(watched, instance, changed.cursor).cursor
    write_job(watched, extra=TRIGGER)
    (back,) = tick(watched, instance, cursor).run_requests
    start(watched, instance, back)
    assert tick(watched, instance, cursor).run_requests == []


def test_a_cursor_that_cannot_be_read_says_nothing(watched, instance):
    run_by_hand(watched, instance)
    for cursor in ("nonsense", "[1]", '{"orders": 3}'):
        assert tick(watched, instance, cursor).run_requests == []
