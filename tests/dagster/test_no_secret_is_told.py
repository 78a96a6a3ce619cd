"""Dagster with a workspace full of secrets in wrong places, runs and ticks that fail, and alerts that reach nobody: none
of the secrets is in what its processes print and keep, nor in what its page answers."""

import json
import os
import subprocess
import sys
from contextlib import closing
from http.client import HTTPConnection

import dagster as dg
import pytest

from tests.canary import kept_in, leaks, new_canary, new_word
from tests.dagster.command import REPOSITORY, dagster_command, job_execute, output
from tests.dagster.orchestrators import free_port, orchestrator, until
from tests.dagster.workspaces import CONTRACT, TARGET_RECIPE
from tests.unit.cli.secret_faults import RECIPE, WRITTEN

JOB = """\
tenant_id: acme
source_connector_path: connectors/sources/csv.yaml
target_connector_path: connectors/targets/iceberg.yaml
asset_path: assets/csv/v1.0/orders.yaml
retry_config: {max_attempts: 2, initial_delay_seconds: 1}
logging: {level: debug}
schedule: {interval_seconds: 2}
triggers: {files: {interval_seconds: 1}}
target: {write_mode: delete_insert}
source:
  files:
    - {path: "s3://bucket/in/*.csv", object: orders}
"""
RUNNER = """\
orchestrator:
  alerts:
    - {name: team, type: webhook, url: "${HOOK_URL}"}
"""
PLACES = ("jobs", "connectors", "assets", "secrets")
QUESTIONS = {
    "what was loaded": """{ workspaceOrError { ... on Workspace { locationEntries { name locationOrLoadError {
        ... on PythonError { message stack }
        ... on RepositoryLocation { repositories {
          pipelines { name description tags { key value } }
          sensors { name description sensorState { ticks(limit: 50) {
            status skipReason error { message stack } logEvents { events { message } } } } }
          schedules { name description scheduleState { ticks(limit: 50) { status skipReason error { message } } } }
          assetNodes { description metadataEntries { label description
            ... on TextMetadataEntry { text } ... on JsonMetadataEntry { jsonString } ... on MarkdownMetadataEntry { mdStr }
          } } } } } } } } }""",
    "what ran": """{ runsOrError(limit: 20) { ... on Runs { results { runId status runConfigYaml tags { key value }
        eventConnection(limit: 1000) { events { __typename
          ... on MessageEvent { message }
          ... on ErrorEvent { error { message stack causes { message stack } } } } } } } } }""",
}


@pytest.fixture
def secret():
    return new_canary("Job")


@pytest.fixture
def root(tmp_path, secret):
    """A workspace whose job is refused by its source, beside one job for each fault that a file can have."""
    root = tmp_path / "workspace"
    kept_in(*(root / name for name in PLACES))
    write(root / "connectors/targets/iceberg.yaml", TARGET_RECIPE)
    write(root / "configs/runner.yaml", RUNNER)
    add_job(root, "orders", RECIPE, JOB)
    write(root / "secrets/acme/lake.json", json.dumps({"id": "access", "key": secret}))
    return root


@pytest.fixture
def written(tmp_path, root):
    """The secrets that stand in the files of the workspace, each as another fault."""
    secrets = []
    for number, (name, fault) in enumerate(WRITTEN.items()):
        part = tmp_path / "parts" / "secrets" / str(number)
        write(part / "connectors/sources/csv.yaml", RECIPE)
        write(part / "jobs/acme/orders.yaml", JOB)
        write(part / "assets/csv/v1.0/orders.yaml", CONTRACT.replace("NAME", "orders"))
        secrets.append(new_canary(f"F{number}"))
        fault(part, secrets[-1])
        if "alert" not in name:
            texts = [(part / each).read_text() for each in ("connectors/sources/csv.yaml", "jobs/acme/orders.yaml")]
            add_job(root, f"fault{number}", *texts)
    return secrets


def add_job(root, name, recipe, job):
    write(root / f"connectors/sources/csv_{name}.yaml", recipe)
    job = job.replace("sources/csv.yaml", f"sources/csv_{name}.yaml").replace("v1.0/orders.yaml", f"v1.0/{name}.yaml")
    job = job.replace("object: orders", f"object: {name}")
    write(root / f"jobs/acme/{name}.yaml", job)
    write(root / f"assets/csv/v1.0/{name}.yaml", CONTRACT.replace("NAME", name))


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def kept(root):
    return [root / name for name in PLACES]


def test_a_run_beside_jobs_that_hold_secrets_tells_none_of_them(root, written, secret, tmp_path):
    home = tmp_path / "home"
    hook = new_word("Hook")
    run = dagster_command(root, home)
    done = run(
        *job_execute("acme__orders"),
        DATIVO_SECRETS_DIR=str(root / "secrets"),
        HOOK_URL=f"http://127.0.0.1:9/services/{hook}",
    )
    assert done.returncode != 0
    assert "job_error" in output(done)
    assert leaks([secret, hook, *written], output(done), root, home, without=kept(root)) == []


def test_a_job_that_holds_a_secret_tells_its_findings_without_it(root, written, tmp_path):
    line = [
        sys.executable,
        "-c",
        "from dativo_core.cli import main; main()",
        "run",
        "--job-dir",
        "jobs/acme",
        "--debug",
    ]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(line, cwd=root, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert "secret-inline" in done.stdout + done.stderr
    assert leaks(written, output(done), root, without=kept(root)) == []


@pytest.mark.slow
def test_neither_the_page_nor_the_daemon_tells_a_secret(root, written, secret, tmp_path, monkeypatch):
    home, port, hook = tmp_path / "home", free_port(), new_word("Hook")
    monkeypatch.setenv("DATIVO_SECRETS_DIR", str(root / "secrets"))
    monkeypatch.setenv("HOOK_URL", f"http://127.0.0.1:9/services/{hook}")
    with orchestrator(root, home, "--port", port) as started:
        started.wait_for("ready: ")
        with dg.DagsterInstance.from_config(str(home)) as instance:
            until(lambda: has_failed_run_and_ticks(instance), 150, lambda: started.text)
        answers = {name: asked(port, question) for name, question in QUESTIONS.items()}
        printed = started.text
    assert "acme__file_sensor" in answers["what was loaded"]
    assert "STEP_FAILURE" in answers["what ran"] or "ExecutionStepFailureEvent" in answers["what ran"]
    assert leaks([secret, hook, *written], printed, *answers.values(), root, home, without=kept(root)) == []


def has_failed_run_and_ticks(instance):
    failed = instance.get_runs_count(dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE]))
    states = [each for each in instance.all_instigator_state() if "file_sensor" in each.instigator_name]
    return failed and any(instance.get_ticks(each.instigator_origin_id, each.selector_id, limit=1) for each in states)


def asked(port, question):
    with closing(HTTPConnection("127.0.0.1", int(port), timeout=60)) as connection:
        connection.request("POST", "/graphql", json.dumps({"query": question}), {"Content-Type": "application/json"})
        answer = connection.getresponse().read().decode()
    assert "errors" not in json.loads(answer), answer[:2000]
    return answer
