"""No secret is left in anything a run prints, logs, stores or sends: on the command line, in Dagster, and in alerts."""

import json
import os
import subprocess
import sys

import dagster as dg
import pytest

from dativo_core.telemetry import redact
from dativo_dagster import runner
from dativo_dagster.alerts import FAILURE_SENSOR
from dativo_dagster.compile import build_definitions
from dativo_dagster.resources import SecretsResource
from tests.canary import leaks, new_canary
from tests.dagster.command import REPOSITORY, dagster_command, job_execute, output
from tests.dagster.receivers import receiver
from tests.dagster.workspaces import GOOD_ROWS, HEADER, SOURCE_RECIPE, write_job, write_workspace
from tests.s3_service import ACCESS_KEY, SECRET_KEY

CONNECTION = """\
connection_template:
  endpoint: ${S3_ENDPOINT}
  region: ${S3_REGION}
  access_key_id: ${AWS_ACCESS_KEY_ID}
  secret_access_key: ${AWS_SECRET_ACCESS_KEY}
  session_token: ${SESSION_TOKEN}
"""
SOUND = {
    "S3_ENDPOINT": "http://127.0.0.1:1",
    "S3_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "access",
    "AWS_SECRET_ACCESS_KEY": "unused",
    "SESSION_TOKEN": "unused",
}


@pytest.fixture(autouse=True)
def _no_registered_values(monkeypatch):
    monkeypatch.setattr(redact, "_forms", frozenset())


def workspace(root, values, bucket="lake"):
    write_workspace(root)
    (root / "connectors" / "sources" / "csv.yaml").write_text(SOURCE_RECIPE + CONNECTION)
    write_job(root)
    job = root / "jobs" / "acme" / "orders.yaml"
    job.write_text(
        job.read_text().replace("seeds/orders*.csv", f"s3://{bucket}/in/*.csv")
        + "logging: {level: debug}\nretry_config: {max_attempts: 1}\n"
    )
    (root / "secrets" / "acme").mkdir(parents=True)
    for name, value in values.items():
        (root / "secrets" / "acme" / name).write_text(value)
    return root


def dativo(root, *arguments):
    line = [sys.executable, "-c", "from dativo_core.cli import main; main()", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    return subprocess.run(line, cwd=root, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(params=list(SOUND))
def broken(request, tmp_path):
    """A workspace one of whose connection values is a canary and wrong, and the canary."""
    canary = new_canary(request.param[:2])
    return workspace(tmp_path / "workspace", SOUND | {request.param: canary}), canary


def test_a_value_that_breaks_a_run_is_not_told_by_the_command_line(broken):
    root, canary = broken
    asked = ("--config", "jobs/acme/orders.yaml", "--secrets-dir", "secrets", "--debug", "--json")
    done = dativo(root, "run", *asked)
    assert done.returncode == 2
    assert all(json.loads(line) for line in done.stderr.splitlines() if line.startswith("{"))
    assert leaks([canary], output(done), root, without=[root / "secrets"]) == []


def test_a_value_that_breaks_a_run_is_in_nothing_that_dagster_keeps(broken, tmp_path):
    root, canary = broken
    home = tmp_path / "home"
    run = dagster_command(root, home)
    done = run(*job_execute("acme__orders"), DATIVO_SECRETS_DIR=str(root / "secrets"))
    assert done.returncode != 0
    assert leaks([canary], output(done), root, home, without=[root / "secrets"]) == []


@pytest.fixture
def loaded(s3_service, tmp_path):
    """A workspace that loads from a real service, whose keys are the canaries."""
    bucket = s3_service.new_bucket()
    s3_service.put_all(bucket, {"in/orders-1.csv": (HEADER + GOOD_ROWS).encode()})
    keys = {"S3_ENDPOINT": s3_service.endpoint, "AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
    root = workspace(tmp_path / "workspace", {**SOUND, **keys}, bucket)
    recipe = root / "connectors" / "sources" / "csv.yaml"
    recipe.write_text(recipe.read_text().replace("  session_token: ${SESSION_TOKEN}\n", ""))
    return root


def test_a_run_that_lands_rows_leaves_no_key_anywhere(loaded, tmp_path):
    home = tmp_path / "home"
    done = dagster_command(loaded, home)(*job_execute("acme__orders"), DATIVO_SECRETS_DIR=str(loaded / "secrets"))
    again = dativo(loaded, "run", "--config", "jobs/acme/orders.yaml", "--secrets-dir", "secrets", "--full-refresh")
    assert (done.returncode, again.returncode) == (0, 0), output(done) + output(again)
    assert '"event_type": "commit_success"' in output(done)
    assert leaks([SECRET_KEY], output(done), output(again), loaded, home, without=[loaded / "secrets"]) == []


def exploding(secret):
    def run(*_arguments):
        try:
            raise ConnectionError(f"postgres://bob:{secret}@db/x refused")
        except ConnectionError as error:
            error.add_note(f"header {secret}")
            raise KeyError(f"while using {secret}") from error

    return run


def test_a_bug_whose_words_hold_a_secret_reaches_dagster_without_it(tmp_path, monkeypatch):
    canary = new_canary()
    root = workspace(tmp_path / "workspace", SOUND | {"AWS_SECRET_ACCESS_KEY": canary})
    redact.register(canary)
    monkeypatch.setattr(runner, "run", exploding(canary))
    with dg.instance_for_test(temp_dir=str(tmp_path)) as instance:
        secrets = SecretsResource(secrets_dir=str(root / "secrets"))
        job = build_definitions(root, {"secrets": secrets}).resolve_job_def("acme__orders")
        result = job.execute_in_process(instance=instance, raise_on_error=False)
        told = "".join(str(event) for event in instance.all_logs(result.run_id))
    assert "KeyError" in told
    assert "refused" in told
    assert leaks([canary], told, tmp_path, without=[root / "secrets"]) == []


def test_an_alert_tells_a_failure_without_the_secret(tmp_path, monkeypatch, instance):
    canary = new_canary()
    root = workspace(tmp_path / "workspace", SOUND | {"AWS_SECRET_ACCESS_KEY": canary})
    (root / "configs").mkdir()
    alert = '{name: team, type: webhook, url: "${HOOK_URL}"}'
    (root / "configs" / "runner.yaml").write_text(f"orchestrator:\n  alerts:\n    - {alert}\n")
    redact.register(canary)
    monkeypatch.setattr(runner, "run", exploding(canary))
    with receiver() as server:
        monkeypatch.setenv("HOOK_URL", server.url)
        repository = build_definitions(root).get_repository_def()
        sensor = repository.get_sensor_def(FAILURE_SENSOR)
        with dg.build_sensor_context(instance=instance, repository_def=repository) as context:
            cursor = sensor.evaluate_tick(context).cursor
        repository.get_job("acme__orders").execute_in_process(instance=instance, raise_on_error=False)
        with dg.build_sensor_context(instance=instance, cursor=cursor, repository_def=repository) as context:
            sensor.evaluate_tick(context)
        (posted,) = server.posted
    assert posted["tenant"] == "acme"
    assert leaks([canary], json.dumps(posted, ensure_ascii=False)) == []
