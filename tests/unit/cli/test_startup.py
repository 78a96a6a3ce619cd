"""What `dativo run` finds out before the first job, as events in their order, and what it does about it."""

import json
import logging
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from dativo_core.cli.jobs import one_plan
from dativo_core.run import Services, surroundings
from dativo_core.secrets.filesystem import FilesystemStore
from tests.silent_server import closed_port

STEPS = ["env_validated", "infra_validated", "state_initialized"]
S3_SOURCE = """\
name: csv_files
type: csv
roles: [source]
credentials: {type: none}
connection_template:
  s3: {endpoint: "ENDPOINT", access_key_id: "${ACME_KEY_ID}", secret_access_key: "${secret:lake.key}", region: us-east-1}
default_engine: {type: native}
"""
ONE_TRY = "retry_config: {max_attempts: 1}\n"


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    for name in ("DATIVO_SECRET_MANAGER_CONFIG", "ACME_KEY_ID", "AWS_CA_BUNDLE", "DATIVO_LAKE"):
        monkeypatch.delenv(name, raising=False)


def lines(result):
    return [json.loads(line) for line in result.stderr.splitlines() if line.startswith("{")]


def events(result):
    """Return the types of the events of start-up in their order, those of contracts left out."""
    found = [line["event_type"] for line in lines(result)]
    stop = found.index("startup_complete") + 1 if "startup_complete" in found else len(found)
    return [event for event in found[:stop] if event != "asset_loaded"]


def of_type(result, event):
    return [line for line in lines(result) if line["event_type"] == event]


def from_s3(workspace, endpoint, name="far"):
    """Add a job whose files are in a bucket that is reached with a variable and a secret."""
    workspace.write("connectors/sources/s3.yaml", S3_SOURCE.replace("ENDPOINT", endpoint))
    path = workspace.second_job(name, files="s3://bucket/a.csv")
    text = (workspace.root / path).read_text().replace("sources/csv.yaml", "sources/s3.yaml")
    workspace.write(path, text + ONE_TRY)
    return path


def second_lake(workspace, name, directory):
    """Let a new job load into a lake of its own."""
    target = (workspace.root / "connectors/targets/iceberg.yaml").read_text()
    workspace.write(f"connectors/targets/{name}.yaml", target.replace("${DATIVO_LAKE:-lake}", directory))
    path = workspace.second_job(name)
    workspace.write(path, (workspace.root / path).read_text().replace("targets/iceberg.yaml", f"targets/{name}.yaml"))
    return path


@pytest.mark.parametrize("option", ["--config", "--job-dir"])
def test_the_steps_are_events_in_their_order_for_one_job_and_for_a_directory(workspace, option):
    path = workspace.job()
    result = workspace.dativo("run", option, path if option == "--config" else "jobs/acme")
    assert events(result) == ["tenant_inferred", "startup_begin", *STEPS, "startup_complete"]
    told = lines(result)
    assert {line["tenant_id"] for line in told} == {"acme"}
    (begin,), (complete,) = of_type(result, "startup_begin"), of_type(result, "startup_complete")
    assert (begin["job_count"], complete["job_count"], complete["warning_count"]) == (1, 1, 0)
    after = [line["event_type"] for line in told][[line["event_type"] for line in told].index("startup_complete") :]
    assert after[1:3] == ["job_validated", "job_started"]


def test_success_is_told_after_it_happened(workspace):
    result = workspace.dativo("run", "--config", workspace.job())
    (state,), (commit,) = of_type(result, "state_initialized"), of_type(result, "commit_success")
    assert state["directory"] == str(workspace.root / "lake")
    assert (workspace.root / "lake" / "catalog.db").is_file()
    document = workspace.report("state", "show", "--config", "jobs/acme/orders.yaml")
    assert commit["snapshot_id"] == document[0]["state"]["snapshot_id"]
    assert isinstance(commit["snapshot_id"], int)


def test_nothing_configured_and_nothing_running_is_clear_warnings_and_the_embedded_default_works(workspace):
    workspace.job()
    from_s3(workspace, f"http://{closed_port()}")
    started = time.monotonic()
    result = workspace.dativo("run", "--job-dir", "jobs/acme")
    assert time.monotonic() - started < 20
    assert events(result) == [
        "tenant_inferred",
        "startup_begin",
        "secrets_warning",
        "env_validation_warning",
        "infra_validated",
        "state_initialized",
        "startup_complete",
    ]
    (secret,), (variable,) = of_type(result, "secrets_warning"), of_type(result, "env_validation_warning")
    assert secret["message"] == (
        "source.connection.secret_access_key needs the secret lake.key of tenant acme. "
        "Add it to variables DATIVO_SECRET__ACME__…"
    )
    assert variable["missing"] == ["${ACME_KEY_ID}"]
    assert variable["places"] == ["connectors/sources/s3.yaml:6: source.connection.access_key_id"]
    assert "acme/orders: committed 2 rows" in result.stdout
    assert "acme/far: failed" in result.stdout
    assert "no value for ${ACME_KEY_ID}" in result.stdout
    assert result.exit_code == 2


def test_a_place_that_does_not_answer_is_a_warning_in_time_and_stops_its_job_alone(workspace, monkeypatch):
    monkeypatch.setenv("ACME_KEY_ID", "id")
    monkeypatch.setenv("DATIVO_SECRET__ACME__LAKE__JSON", '{"key": "canary-0930"}')
    workspace.job()
    from_s3(workspace, f"http://{closed_port()}")
    result = workspace.dativo("run", "--job-dir", "jobs/acme")
    (warning,) = of_type(result, "infrastructure_warning")
    assert (warning["part"], warning["status"], warning["jobs"]) == ("source", "failed", ["far"])
    assert warning["hint"]
    assert "infra_validated" not in events(result)
    assert "acme/orders: committed 2 rows" in result.stdout
    assert result.exit_code == 2
    assert "canary-0930" not in result.output


def test_all_variables_without_a_value_are_one_warning_with_their_places(workspace):
    for name in ("one", "two"):
        second_lake(workspace, name, f"${{LAKE_{name.upper()}}}/${{env:LAKE_BASE}}")
    result = workspace.dativo("run", "--job-dir", "jobs/acme")
    (warning,) = of_type(result, "env_validation_warning")
    assert warning["missing"] == ["${LAKE_ONE}", "${env:LAKE_BASE}", "${LAKE_TWO}", "${env:LAKE_BASE}"]
    assert set(warning["places"]) == {
        f"connectors/targets/{name}.yaml:7: target.catalog.directory" for name in ("one", "two")
    }
    assert "no value for ${LAKE_ONE} (connectors/targets/one.yaml:7: target.catalog.directory)" in warning["message"]
    assert (result.exit_code, "env_validated" in events(result)) == (2, False)


def test_state_that_cannot_be_written_is_a_warning_and_stops_the_jobs_that_keep_it_there(workspace):
    workspace.job()
    workspace.write("taken", "a file, not a directory")
    second_lake(workspace, "lost", "taken")
    workspace.write("broken/catalog.db", "no database at all, but long enough to be read as the header of one" * 20)
    second_lake(workspace, "torn", "broken")
    result = workspace.dativo("run", "--job-dir", "jobs/acme")
    warnings = [line["message"] for line in of_type(result, "state_warning")]
    assert len(warnings) == 2
    assert any("taken" in text for text in warnings)
    assert any("is not a catalog that can be used" in text for text in warnings)
    assert [line["directory"] for line in of_type(result, "state_initialized")] == [str(workspace.root / "lake")]
    assert result.stdout.splitlines()[-1] == "3 jobs: 1 complete, 2 failed"


def test_a_job_that_is_not_valid_is_told_and_never_started(workspace):
    workspace.job()
    workspace.write("jobs/acme/broken.yaml", "tenant_id: acme\nnonsense: 1\n")
    result = workspace.dativo("run", "--job-dir", "jobs/acme")
    told = of_type(result, "job_validation_error")
    assert {line["job_name"] for line in told} == {"broken"}
    assert ("jobs/acme/broken.yaml:2", "nonsense") in {(line["place"], line["key_path"]) for line in told}
    assert {line["job_name"] for line in of_type(result, "job_started")} == {"orders"}
    assert result.exit_code == 2


def test_a_tenant_that_is_asked_for_is_confirmed_and_said(workspace):
    path = workspace.job()
    result = workspace.dativo("run", "--config", path, "--tenant-id", "acme")
    assert events(result)[:2] == ["tenant_override", "startup_begin"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), "the jobs belong to several tenants: acme (jobs/acme/orders.yaml), beta (jobs/beta/orders.yaml)"),
        (("--tenant-id", "acme"), "--tenant-id is acme, but there are jobs of acme (jobs/acme/orders.yaml), beta"),
    ],
)
def test_jobs_of_another_tenant_end_everything_before_anything_is_looked_at(workspace, options, told):
    workspace.job()
    workspace.job(tenant="beta")
    result = workspace.dativo("run", "--job-dir", "jobs", *options)
    assert (result.exit_code, events(result)) == (2, ["jobs_load_error"])
    assert told in of_type(result, "jobs_load_error")[0]["message"]
    assert not (workspace.root / "lake").exists()


def test_a_file_that_is_missing_among_others_is_told(workspace):
    result = workspace.dativo("run", "--config", "jobs/acme/none.yaml")
    (line,) = of_type(result, "jobs_load_error")
    assert "jobs/acme/none.yaml" in line["hint"]
    assert result.exit_code == 2


def test_an_explicit_secrets_directory_selects_files_whatever_the_variables_say(workspace, monkeypatch):
    monkeypatch.setenv("DATIVO_SECRET_MANAGER", "env")
    monkeypatch.setenv("DATIVO_SECRET__ACME__LAKE__ENV", "DATIVO_LAKE=from_variables")
    workspace.write("secrets/acme/lake.env", "DATIVO_LAKE=from_files\n")
    workspace.write("secrets/acme/api_key.txt", "canary-0931").parent.chmod(0o700)
    path = workspace.job()
    result = workspace.dativo("run", "--config", path, "--secrets-dir", "secrets")
    assert events(result)[:3] == ["tenant_inferred", "startup_begin", "secrets_loaded"]
    assert of_type(result, "secrets_loaded")[0]["secret_count"] == 2
    assert (workspace.root / "from_files").is_dir()
    result = workspace.dativo("run", "--config", path)
    assert of_type(result, "secrets_loaded")[0]["secret_count"] == 1
    assert (workspace.root / "from_variables").is_dir()
    assert "canary-0931" not in result.output


def test_a_secrets_directory_without_the_tenant_is_a_warning(workspace):
    result = workspace.dativo("run", "--config", workspace.job(), "--secrets-dir", "nowhere")
    assert events(result)[:3] == ["tenant_inferred", "startup_begin", "secrets_warning"]
    assert result.exit_code == 0


def test_secrets_are_fetched_once_for_all_jobs(workspace):
    workspace.write("secrets/acme/lake.env", "DATIVO_LAKE=lake\n")
    for name in ("a", "b", "c"):
        workspace.second_job(name)
    result = workspace.dativo("run", "--job-dir", "jobs/acme", "--secrets-dir", "secrets", "--max-parallel", "3")
    assert (result.exit_code, len(of_type(result, "secrets_loaded"))) == (0, 1)


def test_a_dry_run_makes_no_catalog(workspace):
    result = workspace.dativo("run", "--config", workspace.job(), "--dry-run")
    assert (result.exit_code, "state_initialized" in events(result)) == (0, False)
    assert not (workspace.root / "lake").exists()


def test_start_up_where_the_catalog_is_there_does_not_open_it_as_a_load_does(workspace, monkeypatch):
    """Which would take as long as the rest of a run with nothing new."""
    path = workspace.job()
    workspace.dativo("run", "--config", path)
    monkeypatch.setattr(surroundings, "open_lake", None)
    result = workspace.dativo("run", "--config", path)
    assert (result.exit_code, "state_initialized" in events(result)) == (0, True)


@pytest.mark.parametrize("fault", ["torn", "dangling"])
def test_a_fault_of_the_embedded_lake_is_told_once(workspace, fault):
    path = workspace.job()
    if fault == "dangling":
        (workspace.root / "lake").symlink_to("not-mounted/lake")
    else:
        workspace.write("lake/catalog.db", "this is no database" * 100)
    result = workspace.dativo("run", "--config", path)
    (warning,) = [line for line in lines(result) if line["level"] == "WARNING"]
    assert warning["event_type"] == "state_warning"
    assert not {"state_initialized", "infrastructure_warning"} & set(events(result))


def test_a_catalog_that_another_process_holds_is_told_once_and_not_called_initialised(workspace, monkeypatch, caplog):
    plan = one_plan(workspace.root, Path(workspace.job()))
    database = workspace.write("lake/catalog.db", "")
    services = Services(FilesystemStore(workspace.root / "secrets"))
    monkeypatch.setattr(surroundings, "PROBE_LIMIT_S", 0.2)
    caplog.set_level(logging.INFO)
    with closing(sqlite3.connect(database, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        (warning,) = surroundings.prepare_surroundings([plan], services, creates=True)
    assert warning.event == "state_warning"
    assert "catalog.db has been locked by another process for 0.2 s. See which process holds it" in warning.text
    assert "state can be written" not in caplog.messages
