"""With DATIVO_MODE=cloud Dagster checks and runs jobs by the rules of cloud mode."""

from datetime import UTC, datetime

import dagster as dg
import pytest

from dativo_core.errors import ConfigError, SourceError
from dativo_core.model.mode import Mode
from dativo_core.run.watch import look_at_files
from dativo_dagster.asked_by_hand import find_plan
from dativo_dagster.compile import build_definitions
from dativo_dagster.resources import SecretsResource
from tests.canary import leaks
from tests.dagster.command import dagster_command, job_execute, output
from tests.isolation.attempts import ATTEMPTS
from tests.isolation.scene import ATTACKER, JOB, VICTIM, Scene, job_of

NAME = f"{ATTACKER}__orders"


@pytest.fixture
def scene(tmp_path):
    found = Scene(tmp_path / "workspace")
    found.root.joinpath("secrets").chmod(0o700)
    found.text("shared/orders.csv", "id,note\n1,shared\n")
    return found


def reading(scene, path):
    scene.write(JOB, job_of(ATTACKER) | {"source": {"files": [{"path": path, "object": "orders"}]}})


def execute(scene, home):
    """Run the job of acme in cloud mode with the command line of Dagster; return what it printed, and the run's events."""
    variables = {"DATIVO_SECRETS_DIR": str(scene.root / "secrets"), "DATIVO_MODE": "cloud"}
    done = dagster_command(scene.root, home)(*job_execute(NAME), **variables)
    with dg.DagsterInstance.from_config(str(home)) as instance:
        runs = instance.get_runs()
        events = [entry for run in runs for entry in instance.all_logs(run.run_id) if entry.dagster_event]
    return done, events


def test_an_honest_job_lands_its_rows(scene, tmp_path):
    scene.text(f"secrets/{ATTACKER}/place", f"data/{ATTACKER}")
    reading(scene, "${secret:place}/*.csv")
    done, events = execute(scene, tmp_path / "home")
    assert done.returncode == 0, output(done)
    landed = [each.asset_materialization for each in events if each.asset_materialization is not None]
    assert [each.metadata["dativo/rows_written"].value for each in landed[:1]] == [1]


def test_a_shared_directory_behind_a_secret_fails_the_run(scene, tmp_path):
    scene.text(f"secrets/{ATTACKER}/place", "shared")
    reading(scene, "${secret:place}/orders.csv")
    done, events = execute(scene, tmp_path / "home")
    failures = [
        str(each.dagster_event.event_specific_data)
        for each in events
        if "FAILURE" in each.dagster_event.event_type_value
    ]
    assert done.returncode != 0
    assert "leads to no directory of the tenant" in "".join(failures)


def test_what_cloud_mode_refuses_is_a_placeholder_and_the_other_tenant_runs(scene, monkeypatch):
    reading(scene, "shared/orders.csv")
    assert job_exists(scene, NAME)
    monkeypatch.setenv("DATIVO_MODE", "cloud")
    specs = {spec.key.to_user_string(): spec for spec in build_definitions(scene.root).resolve_all_asset_specs()}
    assert "[place-outside-tenant]" in specs[f"{ATTACKER}/orders"].description
    assert specs[f"{VICTIM}/orders"].group_name == f"{VICTIM}/csv"
    assert not job_exists(scene, NAME)


def job_exists(scene, name):
    return any(job.name == name for job in build_definitions(scene.root).jobs or ())


def test_every_kind_of_attempt_is_a_placeholder_in_cloud_mode(scene, monkeypatch):
    monkeypatch.setenv("DATIVO_MODE", "cloud")
    for attempt in [each for each in ATTEMPTS if each.place == JOB][::7]:
        attempt.write(scene)
        told = "".join(str(spec.description) for spec in build_definitions(scene.root).resolve_all_asset_specs())
        assert f"[{attempt.code}]" in told, attempt.name
        assert leaks(scene.canaries, told) == []
        assert not job_exists(scene, NAME)
        scene.restore()


def test_an_unknown_mode_loads_nothing(scene, monkeypatch):
    monkeypatch.setenv("DATIVO_MODE", "Cloud")
    with pytest.raises(ConfigError, match="unknown mode 'Cloud' in DATIVO_MODE"):
        build_definitions(scene.root)


@pytest.mark.parametrize("mode", ["cloud", dg.EnvVar("THE_MODE")])
def test_the_mode_of_a_secrets_resource_counts_for_the_check_of_files(scene, monkeypatch, mode):
    monkeypatch.setenv("THE_MODE", "cloud")
    reading(scene, "shared/orders.csv")
    defs = build_definitions(scene.root, {"secrets": SecretsResource(mode=mode)})
    assert [job.name for job in defs.jobs] == [f"{VICTIM}__orders"]


def test_a_secrets_resource_that_contradicts_the_variable_loads_nothing(scene, monkeypatch):
    monkeypatch.setenv("DATIVO_MODE", "cloud")
    with pytest.raises(ConfigError, match="says self_hosted, and DATIVO_MODE says cloud"):
        build_definitions(scene.root, {"secrets": SecretsResource(secrets_dir=str(scene.root / "secrets"))})


def test_a_run_whose_resource_is_of_another_mode_than_its_job_fails(scene):
    secrets = dg.ResourceDefinition(lambda _context: SecretsResource(mode="cloud"))
    job = build_definitions(scene.root, {"secrets": secrets}).resolve_job_def(NAME)
    with dg.DagsterInstance.ephemeral() as instance:
        done = job.execute_in_process(instance=instance, raise_on_error=False)
    (failure,) = (event for event in done.all_events if event.is_step_failure)
    assert "was checked for the mode self_hosted" in str(failure.event_specific_data)


def test_files_are_not_even_listed_outside_of_the_tenants_directories(scene):
    scene.text(f"secrets/{ATTACKER}/place", "shared")
    reading(scene, "${secret:place}/*.csv")
    scene.mode = Mode.CLOUD
    with pytest.raises(SourceError, match="leads to no directory of the tenant"):
        look_at_files(scene.plan(), scene.services().secrets, Mode.CLOUD, datetime.now(UTC))


def test_a_backfill_that_is_asked_for_by_hand_is_of_a_job_that_cloud_mode_allows(scene, monkeypatch):
    reading(scene, "shared/orders.csv")
    assert find_plan(scene.root, job_file(scene)).mode is Mode.SELF_HOSTED
    monkeypatch.setenv("DATIVO_MODE", "cloud")
    for job in (job_file(scene), f"{ATTACKER}/orders"):
        with pytest.raises(ConfigError, match="cannot be planned"):
            find_plan(scene.root, job)


def job_file(scene):
    return str(scene.root / JOB)
