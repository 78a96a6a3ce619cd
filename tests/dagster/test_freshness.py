from datetime import timedelta

import pytest

from dativo_core.odcs.about import About, ServiceLevel
from dativo_core.odcs.sla_values import read_promise, unit_of
from dativo_core.plan.types import SchedulePlan
from dativo_dagster.freshness import freshness_policy
from tests.dagster import plans


def level(name, value, unit=None):
    return ServiceLevel(name, str(value), read_promise(name, value, unit_of(name, unit) or ""))


def policy(*levels, schedule=None):
    stream = plans.stream(contract=plans.contract(about=About(service_levels=levels)))
    plan = plans.plan(streams=(stream,), schedule=schedule)
    return freshness_policy(plan, stream)


@pytest.mark.parametrize(
    ("value", "unit", "window"),
    [
        (4, "h", timedelta(hours=4)),
        (1, "w", timedelta(weeks=1)),
        (1, "mo", timedelta(days=31)),
        (0.5, "h", timedelta(minutes=30)),
        (5, "s", timedelta(minutes=1)),
    ],
)
def test_a_promised_frequency_is_the_age_at_which_a_table_is_late(value, unit, window):
    assert policy(level("frequency", value, unit)).fail_window.to_timedelta() == window


@pytest.mark.parametrize(
    ("promised", "cron"), [("09:00-08:00", "0 17 * * *"), ("00:30+05:45", "45 18 * * *"), ("06:15Z", "15 6 * * *")]
)
def test_a_promised_time_of_day_is_a_deadline_of_every_day(promised, cron):
    found = policy(level("frequency", 1, "d"), level("timeOfAvailability", promised))
    assert (found.deadline_cron, found.timezone) == (cron, "UTC")


@pytest.mark.parametrize(
    ("cron", "window"),
    [
        ("0 2 * * *", timedelta(days=2)),
        ("* * * * *", timedelta(minutes=2)),
        ("0 8 * * 1-5", timedelta(days=6)),
        ("@monthly", timedelta(days=62)),
    ],
)
def test_without_a_promise_a_table_is_late_when_two_runs_of_its_schedule_are_missing(cron, window):
    schedule = SchedulePlan(cron, "Europe/Berlin", enabled=True)
    assert policy(level("retention", 1, "y"), schedule=schedule).fail_window.to_timedelta() == window


def test_nothing_is_expected_of_a_schedule_that_is_switched_off():
    assert policy(schedule=SchedulePlan("0 2 * * *", "UTC", enabled=False)) is None


def test_without_promise_and_schedule_no_table_is_late():
    assert policy() is None
