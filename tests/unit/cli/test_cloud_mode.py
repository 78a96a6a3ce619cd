"""`--mode cloud`, or DATIVO_MODE: an honest job works with every command, and what only cloud mode refuses is refused."""

import json

import pytest

from dativo_core.sources.boundary import Boundary
from tests.isolation.attempts import changed
from tests.isolation.scene import ATTACKER, JOB, Scene, job_of

RECIPE = "connectors/sources/csv.yaml"
CLOUD = ("--secrets-dir", "secrets", "--mode", "cloud")


@pytest.fixture
def scene(tmp_path, workspace):
    found = Scene(tmp_path)
    tmp_path.joinpath("secrets").chmod(0o700)
    return found


def written(scene, **changes):
    scene.write(JOB, changed(job_of(ATTACKER), changes))


def reading(scene, path):
    written(scene, source={"files": [{"path": path, "object": "orders"}]})


def test_an_honest_job_lands_its_rows_and_its_state_can_be_looked_at_and_changed(scene, workspace):
    done = workspace.dativo("run", "--config", JOB, "--json", *CLOUD)
    assert done.exit_code == 0, done.output
    (job,) = json.loads(done.stdout)["jobs"]
    assert "rows_written" in str(job)
    shown = workspace.dativo("state", "show", "--config", JOB, *CLOUD)
    assert (shown.exit_code, f"file: data/{ATTACKER}/orders.csv" in shown.stdout) == (0, True), shown.output
    exported = workspace.dativo("state", "export", "--config", JOB, *CLOUD)
    assert json.loads(exported.stdout)["tenant"] == ATTACKER
    reset = workspace.dativo("state", "reset", "--config", JOB, "--reason", "again", "--yes", *CLOUD)
    assert reset.exit_code == 0, reset.output


@pytest.mark.parametrize(
    "command", [("check", "--config", JOB), ("check", "--job-dir", f"jobs/{ATTACKER}"), ("doctor",)]
)
def test_an_honest_workspace_passes_check_and_doctor(scene, workspace, command):
    done = workspace.dativo(*command, *CLOUD)
    assert done.exit_code == 0, done.output


def test_a_job_that_reads_a_shared_directory_runs_in_self_hosted_mode_alone(scene, workspace):
    scene.text("shared/orders.csv", "id,note\n1,shared\n")
    reading(scene, "shared/*.csv")
    for command in (("run",), ("check",), ("plan",), ("state", "show")):
        refused = workspace.dativo(*command, "--config", JOB, *(CLOUD[2:] if command == ("plan",) else CLOUD))
        assert (refused.exit_code, "place-outside-tenant" in refused.output) == (2, True), refused.output
    assert workspace.dativo("run", "--config", JOB, "--secrets-dir", "secrets").exit_code == 0


def test_a_shared_directory_behind_a_secret_is_refused_by_check_too(scene, workspace):
    scene.text("shared/orders.csv", "id,note\n1,shared\n")
    scene.text(f"secrets/{ATTACKER}/place", "shared")
    reading(scene, "${secret:place}/orders.csv")
    for command in ("run", "check"):
        refused = workspace.dativo(command, "--config", JOB, *CLOUD)
        assert refused.exit_code == 2
        assert "leads to no directory of the tenant" in refused.output


def test_a_job_may_keep_its_tables_in_a_directory_of_its_tenant(scene, workspace):
    written(scene, **{"target.catalog": {"directory": f"lakes/{ATTACKER}"}})
    done = workspace.dativo("run", "--config", JOB, *CLOUD)
    assert done.exit_code == 0, done.output
    assert (scene.root / "lakes" / ATTACKER / "catalog.db").exists()


def test_the_variable_names_the_mode_unless_the_command_line_does(scene, workspace, monkeypatch):
    scene.text("data/orders.csv", "id,note\n1,shared\n")
    reading(scene, "data/orders.csv")
    monkeypatch.setenv("DATIVO_MODE", "cloud")
    assert "place-outside-tenant" in workspace.dativo("run", "--config", JOB, "--secrets-dir", "secrets").output
    assert workspace.dativo("run", "--config", JOB, *CLOUD[:3], "self_hosted").exit_code == 0


def test_an_unknown_mode_is_no_lax_one(scene, workspace, monkeypatch):
    monkeypatch.setenv("DATIVO_MODE", "Cloud")
    done = workspace.dativo("run", "--config", JOB, "--secrets-dir", "secrets")
    assert (done.exit_code, "'Cloud' is not one of" in done.output) == (2, True)


def test_secrets_that_others_can_read_stop_the_job_that_needs_one(scene, workspace):
    scene.text(f"secrets/{ATTACKER}/place", f"data/{ATTACKER}")
    for path in (scene.root / "secrets", scene.root / "secrets" / ATTACKER):
        path.chmod(0o755)
    (scene.root / "secrets" / ATTACKER / "place").chmod(0o640)
    reading(scene, "${secret:place}/orders.csv")
    done = workspace.dativo("run", "--config", JOB, *CLOUD)
    assert (done.exit_code, "others on this machine can read" in done.output) == (2, True), done.output


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9000", "http://localhost:9000", "https://169.254.169.254"])
def test_this_machine_is_no_place_for_the_files_of_a_job(scene, workspace, endpoint):
    connection = {"endpoint": endpoint, "access_key_id": "${secret:a}", "secret_access_key": "${secret:b}"}
    written(scene, source={"files": [{"path": f"s3://{ATTACKER}/a.csv", "object": "orders"}], "connection": connection})
    done = workspace.dativo("run", "--config", JOB, *CLOUD)
    assert (done.exit_code, "address-refused" in done.output) == (2, True), done.output


def test_an_address_behind_a_secret_is_judged_when_it_is_known(scene, workspace):
    scene.text(f"secrets/{ATTACKER}/where.env", "ENDPOINT=http://127.0.0.1:9\nKEY=own-key-id\n")
    connection = {"endpoint": "${ENDPOINT}", "access_key_id": "${KEY}", "secret_access_key": "${secret:api_key}"}
    written(scene, source={"files": [{"path": f"s3://{ATTACKER}/a.csv", "object": "orders"}], "connection": connection})
    done = workspace.dativo("run", "--config", JOB, *CLOUD)
    assert (done.exit_code, "is refused: " in done.output) == (2, True), done.output


@pytest.mark.parametrize(("mode", "is_refused"), [("cloud", True), ("self_hosted", False)])
def test_an_address_that_a_secret_puts_into_a_recipe_is_the_tenants_in_cloud_mode(scene, workspace, mode, is_refused):
    scene.text(f"secrets/{ATTACKER}/where.env", "ENDPOINT=http://127.0.0.1:9\nKEY=own-key-id\n")
    recipe = json.loads((scene.root / RECIPE).read_text())
    s3 = {"endpoint": "${ENDPOINT}", "access_key_id": "${KEY}", "secret_access_key": "${secret:api_key}"}
    scene.write(RECIPE, recipe | {"connection_template": {"s3": s3}})
    written(
        scene,
        source={"files": [{"path": f"s3://{ATTACKER}/a.csv", "object": "orders"}]},
        retry_config={"max_attempts": 1},
    )
    done = workspace.dativo("run", "--config", JOB, *CLOUD[:3], mode)
    assert (done.exit_code, "is refused: " in done.output) == (2, is_refused), done.output


def test_a_boundary_that_keeps_to_its_own_survives_pickling(scene):
    import pickle

    from dativo_core.model.mode import Mode
    from dativo_core.places import boundary_of

    scene.mode = Mode.CLOUD
    boundary = boundary_of(scene.plan(), scene.services().secrets)
    found = pickle.loads(pickle.dumps(boundary))
    assert (isinstance(found, Boundary), found, found.only_own) == (True, boundary, True)
