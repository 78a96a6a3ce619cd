import dagster as dg
import pytest

from dativo_core.plan.types import SchedulePlan
from dativo_dagster.schedules import build_schedule
from tests.dagster import plans

NIGHTLY = SchedulePlan("0 2 * * *", "Europe/Berlin", enabled=True, tags=(("team", "ops"), ("tenant", "other")))


def test_a_schedule_runs_the_job_at_its_time_zone():
    schedule = build_schedule(plans.plan(), NIGHTLY)
    assert (schedule.name, schedule.job_name) == ("acme__orders__schedule", "acme__orders")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 2 * * *", "Europe/Berlin")


@pytest.mark.parametrize(
    ("enabled", "status"), [(True, dg.DefaultScheduleStatus.RUNNING), (False, dg.DefaultScheduleStatus.STOPPED)]
)
def test_only_an_enabled_schedule_starts_by_itself(enabled, status):
    assert build_schedule(plans.plan(), SchedulePlan("@daily", "UTC", enabled)).default_status is status


def test_a_scheduled_run_carries_the_tags_of_its_job_which_no_file_can_change():
    plan = plans.plan()
    with dg.build_schedule_context() as context:
        request = build_schedule(plan, NIGHTLY).evaluate_tick(context).run_requests[0]
    assert request.tags["team"] == "ops"
    assert request.tags["tenant"] == "acme"
    assert request.tags["dativo/job"] == "orders"
    assert request.tags["dativo/config_sha"] == plan.digest
    assert request.tags["dativo/trigger"] == "schedule"
