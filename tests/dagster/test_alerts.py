"""Sensors that tell of failed runs and of runs that work again, over real ticks and real servers."""

from dataclasses import replace
from datetime import UTC, datetime

import dagster as dg
import pytest

from dativo_core.model.alerts import Alert
from dativo_core.model.runner import Orchestrator
from dativo_dagster.alert_message import RunNews, is_about, message
from dativo_dagster.alerts import FAILURE_SENSOR, RECOVERY_SENSOR, build_alert_sensors
from dativo_dagster.compile import build_definitions
from tests.dagster import plans
from tests.dagster.receivers import bad_socket, receiver
from tests.dagster.workspaces import BAD_ROW, GOOD_ROWS, write_job, write_rows

AT = datetime(2026, 1, 2, tzinfo=UTC)
ON_CALL = """\
customProperties:
  - property: dativoDataQuality
    value: {monitoring: {enabled: true, oncall_rotation: shop-1}, alerts: {channels: ["#shop"]}}
"""


@pytest.fixture
def hook(monkeypatch):
    with receiver() as server:
        monkeypatch.setenv("HOOK_URL", server.url)
        yield server


@pytest.fixture
def told(workspace, hook):
    """The workspace with two tenants and an alert about one of them."""
    write_alerts(workspace, '{name: team, type: webhook, url: "${HOOK_URL}", tenants: [acme]}')
    write_job(workspace, tenant="bolt")
    return workspace


def write_alerts(root, *alerts, more=""):
    (root / "configs").mkdir(exist_ok=True)
    listed = "".join(f"    - {alert}\n" for alert in alerts)
    (root / "configs" / "runner.yaml").write_text(f"orchestrator:\n  {more}\n  alerts:\n{listed}")


def run_job(root, instance, job="acme__orders", **arguments):
    definitions = build_definitions(root)
    return definitions.resolve_job_def(job).execute_in_process(instance=instance, raise_on_error=False, **arguments)


def tick(root, instance, name=FAILURE_SENSOR, cursor=None):
    """Evaluate a sensor; returns its reactions, and the cursor of the next tick."""
    repository = build_definitions(root).get_repository_def()
    with dg.build_sensor_context(instance=instance, cursor=cursor, repository_def=repository) as context:
        data = repository.get_sensor_def(name).evaluate_tick(context)
    return data.dagster_run_reactions or [], data.cursor


@pytest.fixture
def begun(told, instance):
    """The cursor of a sensor that has seen nothing yet."""
    _, cursor = tick(told, instance)
    return cursor


def break_rows(root):
    write_rows(root, GOOD_ROWS + BAD_ROW)


def test_a_failed_run_is_told_with_all_facts(told, instance, hook, begun):
    break_rows(told)
    write_alerts(
        told, '{name: team, type: webhook, url: "${HOOK_URL}"}', more="webserver_url: https://dagster.example.com/"
    )
    contract = told / "assets" / "csv" / "v1.0" / "orders.yaml"
    contract.write_text(contract.read_text() + ON_CALL)
    write_job_with_environment(told, contract.read_text())
    result = run_job(told, instance)
    (reaction,), _ = tick(told, instance, cursor=begun)
    assert reaction.error is None
    (posted,) = hook.posted
    assert posted.pop("at").endswith("+00:00")
    assert "1 of 3 rows break the contract" in posted.pop("error")
    assert posted == {
        "version": 1,
        "event": "failure",
        "alert": "team",
        "tenant": "acme",
        "job": "orders",
        "environment": "prod",
        "run_id": result.run_id,
        "run_url": f"https://dagster.example.com/runs/{result.run_id}",
        "trigger": "manual",
        "contracts": [
            {
                "name": "orders",
                "version": "1.0.0",
                "owner": "data@example.com",
                "oncall_rotation": "shop-1",
                "channels": ["#shop"],
            }
        ],
    }


def write_job_with_environment(root, contract):
    write_job(root, extra="environment: prod\n")
    (root / "assets" / "csv" / "v1.0" / "orders.yaml").write_text(contract)


def test_a_run_is_told_once(told, instance, hook, begun):
    break_rows(told)
    run_job(told, instance)
    _, cursor = tick(told, instance, cursor=begun)
    reactions, _ = tick(told, instance, cursor=cursor)
    assert (reactions, len(hook.posted)) == ([], 1)


def test_a_run_of_another_tenant_is_not_told(told, instance, hook, begun):
    break_rows(told)
    run_job(told, instance, "bolt__orders")
    tick(told, instance, cursor=begun)
    assert hook.posted == []


def test_a_run_that_works_is_not_told(told, instance, hook, begun):
    run_job(told, instance)
    assert tick(told, instance, cursor=begun)[0] == []
    assert hook.posted == []


def test_of_a_run_of_assets_only_the_jobs_that_failed_are_told(told, instance, hook, begun):
    write_alerts(told, '{name: team, type: webhook, url: "${HOOK_URL}"}')
    write_job(told, "returns")
    write_rows(told, GOOD_ROWS + BAD_ROW, "returns.csv")
    job = build_definitions(told).resolve_implicit_global_asset_job_def()
    job.execute_in_process(instance=instance, raise_on_error=False)
    tick(told, instance, cursor=begun)
    assert [(each["tenant"], each["job"]) for each in hook.posted] == [("acme", "returns")]


def test_a_run_that_ended_outside_its_steps_is_told_by_its_tags(told, instance, hook, begun):
    run = instance.create_run_for_job(build_definitions(told).resolve_job_def("acme__orders"))
    instance.report_run_failed(run, "the machine went away")
    tick(told, instance, cursor=begun)
    assert [each["error"] for each in hook.posted] == ["the machine went away"]


def test_a_run_that_dagster_starts_again_as_a_whole_is_not_told(told, instance, hook, begun):
    job = build_definitions(told).resolve_job_def("acme__orders")
    run = instance.create_run_for_job(job, tags={"dagster/will_retry": "true"})
    instance.report_run_failed(run, "the machine went away")
    tick(told, instance, cursor=begun)
    assert hook.posted == []


def test_an_alert_that_cannot_be_sent_is_told_once_without_its_address(told, instance, begun, monkeypatch):
    break_rows(told)
    run_job(told, instance)
    with receiver(403) as server:
        monkeypatch.setenv("HOOK_URL", server.url)
        (reaction,), cursor = tick(told, instance, cursor=begun)
        again, _ = tick(told, instance, cursor=cursor)
    assert "1 of 1 alerts were not sent: 'team': it answered 403" in reaction.error.to_string()
    assert "a-secret-path" not in reaction.error.to_string() + cursor
    assert (again, len(server.posted)) == ([], 1)


def test_an_address_that_hangs_delays_no_other(told, instance, hook, begun, monkeypatch):
    write_alerts(
        told,
        '{name: hanging, type: webhook, url: "${SLOW_URL}"}',
        '{name: team, type: webhook, url: "${HOOK_URL}"}',
    )
    break_rows(told)
    run_job(told, instance)
    with bad_socket("reset") as url:
        monkeypatch.setenv("SLOW_URL", url)
        (reaction,), _ = tick(told, instance, cursor=begun)
    assert "1 of 2 alerts were not sent: 'hanging'" in reaction.error.to_string()
    assert len(hook.posted) == 1


def test_an_address_without_a_value_is_told_by_its_reference(told, instance, begun, monkeypatch):
    monkeypatch.delenv("HOOK_URL")
    break_rows(told)
    run_job(told, instance)
    (reaction,), _ = tick(told, instance, cursor=begun)
    assert "${HOOK_URL} has no value" in reaction.error.to_string()


def test_an_address_that_turns_out_to_be_readable_on_the_way_is_refused(told, instance, begun, monkeypatch):
    monkeypatch.setenv("HOOK_URL", "http://192.0.2.1/a-secret-path")
    break_rows(told)
    run_job(told, instance)
    (reaction,), _ = tick(told, instance, cursor=begun)
    assert "its address cannot be used: http sends it readable" in reaction.error.to_string()
    assert "a-secret-path" not in reaction.error.to_string()


def test_the_first_success_after_failures_is_told_and_the_second_is_not(told, instance, hook):
    write_alerts(told, '{name: team, type: slack, url: "${HOOK_URL}", on: [recovered]}')
    _, cursor = tick(told, instance, RECOVERY_SENSOR)
    run_job(told, instance)
    break_rows(told)
    run_job(told, instance)
    write_rows(told, GOOD_ROWS, "orders.csv")
    run_job(told, instance)
    run_job(told, instance)
    while (found := tick(told, instance, RECOVERY_SENSOR, cursor))[1] != cursor:
        cursor = found[1]
    assert [each["text"].splitlines()[0] for each in hook.posted] == ["acme/orders works again"]


def test_a_slack_text_mentions_nobody_and_links_to_the_run():
    alert = Alert(name="a", type="slack", url="${X}")
    news = RunNews("failure", plans.plan(), "1234", "schedule", AT, "<!channel> & more", "https://d.example/runs/1234")
    (text,) = message(alert, news).values()
    assert text.splitlines()[:3] == [
        "acme/orders failed",
        "<https://d.example/runs/1234|run 1234>, started by: schedule",
        "&lt;!channel&gt; &amp; more",
    ]


def test_an_alert_is_about_its_tenants_and_environments():
    alert = Alert(name="a", type="slack", url="${X}", tenants=("acme",), environments=("prod",))
    news = RunNews("failure", plans.plan(environment="prod"), "1", "manual", AT)
    assert is_about(alert, news)
    assert not is_about(alert, replace(news, plan=plans.plan(environment="test")))
    assert not is_about(alert, replace(news, plan=plans.plan(tenant="bolt", environment="prod")))
    assert not is_about(alert, replace(news, event="recovered"))


def test_without_alerts_there_is_no_sensor():
    assert build_alert_sensors([plans.plan()], None) == []
    assert build_alert_sensors([plans.plan()], Orchestrator()) == []
