"""Every run says whose it is, of which job and configuration, and what started it, however it was launched."""

import pytest

from dativo_core import failpoints
from dativo_core.plan.build import check_workspace
from dativo_core.run import Services, run, stream
from dativo_core.secrets.environment import EnvironmentStore
from dativo_core.workspace.load import load_workspace
from dativo_dagster.compile import build_definitions
from dativo_dagster.tags import trigger_of
from tests.dagster.test_run import execute, materialized, rows
from tests.dagster.workspaces import write_job

BY_A_BACKFILL = {"dagster/backfill": "abc", "dagster/sensor_name": "s"}


@pytest.fixture(autouse=True)
def disarmed():
    yield
    failpoints.arm("")


@pytest.mark.parametrize(
    ("tags", "trigger"),
    [
        ({}, "manual"),
        ({"dagster/schedule_name": "x"}, "schedule"),
        ({"dagster/sensor_name": "x"}, "sensor"),
        ({"dagster/from_automation_condition": "true"}, "sensor"),
        (BY_A_BACKFILL, "backfill"),
    ],
)
def test_what_started_a_run_is_told_by_the_tags_of_dagster(tags, trigger):
    assert trigger_of(tags) == trigger


@pytest.mark.parametrize("by_its_job", [True, False])
def test_a_run_has_all_tags_whether_its_job_or_an_asset_page_launched_it(workspace, instance, by_its_job):
    write_job(workspace, extra="environment: prod\n")
    definitions = build_definitions(workspace)
    job = (
        definitions.resolve_job_def("acme__orders")
        if by_its_job
        else definitions.resolve_implicit_global_asset_job_def()
    )
    result = job.execute_in_process(instance=instance)
    tags = instance.get_run_by_id(result.run_id).tags
    (plan,) = [each.plan for each in check_workspace(load_workspace(workspace)).jobs]
    found = {key: value for key, value in tags.items() if not key.startswith("dagster/")}
    assert found == {
        "tenant": "acme",
        "dativo/job": "orders",
        "dativo/env": "prod",
        "dativo/config_sha": plan.digest,
        "dativo/trigger": "manual",
    }


def test_a_superseded_run_is_green_and_names_the_run_that_won(workspace, instance, monkeypatch):
    (plan,) = [each.plan for each in check_workspace(load_workspace(workspace)).jobs]
    winners = []

    def overtake() -> None:
        failpoints.arm("")
        winners.append(run(plan, Services(secrets=EnvironmentStore(), mode="self_hosted")).run_id)

    overtaken_at("window.planned", overtake, monkeypatch)
    result = execute(workspace, instance)
    assert result.success
    assert (materialized(result), rows(workspace)) == ([], 2)
    assert instance.get_run_by_id(result.run_id).tags["dativo/superseded_by"] == winners[0]


def overtaken_at(name, overtake, monkeypatch):
    """Have another run load the window at a failpoint, once."""
    waiting = [overtake]

    def fp(hit: str) -> None:
        if hit == name and waiting:
            waiting.pop()()

    monkeypatch.setattr(stream, "fp", fp)
