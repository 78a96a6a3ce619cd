"""`dativo start orchestrated` with real processes."""

import os
import signal
import sys
from itertools import pairwise

import dagster as dg
import pytest

from dativo_core.errors import ConfigError
from dativo_dagster.commands.start import start
from tests.dagster.orchestrators import free_port, orchestrator, until
from tests.dagster.workspaces import write_job, write_rows, write_workspace

OFTEN = "schedule: {interval_seconds: 2}\n"
RUNNER = """\
runner:
  orchestrator:
    concurrency_per_tenant: 1
    schedules:
      - {name: Bolt often, config: jobs/bolt/orders.yaml, interval_seconds: 2}
      - {name: broken, config: jobs/bolt/none.yaml, interval_seconds: 2}
"""
UNDERWAY = {dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING}

pytestmark = pytest.mark.slow


@pytest.fixture
def root(tmp_path):
    """One tenant that floods the queue, and one that wants a single run of its own."""
    root = write_workspace(tmp_path / "workspace")
    write_job(root, "orders", extra='schedule: {cron: "* * * * *"}\n')
    write_rows(root)
    for name in ("first", "second", "third"):
        write_job(root, name, extra=OFTEN)
        write_rows(root, file=f"{name}.csv")
    write_job(root, "orders", tenant="bolt")
    return root


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


def finished(records, schedule):
    return [
        each.dagster_run
        for each in records
        if each.dagster_run.tags.get("dativo/schedule") == schedule and each.dagster_run.is_success
    ]


def test_schedules_fire_no_tenant_has_more_runs_than_allowed_and_ctrl_c_leaves_nothing(root, home, tmp_path):
    runner = tmp_path / "runner.yaml"
    runner.write_text(RUNNER)
    with orchestrator(root, home, "--port", free_port(), "--runner-config", str(runner)) as started:
        started.wait_for("ready: http://127.0.0.1:")
        with dg.DagsterInstance.from_config(str(home)) as instance:

            def all_fired():
                records = instance.get_run_records()
                wanted = ("acme__orders__schedule", "acme__first__schedule", "bolt_often")
                return all(finished(records, each) for each in wanted)

            until(all_fired, 300, lambda: started.text)
            started.signal(signal.SIGINT)
            assert started.end() == 0, started.text
            records = instance.get_run_records()
    assert started.processes() == []
    assert started.text.rstrip().endswith("stopped")
    assert "1 schedules of the operator" in started.text
    assert not [each for each in records if each.dagster_run.status in UNDERWAY]
    assert len(acme := spans(records, "acme")) >= 3
    assert all(before[1] <= after[0] for before, after in pairwise(acme)), acme
    assert spans(records, "bolt")[0][1] < acme[2][1], "one tenant waited for all of another's runs"
    (landed,) = {each.dagster_run.job_name for each in records if each.dagster_run.tags["tenant"] == "bolt"}
    assert landed == "bolt__orders"


def spans(records, tenant):
    """Return begin and end of each run of a tenant that began, in order."""
    mine = [each for each in records if each.dagster_run.tags["tenant"] == tenant and each.start_time]
    return sorted((each.start_time, each.end_time) for each in mine)


def test_a_part_that_ends_ends_the_others_and_is_named_and_a_second_orchestrator_is_refused(root, home):
    port = free_port()
    with orchestrator(root, home, "--port", port) as started:
        started.wait_for("ready: ")
        with orchestrator(root, home, "--port", free_port()) as second:
            assert second.end() == 2
            assert f"its processes: {started.process.pid} " in second.text
        (daemon,) = started.processes("dagster-daemon")
        os.kill(daemon, signal.SIGKILL)
        assert started.end() == 2
        assert started.processes() == []
        assert "the daemon (dagster-daemon) ended with exit code -9" in started.text


def test_sigterm_before_all_is_ready_ends_all(root, home):
    with orchestrator(root, home, "--port", free_port()) as started:
        started.wait_for("starting: ")
        started.signal(signal.SIGTERM)
        assert started.end() == 0, started.text
        assert started.processes() == []
    assert (home / "dagster.yaml").read_text().startswith("# Settings of Dagster")


def test_without_dagster_the_command_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "dagster", None)
    with pytest.raises(ConfigError, match="dagster is not installed") as told:
        start(["orchestrated"], standalone_mode=False)
    assert "pip install" in told.value.hint


def test_a_runner_file_that_does_not_exist_is_refused(root):
    with pytest.raises(ConfigError, match=r"there is no file none\.yaml"):
        start(["orchestrated", "--root", str(root), "--runner-config", "none.yaml"], standalone_mode=False)
