"""`--secret-manager` and `--secret-manager-config`: selection and failures of a backend on the command line."""

import json
import sys
import time

import pytest

from tests.silent_server import closed_port

S3_SOURCE = """\
name: csv_files
type: csv
roles: [source]
credentials: {type: none}
connection_template:
  s3:
    access_key_id: ${secret:lake.id}
    secret_access_key: ${secret:lake.key}
default_engine: {type: native}
"""


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    for name in ("DATIVO_SECRET_MANAGER", "DATIVO_SECRET_MANAGER_CONFIG", "VAULT_TOKEN", "VAULT_ADDR"):
        monkeypatch.delenv(name, raising=False)


def test_a_job_without_references_runs_without_asking_the_backend(workspace, monkeypatch):
    target = workspace.root / "connectors" / "targets" / "iceberg.yaml"
    target.write_text(target.read_text().replace("${DATIVO_LAKE:-lake}", "lake"))
    monkeypatch.setenv("VAULT_TOKEN", "t0ken")
    settings = json.dumps({"address": f"http://{closed_port()}"})
    result = workspace.dativo(
        "run", "--config", workspace.job(), "--secret-manager", "vault", "--secret-manager-config", settings
    )
    assert result.exit_code == 0, result.output


def test_a_backend_that_is_down_is_one_line_with_its_remedy_in_time(workspace, monkeypatch):
    monkeypatch.setenv("VAULT_TOKEN", "t0ken")
    monkeypatch.setenv("DATIVO_SECRET_MANAGER", "vault")
    monkeypatch.setenv("DATIVO_SECRET_MANAGER_CONFIG", json.dumps({"address": f"http://{closed_port()}"}))
    workspace.write("connectors/sources/csv.yaml", S3_SOURCE)
    path = workspace.job(files="s3://bucket/a.csv")
    workspace.write(path, (workspace.root / path).read_text() + "retry_config: {max_attempts: 1}\n")
    started = time.monotonic()
    result = workspace.dativo("run", "--config", path)
    assert result.exit_code == 2
    told = "does not answer (ConnectionError)\n    fix: Check the address (VAULT_ADDR) and the network\n"
    assert told in result.stdout
    assert "secrets_warning" in result.stderr
    assert time.monotonic() - started < 20


def test_all_problems_of_the_settings_are_told_and_no_value(workspace):
    settings = '{"adress": "https://v", "token": "canary-0020", "kv_version": 9}'
    result = workspace.dativo(
        "run", "--config", workspace.job(), "--secret-manager", "vault", "--secret-manager-config", settings
    )
    assert result.exit_code == 2
    assert "the settings of the secret backend have 3 problems" in result.stderr
    assert "Did you mean 'address'?" in result.stderr
    assert "canary-0020" not in result.output


def test_an_unknown_backend_ends_with_2_and_the_nearest_name(workspace):
    for command in (("run",), ("state", "show")):
        result = workspace.dativo(*command, "--config", workspace.job(), "--secret-manager", "vaullt")
        assert result.exit_code == 2
        assert "Did you mean 'vault'?" in result.stderr


def test_a_client_that_is_not_installed_ends_with_2_and_the_command(workspace, monkeypatch):
    monkeypatch.setitem(sys.modules, "hvac", None)
    monkeypatch.setenv("VAULT_TOKEN", "t0ken")
    monkeypatch.setenv("VAULT_ADDR", "https://vault.example.com")
    result = workspace.dativo("run", "--config", workspace.job(), "--secret-manager", "vault")
    assert result.exit_code == 2
    assert "pip install 'dativo[vault]'" in result.stderr
