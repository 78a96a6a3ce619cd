"""When a job runs, as its plan says it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from dativo_core.cli import main
from dativo_core.model.job import Schedule
from dativo_core.plan.build import plan_job
from dativo_core.plan.schedules import plan_schedule

EVERY_KEY = Path(__file__).parents[2] / "examples" / "valid" / "every_key"
FLAT = Path("jobs/acme/flat.yaml")


def test_the_plan_holds_the_cron_as_written_and_with_numbers_each_with_its_line():
    plan = plan_job(EVERY_KEY, FLAT).plan
    assert (plan.schedule.cron, plan.schedule.resolved_cron) == ("H H(1-5) * * *", "32 5 * * *")
    assert plan.origins["schedule.cron"] == plan.origins["schedule.resolved_cron"]
    assert plan.origins["schedule.max_concurrent_runs"].line > 0


def test_dativo_plan_shows_the_resolved_cron():
    shown = CliRunner().invoke(main, ["plan", "--root", str(EVERY_KEY), str(FLAT)]).stdout
    (line,) = [line for line in shown.splitlines() if "schedule.resolved_cron" in line]
    assert "32 5 * * *" in line


def test_a_cron_without_h_is_shown_once():
    plan = plan_job(EVERY_KEY.parent / "layout", Path("jobs/acme/orders.yaml")).plan
    assert "schedule.cron" in plan.origins
    assert "schedule.resolved_cron" not in plan.origins


@pytest.mark.parametrize("seconds", [30, 5400, 172800])
def test_an_interval_stays_as_it_is(seconds):
    plan = plan_schedule(Schedule(interval_seconds=seconds), "acme", "orders")
    assert (plan.interval_seconds, plan.cron, plan.resolved_cron) == (seconds, None, None)


def test_jobs_of_one_cron_do_not_start_together():
    crons = {plan_schedule(Schedule(cron="H * * * *"), "acme", f"job_{n}").resolved_cron for n in range(20)}
    assert len(crons) > 10
