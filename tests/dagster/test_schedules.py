from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._utils.schedules import schedule_execution_time_iterator

from dativo_core.model.runner import Orchestrator
from dativo_core.plan.schedules import NamedSchedule, RunnerPlan
from dativo_core.plan.types import SchedulePlan
from dativo_dagster.intervals import build_interval_sensor
from dativo_dagster.schedules import build_starters
from dativo_dagster.starts import Start
from tests.dagster import plans

NIGHTLY = SchedulePlan(
    "H 2 * * *", "Europe/Berlin", enabled=True, tags=(("team", "ops"), ("tenant", "other")), resolved_cron="7 2 * * *"
)
BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def instance(tmp_path):
    """A Dagster instance on disk, since a schedule opens it by its reference."""
    with dg.instance_for_test(temp_dir=str(tmp_path)) as on_disk:
        yield on_disk


def every(seconds, **changes):
    return SchedulePlan(None, "Europe/Berlin", enabled=True, interval_seconds=seconds, **changes)


def only(schedule, runner=None):
    (starter,) = build_starters(plans.plan(schedule=schedule), runner or RunnerPlan())
    return starter


def tick_of(schedule, instance, at=NOON):
    with dg.build_schedule_context(instance=instance, scheduled_execution_time=at) as context:
        return schedule.evaluate_tick(context)


def add_run(instance, tags, status=dg.DagsterRunStatus.NOT_STARTED):
    run = dg.DagsterRun(job_name="acme__orders", tags=dict(tags), status=status)
    return instance.run_storage.add_run(run).run_id


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, at=NOON):
        self.at = at

    def __call__(self):
        return self.at


class Sensor:
    """An interval's sensor with the cursor the daemon would keep."""

    def __init__(self, instance, seconds, cursor=None, **changes):
        self.instance, self.cursor, self.clock = instance, cursor, Clock()
        self.plan = plans.plan(schedule=every(seconds, **changes))
        start = Start("acme__orders__schedule", self.plan, self.plan.schedule, 1)
        self.sensor = build_interval_sensor(start, seconds, self.clock)

    def look(self, after=0.0):
        self.clock.at += timedelta(seconds=after)
        with dg.build_sensor_context(instance=self.instance, cursor=self.cursor) as context:
            done = self.sensor.evaluate_tick(context)
        self.cursor = done.cursor
        return done


def due(done):
    return [request.tags["dativo/due_at"] for request in done.run_requests]


def test_a_cron_runs_the_job_at_its_time_zone():
    schedule = only(NIGHTLY)
    assert (schedule.name, schedule.job_name) == ("acme__orders__schedule", "acme__orders")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("7 2 * * *", "Europe/Berlin")


@pytest.mark.parametrize("schedule", [NIGHTLY, every(3600), every(5400)])
@pytest.mark.parametrize("enabled", [True, False])
def test_only_an_enabled_schedule_starts_by_itself(schedule, enabled):
    starter = only(replace(schedule, enabled=enabled))
    assert starter.default_status.value == ("RUNNING" if enabled else "STOPPED")


def test_a_scheduled_run_carries_the_tags_of_its_job_which_no_file_can_change(instance):
    plan = plans.plan(schedule=NIGHTLY)
    request = tick_of(only(NIGHTLY), instance).run_requests[0]
    assert request.tags["team"] == "ops"
    assert request.tags["tenant"] == "acme"
    assert request.tags["dativo/job"] == "orders"
    assert request.tags["dativo/config_sha"] == plan.digest
    assert request.tags["dativo/trigger"] == "schedule"
    assert request.tags["dativo/schedule"] == "acme__orders__schedule"
    assert request.tags["dativo/due_at"] == "2026-05-04T12:00:00+00:00"


@pytest.mark.parametrize(("zone", "expected"), [
    ("2026-03-29", ["03-28 02:30", "03-29 03:00", "03-30 02:30"]),
    ("2026-10-25", ["10-24 02:30", "10-25 02:30", "10-26 02:30"]),
])  # fmt: skip
def test_a_night_whose_half_past_two_is_skipped_or_doubled_has_one_tick(zone, expected):
    before = datetime.fromisoformat(zone).replace(tzinfo=BERLIN) - timedelta(days=1)
    times = schedule_execution_time_iterator(before.timestamp(), "30 2 * * *", "Europe/Berlin", ascending=True)
    assert [f"{each.astimezone(BERLIN):%m-%d %H:%M}" for each in islice(times, 3)] == expected


def test_a_tick_starts_nothing_while_as_many_runs_as_allowed_are_unfinished(instance):
    schedule = only(replace(NIGHTLY, max_concurrent_runs=2))
    tags = {"dativo/schedule": schedule.name}
    runs = [add_run(instance, tags), add_run(instance, {"dativo/schedule": "another"})]
    add_run(instance, tags, dg.DagsterRunStatus.SUCCESS)
    add_run(instance, tags, dg.DagsterRunStatus.FAILURE)
    assert len(tick_of(schedule, instance).run_requests) == 1
    runs.append(add_run(instance, tags, dg.DagsterRunStatus.STARTED))
    told = tick_of(schedule, instance)
    assert told.run_requests == []
    assert runs[0] in told.skip_message
    assert runs[2] in told.skip_message
    assert runs[1] not in told.skip_message


def test_a_tick_limits_the_pool_of_the_tenant_before_it_starts_a_run(instance):
    (schedule,) = build_starters(
        plans.plan(schedule=NIGHTLY), RunnerPlan(orchestrator=Orchestrator(concurrency_per_tenant=3))
    )
    tick_of(schedule, instance)
    assert {pool.name: pool.limit for pool in instance.event_log_storage.get_pool_limits()} == {"tenant_acme": 3}


@pytest.mark.parametrize(("seconds", "cron"), [(60, "* * * * *"), (21600, "0 */6 * * *"), (86400, "0 0 * * *")])
def test_an_interval_that_a_cron_says_exactly_is_a_schedule_in_utc(seconds, cron):
    schedule = only(every(seconds))
    assert isinstance(schedule, dg.ScheduleDefinition)
    assert (schedule.cron_schedule, schedule.execution_timezone) == (cron, "UTC")


@pytest.mark.parametrize("seconds", [30, 5400, 172800])
def test_any_other_interval_is_a_sensor_that_looks_often(seconds):
    sensor = only(every(seconds))
    assert isinstance(sensor, dg.SensorDefinition)
    assert sensor.minimum_interval_seconds <= 10
    assert sensor.job_name == "acme__orders"


@pytest.mark.parametrize("seconds", [1, 30, 5400, 172800])
def test_an_interval_starts_one_run_at_each_due_time(instance, seconds):
    sensor, times = Sensor(instance, seconds), []
    for _ in range(40):
        times += due(sensor.look(after=seconds / 4))
    moments = [datetime.fromisoformat(each) for each in times]
    assert {later - earlier for earlier, later in pairwise(moments)} == {timedelta(seconds=seconds)}
    assert len(moments) >= 10


def test_ticks_missed_while_the_daemon_was_down_lead_to_one_run(instance):
    sensor = Sensor(instance, 30)
    sensor.look()
    assert due(sensor.look(after=3600)) == ["2026-05-04T13:00:00+00:00"]
    assert due(sensor.look(after=10)) == []
    assert due(sensor.look(after=20)) == ["2026-05-04T13:00:30+00:00"]


@pytest.mark.parametrize("cursor", [None, "", "nonsense", "2026-05-04T11:00:00", "9999-01-01T00:00:00+00:00"])
def test_a_lost_cursor_repeats_a_tick_under_the_same_run_key(instance, cursor):
    first = Sensor(instance, 5400).look()
    again = Sensor(instance, 5400, cursor).look()
    assert [each.run_key for each in again.run_requests] == [each.run_key for each in first.run_requests]


def test_an_interval_that_is_not_due_says_when_it_is(instance):
    sensor = Sensor(instance, 5400)
    sensor.look()
    assert "2026-05-04T13:30:00" in sensor.look(after=60).skip_message


def test_an_interval_skips_a_due_time_while_its_run_is_unfinished(instance):
    sensor = Sensor(instance, 30)
    request = sensor.look().run_requests[0]
    run = add_run(instance, request.tags)
    assert run in sensor.look(after=30).skip_message
    assert due(sensor.look(after=5)) == []


def test_schedules_of_the_operator_start_the_job_of_their_own_file():
    runner = RunnerPlan(
        (
            NamedSchedule("hourly", "jobs/acme/orders.yaml", SchedulePlan("@hourly", "UTC", True)),
            NamedSchedule("often", "jobs/acme/orders.yaml", every(45)),
            NamedSchedule("others", "jobs/bolt/orders.yaml", SchedulePlan("@daily", "UTC", True)),
        )
    )
    acme = build_starters(plans.plan(schedule=NIGHTLY), runner)
    bolt = build_starters(plans.plan(tenant="bolt"), runner)
    assert [each.name for each in acme] == ["acme__orders__schedule", "hourly", "often"]
    assert {each.job_name for each in acme} == {"acme__orders"}
    assert [(each.name, each.job_name) for each in bolt] == [("others", "bolt__orders")]


def test_in_the_mode_oneshot_nothing_starts_by_itself():
    assert build_starters(plans.plan(schedule=NIGHTLY), RunnerPlan(is_oneshot=True)) == ()
