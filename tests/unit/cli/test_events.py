"""Every event there is can be seen: each in the log of a real run, here or in the test that the table names."""

import json
from pathlib import Path

import pytest

from dativo_core import failpoints
from dativo_core.telemetry.events import Event
from tests.unit.cli.test_startup import from_s3, second_lake

REPOSITORY = Path(__file__).parents[3]
ELSEWHERE = {
    "tests/dagster/test_startup.py": {"job_running", "schedule_skipped"},
    "tests/dagster/test_start.py": {event for event in Event if event.startswith("orchestrator_")}
    | {"schedule_config_error"},
    "tests/unit/cli/test_check.py": {event for event in Event if "check_" in event and event != "incremental_check"},
}
"""The events of other programs than `dativo run`, by the test that sees them."""
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
        failpoints.arm(armed)
        result = self.workspace.dativo("run", *arguments)
        failpoints.arm("")
        lines = [json.loads(line) for line in result.stderr.splitlines() if line.startswith("{")]
        self.events |= {line["event_type"] for line in lines}
        return result


def changed(workspace, path, old="", new="", more=""):
    text = (workspace.root / path).read_text()
    workspace.write(path, text.replace(old, new) + more)
    return path


def test_every_event_is_logged_by_a_real_run(workspace):
    seen = Seen(workspace)
    workspace.write("secrets/acme/lake.env", "DATIVO_LAKE=lake\n")
    orders = changed(workspace, workspace.job(), more="logging: {level: debug}\n")
    for _ in range(2):
        seen.run("--config", orders, "--tenant-id", "acme", "--secrets-dir", "secrets")
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
    again = changed(workspace, workspace.second_job("again", "in/same-1.csv"), more=QUICK)
    assert seen.run("--config", again, armed="commit.before=raise:EIO:1").exit_code == 0
    full = changed(workspace, workspace.second_job("full", "in/same-1.csv"), more=QUICK.replace(": 2,", ": 1,"))
    assert seen.run("--config", full, armed="file.opened=raise:ENOSPC:*").exit_code == 2
    from_s3(workspace, "http://127.0.0.1:1")
    workspace.write("jobs/acme/broken.yaml", "tenant_id: acme\n")
    workspace.write("taken", "a file")
    second_lake(workspace, "lost", "taken")
    seen.run("--job-dir", "jobs/acme")
    seen.run("--config", "jobs/acme/nowhere.yaml")
    elsewhere = set().union(*ELSEWHERE.values())
    assert set(Event) - seen.events == elsewhere
    assert seen.events - {None} <= set(Event)


@pytest.mark.parametrize("file", ELSEWHERE)
def test_the_events_of_other_programs_are_seen_by_their_tests(file):
    text = (REPOSITORY / file).read_text()
    families = {"orchestrator_", "check_"}
    for event in sorted(ELSEWHERE[file]):
        assert event in text or any(family in event and family in text for family in families), event
