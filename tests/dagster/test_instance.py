"""What is set right in Dagster's records before anything is started."""

import os
import subprocess
import sys

import dagster as dg
import pytest
import yaml

from dativo_core.errors import ConfigError
from dativo_dagster.home import hold, prepare_home
from dativo_dagster.lost_runs import end_lost_runs
from dativo_dagster.pools import limit_pools, tenant_limits

UNDERWAY = dg.DagsterRunStatus.STARTED


@pytest.fixture
def instance(tmp_path):
    with dg.instance_for_test(temp_dir=str(tmp_path)) as on_disk:
        yield on_disk


def limits(instance):
    return {pool.name: pool.limit for pool in instance.event_log_storage.get_pool_limits()}


def add_run(instance, status, **tags):
    run = dg.DagsterRun(job_name="acme__orders", status=status, tags=tags)
    return instance.run_storage.add_run(run).run_id


def test_each_tenant_has_a_limit_before_its_first_run_and_a_changed_one_is_taken_over(instance):
    limit_pools(instance, tenant_limits(["acme", "bolt-co"], 1))
    assert limits(instance) == {"tenant_acme": 1, "tenant_bolt_co": 1}
    limit_pools(instance, tenant_limits(["acme"], 4))
    assert limits(instance) == {"tenant_acme": 4, "tenant_bolt_co": 1}


def test_only_runs_that_a_daemon_started_and_nobody_finished_are_recorded_as_failed(instance):
    lost = add_run(instance, UNDERWAY, **{"dagster/code_location": "dativo"})
    kept = [
        add_run(instance, UNDERWAY, **{"dagster/code_location": "another"}),
        add_run(instance, UNDERWAY),
        add_run(instance, dg.DagsterRunStatus.SUCCESS, **{"dagster/code_location": "dativo"}),
    ]
    assert end_lost_runs(instance, "dativo") == [lost]
    assert instance.get_run_by_id(lost).is_failure
    assert not any(instance.get_run_by_id(run).is_failure for run in kept)
    assert end_lost_runs(instance, "dativo") == []


def test_settings_are_written_once_and_are_then_the_users(tmp_path, monkeypatch):
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    home = prepare_home(tmp_path)
    assert home == tmp_path / ".dativo" / "dagster"
    written = yaml.safe_load((home / "dagster.yaml").read_text())
    assert written["telemetry"] == {"enabled": False}
    assert written["concurrency"]["pools"] == {"granularity": "run", "default_limit": 1}
    assert written["run_monitoring"]["enabled"]
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    prepare_home(tmp_path)
    assert (home / "dagster.yaml").read_text() == "telemetry: {enabled: false}\n"


def test_dagster_accepts_the_settings_without_a_warning(tmp_path, monkeypatch):
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    with dg.DagsterInstance.from_config(str(prepare_home(tmp_path))) as instance:
        assert not instance.telemetry_enabled
        assert instance.run_monitoring_enabled


def test_a_home_that_cannot_be_made_says_what_to_change(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(ConfigError, match="DAGSTER_HOME"):
        prepare_home(tmp_path)


def test_a_home_is_held_by_one_orchestrator_and_by_what_it_started(tmp_path):
    with hold(tmp_path) as lock:
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=(lock,))
        with pytest.raises(ConfigError, match=f"its processes: {os.getpid()}"), hold(tmp_path):
            pass
    with pytest.raises(ConfigError, match="another orchestrator"), hold(tmp_path):
        pass
    child.communicate(b"\n", timeout=10)
    with hold(tmp_path):
        pass
