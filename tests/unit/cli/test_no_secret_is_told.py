"""Whatever is wrong about a secret or where it is written, no command tells it, in no format, and no file keeps it."""

import json

import pytest
from click.testing import CliRunner

from dativo_core.cli import main
from tests.canary import kept_in, leaks, new_canary, new_word
from tests.unit.cli.secret_faults import KEPT, RECIPE, SOUND, WRITTEN, in_file

JOB = ("--config", "jobs/acme/orders.yaml")
COMMANDS = (
    ("validate",),
    ("validate", "--json"),
    ("validate", "--output-format", "sarif"),
    ("validate", "--debug", "--strict", "--notes"),
    ("plan", *JOB),
    ("plan", *JOB, "--json", "--debug"),
    ("run", *JOB, "--secrets-dir", "secrets", "--debug"),
    ("run", *JOB, "--secrets-dir", "secrets", "--json"),
    ("run", "--job-dir", "jobs/acme", "--secrets-dir", "secrets", "--dry-run"),
    ("state", "show", *JOB, "--secrets-dir", "secrets", "--json", "--debug"),
    ("state", "export", *JOB, "--secrets-dir", "secrets"),
    *(
        ("state", *verb, *JOB, "--secrets-dir", "secrets", "--reason", "a fault", *how)
        for *verb, how in (
            ("reset", ("--yes", "--debug")),
            ("keep", ("--yes", "--debug")),
            ("adopt", "--start", "now", ("--dry-run", "--json")),
            ("adopt", "--from-key", "acme/orders/other", ("--yes", "--debug")),
            ("import", "old.state.json", ("--dry-run", "--json")),
            ("import", "secrets/acme/lake.json", ("--yes", "--debug")),
        )
    ),
    ("check", *JOB, "--secrets-dir", "secrets", "--time-limit", "1", "--verbose", "--debug"),
    ("check", "--job-dir", "jobs/acme", "--secrets-dir", "secrets", "--time-limit", "1", "--json"),
    ("doctor", "--secrets-dir", "secrets", "--json"),
    ("asset", "upgrade", "assets/csv/v1.0/orders.yaml"),
)


PLACES = ("jobs", "connectors", "assets", "configs", "secrets")


@pytest.fixture
def faulty(workspace, monkeypatch):
    """Return a function that writes a fault into a workspace whose source is S3, and returns what each command tells."""
    monkeypatch.setenv("DATIVO_LAKE", "lake")
    workspace.write("connectors/sources/csv.yaml", RECIPE)
    workspace.write("secrets/acme/lake.json", SOUND)
    workspace.write("old.state.json", '{"file_in/orders-1.csv": {"last_modified": "2026-01-01T00:00:00"}}')
    path = workspace.job(files="s3://bucket/in/*.csv")
    workspace.write(path, "retry_config: {max_attempts: 1}\n" + (workspace.root / path).read_text())
    kept_in(*(workspace.root / name for name in PLACES))

    def told(write, secret):
        write(workspace.root, secret)
        return {command: CliRunner().invoke(main, list(command)) for command in COMMANDS}

    return told


@pytest.mark.parametrize("write", [*WRITTEN.values(), *KEPT.values()], ids=[*WRITTEN, *KEPT])
def test_a_secret_in_a_fault_is_told_by_no_command(faulty, workspace, write):
    canary = new_canary()
    results = faulty(write, canary)
    for command, result in results.items():
        assert leaks([canary], result.output) == [], command
        assert "Traceback" not in result.output or "--debug" in command
    assert leaks([canary], workspace.root, without=[workspace.root / name for name in PLACES]) == []
    assert any(result.exit_code for result in results.values())


@pytest.mark.parametrize("name", ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "AWS_SECRET_ACCESS_KEY"])
def test_a_secret_of_the_machine_is_told_by_no_command(faulty, workspace, monkeypatch, name):
    canary = new_word("Machine")
    monkeypatch.setenv(name, canary if name.startswith("AWS") else f"http://me:{canary}@127.0.0.1:1")
    results = faulty(in_file("secrets/acme/lake.json", lambda _: SOUND), canary)
    assert any(result.exit_code for result in results.values())
    assert leaks([canary], *(result.output for result in results.values()), workspace.root) == []


NUMBER = "4815162342771"


@pytest.mark.parametrize("write", [*WRITTEN.values(), *KEPT.values()], ids=[*WRITTEN, *KEPT])
def test_a_number_that_is_a_secret_is_told_by_no_command(faulty, write, monkeypatch):
    monkeypatch.setattr("tests.unit.cli.secret_faults.text", str)
    results = faulty(write, NUMBER)
    for command, result in results.items():
        assert NUMBER not in result.output, command
        if "--json" in command or "sarif" in command:
            json.loads(result.stdout)
