"""In Dagster, too, a tenant's job reaches nothing of another: what is refused is shown, and no more than that."""

import stat

import dagster as dg
import pytest

from dativo_core.model.mode import Mode
from dativo_dagster.compile import build_definitions
from tests.canary import leaks
from tests.dagster.command import dagster_command, job_execute, output
from tests.isolation import lies
from tests.isolation.attempts import ATTEMPTS, FOREIGN
from tests.isolation.scene import ATTACKER, JOB, VICTIM, VICTIM_PLACES, Scene, job_of, opened_files_of_victim

VARIABLE = "DATIVO_SECRET__VICTIM__API_KEY"


@pytest.fixture
def scene(tmp_path):
    return Scene(tmp_path / "workspace")


def reading(path):
    return lambda scene: scene.write(
        JOB, job_of(ATTACKER) | {"source": {"files": [{"path": path, "object": "orders"}]}}
    )


def leaks_of(scene, home, *texts):
    places = [scene.root / place for place in (*VICTIM_PLACES, "secrets")]
    return leaks(scene.canaries, *texts, scene.root, home, without=places)


RUNS = {
    "pattern that matches the other's files": (reading("data/*/orders.csv"), "leads to a place of another tenant"),
    "link to the other's files": (
        lambda scene: scene.link(f"data/{ATTACKER}", f"data/{VICTIM}"),
        "leads to a place of another tenant",
    ),
    "variable of the other's": (
        reading(f"${{{VARIABLE}}}/orders.csv"),
        "is a variable that opens secrets of other tenants",
    ),
    "link in place of its own secret": (
        lambda scene: (
            reading("${secret:place}/orders.csv")(scene),
            scene.link(f"secrets/{ATTACKER}/place", f"secrets/{VICTIM}/api_key"),
        ),
        "is a link that leads out of",
    ),
    "catalog that sends files to the other's": (
        lies.with_property("write.data.path", f"file:///{lies.OTHERS}"),
        "sends its files elsewhere or names code",
    ),
    "catalog that puts the table at the other's": (
        lies.with_location(lies.OTHERS),
        "does not lie in its own directory",
    ),
}


@pytest.mark.parametrize(("prepare", "text"), RUNS.values(), ids=RUNS)
def test_a_run_that_reaches_for_anothers_fails_and_says_why(scene, tmp_path, prepare, text):
    prepare(scene)
    home, before = tmp_path / "home", scene.of_victim()
    secrets = {"DATIVO_SECRETS_DIR": str(scene.root / "secrets"), VARIABLE: scene.canaries[2]}
    done = dagster_command(scene.root, home)(*job_execute(f"{ATTACKER}__orders"), **secrets)
    assert done.returncode != 0
    with dg.DagsterInstance.from_config(str(home)) as instance:
        (run,) = instance.get_runs()
        failures = [entry for entry in instance.all_logs(run.run_id) if "FAILURE" in str(entry.dagster_event_type)]
        assert text in "".join(
            str(entry.dagster_event.event_specific_data) for entry in failures if entry.dagster_event
        )
    assert leaks_of(scene, home, output(done)) == []
    assert scene.of_victim() == before


SHOWN = [
    attempt
    for attempt in ATTEMPTS
    if attempt.code in {FOREIGN, "job-link", "table-property"} and attempt.mode is Mode.SELF_HOSTED
]


def test_an_attempt_that_no_rule_lets_through_is_a_placeholder_and_the_other_tenant_runs(scene):
    for attempt in SHOWN[::9]:
        attempt.write(scene)
        specs = {spec.key.to_user_string(): spec for spec in build_definitions(scene.root).resolve_all_asset_specs()}
        placeholder = specs[f"{ATTACKER}/orders"]
        assert placeholder.group_name == f"{ATTACKER}/invalid"
        assert f"[{attempt.code}]" in placeholder.description
        assert specs[f"{VICTIM}/orders"].group_name == f"{VICTIM}/csv"
        assert leaks(scene.canaries, str(placeholder)) == []
        scene.restore()


def test_a_placeholder_cannot_be_run(scene, tmp_path):
    reading(f"data/{VICTIM}/orders.csv")(scene)
    home = tmp_path / "home"
    done = dagster_command(scene.root, home)(*job_execute(f"{ATTACKER}__orders"))
    assert done.returncode != 0
    assert leaks_of(scene, home, output(done)) == []


def test_a_run_reads_the_secrets_and_files_of_its_own_tenant_alone(scene, monkeypatch):
    monkeypatch.setenv("DATIVO_SECRETS_DIR", str(scene.root / "secrets"))
    scene.text(f"secrets/{ATTACKER}/place", f"data/{ATTACKER}")
    reading("${secret:place}/orders.csv")(scene)
    with opened_files_of_victim(scene.root) as opened:
        job = build_definitions(scene.root).resolve_job_def(f"{ATTACKER}__orders")
        with dg.DagsterInstance.ephemeral() as instance:
            assert job.execute_in_process(instance=instance).success
        assert opened == []


def test_what_a_run_of_dagster_writes_below_the_lake_is_for_the_owner_alone(scene, tmp_path):
    done = dagster_command(scene.root, tmp_path / "home")(*job_execute(f"{ATTACKER}__orders"))
    assert done.returncode == 0, output(done)
    lake = scene.root / "lake"
    modes = {path: stat.S_IMODE(path.lstat().st_mode) for path in (lake, *lake.rglob("*"))}
    assert [str(path) for path, mode in modes.items() if mode & 0o077] == []
