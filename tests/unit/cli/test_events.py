"""Every event there is can be seen: each in the log of a real run, here or in the test that the table names."""

import json
from pathlib import Path

import pytest

from dativo_core import failpoints
from dativo_core.telemetry.events import Event
from tests.silent_server import closed_port
from tests.unit.cli.test_startup import ONE_TRY, from_s3, second_lake

REPOSITORY = Path(__file__).parents[3]
OF_CHECK = {event for event in Event if "check_" in event and event != Event.INCREMENTAL_CHECK}
ELSEWHERE = {
    "tests/unit/cli/test_data_catalog.py": {"catalog_push_failed"},
    "tests/dagster/test_startup.py": {"job_running", "schedule_skipped"},
    "tests/dagster/test_start.py": {
        "orchestrator_starting",
        "orchestrator_initializing",
        "orchestrator_ready",
        "orchestrator_stopping",
        "orchestrator_error",
        "schedule_config_error",
    },
}
"""Events of other programs and of further settings, by the test that sees them; `dativo check` has one per part and end."""
QUICK = "retry_config: {max_attempts: 2, initial_delay_seconds: 1, max_delay_seconds: 1}\n"


@pytest.fixture(autouse=True)
def _no_failpoint(monkeypatch):
    for name in ("ACME_KEY_ID", "LAKE_NOWHERE"):
        monkeypatch.delenv(name, raising=False)
    yield
    failpoints.arm("")


class Seen:
    """Runs the command line and keeps the types of all events."""

    def __init__(self, workspace):
        self.workspace = workspace
        self.events = set()

    def run(self, *arguments, armed=""):
        return self.dativo("run", *arguments, armed=armed)

    def dativo(self, *arguments, armed=""):
        failpoints.arm(armed)
        result = self.workspace.dativo(*arguments)
        failpoints.arm("")
        lines = [json.loads(line) for line in result.stderr.splitlines() if line.startswith("{")]
        self.events |= {line["event_type"] for line in lines}
        return result


def changed(workspace, path, old="", new="", more=""):
    text = (workspace.root / path).read_text()
    workspace.write(path, text.replace(old, new) + more)
    return path


def test_every_event_is_logged_by_a_real_run(workspace, monkeypatch):
    seen = Seen(workspace)
    workspace.write("secrets/acme/lake.env", "DATIVO_LAKE=lake\n")
    orders = changed(workspace, workspace.job(), more="logging: {level: debug}\n")
    for _ in range(2):
        seen.run("--config", orders, "--tenant-id", "acme", "--secrets-dir", "secrets")
    assert seen.dativo("state", "reset", "--config", orders, "--reason", "a test").exit_code == 0
    workspace.write("in/a.csv", "id,city\n7,Rome\nx,Oslo\n")
    workspace.write("in/same-1.csv", "id,city\n1,Rome\n")
    workspace.write("in/same-2.csv", "id,city\n1,Rome\n")
    workspace.write("in/bad-1.csv", "id,city\n1,Rome\n")
    workspace.write("in/bad-2.csv", "number,town\n1,Rome\n")
    seen.run("--config", workspace.second_job("strict", "in/a.csv"))
    warned = changed(workspace, workspace.second_job("warned", "in/a.csv"), "strict", "warn")
    assert seen.run("--config", warned).exit_code == 1
    seen.run("--config", workspace.second_job("same", "in/same-*.csv"))
    bad = changed(workspace, workspace.second_job("bad", "in/bad-*.csv"), "strict", "warn")
    seen.run("--config", bad)
    assert seen.run("--config", workspace.second_job("lost", "in/a.csv"), armed="file.opened=raise:ENOSPC:*").exit_code
    refused = workspace.second_job("refused", "in/same-1.csv")
    assert seen.run("--config", refused, armed="commit.before=raise:EIO:1").exit_code == 2
    monkeypatch.setenv("ACME_KEY_ID", "id")
    monkeypatch.setenv("DATIVO_SECRET__ACME__LAKE__JSON", '{"key": "canary-0932"}')
    far = changed(workspace, from_s3(workspace, f"http://{closed_port()}"), ONE_TRY, QUICK)
    assert seen.run("--config", far).exit_code == 2
    monkeypatch.delenv("ACME_KEY_ID")
    monkeypatch.delenv("DATIVO_SECRET__ACME__LAKE__JSON")
    workspace.write("jobs/acme/broken.yaml", "tenant_id: acme\n")
    workspace.write("taken", "a file")
    second_lake(workspace, "lost", "taken")
    seen.run("--job-dir", "jobs/acme")
    seen.run("--config", "jobs/acme/nowhere.yaml")
    elsewhere = set().union(*ELSEWHERE.values())
    assert set(Event) - OF_CHECK - seen.events == elsewhere
    assert seen.events - {None} <= set(Event)


@pytest.mark.parametrize("file", ELSEWHERE)
def test_the_events_of_other_programs_are_seen_by_their_tests(file):
    text = (REPOSITORY / file).read_text()
    assert [event for event in sorted(ELSEWHERE[file]) if event not in text] == []
