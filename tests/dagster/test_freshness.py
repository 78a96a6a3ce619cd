from datetime import timedelta

import dagster as dg
import pytest

from dativo_core.odcs.about import About, ServiceLevel
from dativo_core.odcs.sla_values import read_promise, unit_of
from dativo_core.plan.types import SchedulePlan
from dativo_dagster.assets import build_asset
from dativo_dagster.freshness import freshness_policy, scheduled_freshness
from dativo_dagster.translate import DativoTranslator
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


@pytest.mark.parametrize(("seconds", "window"), [(90 * 60, timedelta(hours=3)), (10, timedelta(minutes=1))])
def test_an_interval_is_expected_twice_over(seconds, window):
    schedule = SchedulePlan(None, "UTC", enabled=True, interval_seconds=seconds)
    assert policy(schedule=schedule).fail_window.to_timedelta() == window


def test_a_spread_minute_is_a_minute_like_others():
    schedule = SchedulePlan("H * * * *", "UTC", enabled=True, resolved_cron="17 * * * *")
    assert policy(schedule=schedule).fail_window.to_timedelta() == timedelta(hours=2)


def test_of_several_schedules_the_most_frequent_enabled_one_counts():
    daily = SchedulePlan("0 2 * * *", "UTC", enabled=True)
    often = SchedulePlan(None, "UTC", enabled=True, interval_seconds=3600)
    off = SchedulePlan("* * * * *", "UTC", enabled=False)
    assert scheduled_freshness([daily, often, off]).fail_window.to_timedelta() == timedelta(hours=2)


def built(plan, *schedules):
    asset = build_asset(plan, DativoTranslator(), schedules)
    spec = asset.get_asset_spec(dg.AssetKey(["acme", "orders"]))
    return spec.freshness_policy and spec.freshness_policy.fail_window.to_timedelta()


def test_schedules_of_the_runner_count_where_neither_contract_nor_job_says():
    hourly, daily = (SchedulePlan(cron, "UTC", enabled=True) for cron in ("0 * * * *", "0 2 * * *"))
    assert built(plans.plan(), hourly) == timedelta(hours=2)
    assert built(plans.plan(schedule=daily), hourly) == timedelta(days=2)
    assert built(plans.plan()) is None


def test_nothing_is_expected_of_a_schedule_that_is_switched_off():
    assert policy(schedule=SchedulePlan("0 2 * * *", "UTC", enabled=False)) is None


def test_without_promise_and_schedule_no_table_is_late():
    assert policy() is None
