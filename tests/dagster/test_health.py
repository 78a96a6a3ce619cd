"""A Dagster run says in its own log what the places of its job lack; loading the jobs asks nobody."""

import pytest

from dativo_dagster.health import probes
from dativo_dagster.home import LOCK, hold, prepare_home
from tests.canary import leaks, new_canary
from tests.dagster.command import MODULE, dagster_command, job_execute, output
from tests.dagster.workspaces import SOURCE_RECIPE, write_job, write_rows, write_workspace
from tests.scripted_server import serving
from tests.silent_server import closed_port

CONNECTION = """\
connection_template:
  s3:
    endpoint: ${S3_ENDPOINT}
    access_key_id: ${secret:lake.access_key_id}
    secret_access_key: ${secret:lake.secret_access_key}
"""
ONCE = "retry_config: {max_attempts: 1}\n"


@pytest.fixture
def root(tmp_path):
    root = write_workspace(tmp_path / "workspace")
    write_job(root, extra=ONCE)
    write_rows(root)
    return root


def in_s3(root, secret_key):
    (root / "connectors" / "sources" / "csv.yaml").write_text(SOURCE_RECIPE + CONNECTION)
    job = root / "jobs" / "acme" / "orders.yaml"
    job.write_text(job.read_text().replace("seeds/orders*.csv", "s3://bucket/in/*.csv"))
    return {
        "DATIVO_SECRET__ACME__LAKE__JSON": f'{{"access_key_id": "an-id", "secret_access_key": "{secret_key}"}}',
    }


def line_with(done, text):
    return next(line for line in output(done).splitlines() if text in line)


def test_a_run_whose_store_is_down_says_so_in_one_line_with_the_remedy(root, tmp_path):
    secret = new_canary("run").replace('"', "")
    closed = closed_port()
    variables = {**in_s3(root, secret), "S3_ENDPOINT": f"http://{closed}"}
    done = dagster_command(root, tmp_path / "dagster")(*job_execute("acme__orders"), **variables)
    assert done.returncode != 0
    told = line_with(done, "source_check_failed")
    assert (
        f"source s3://bucket/in/*.csv: nothing listens at {closed}. Start the service, or correct its host and port"
        in told
    )
    assert "ERROR" in told
    assert leaks([secret], output(done), tmp_path) == []


def test_a_run_whose_lake_is_no_directory_says_so(root, tmp_path):
    (root / ".dativo").write_text("")
    done = dagster_command(root, tmp_path / "dagster")(*job_execute("acme__orders"))
    assert done.returncode != 0
    assert ".dativo is a file, not a directory. Move it away, or choose another" in line_with(
        done, "target_check_failed"
    )


def test_missing_secrets_are_warned_about_when_a_run_starts(root, tmp_path):
    in_s3(root, "unused")
    done = dagster_command(root, tmp_path / "dagster")(*job_execute("acme__orders"), S3_ENDPOINT="http://localhost:9")
    assert done.returncode != 0
    warning = line_with(done, "secrets_warning source.connection.access_key_id")
    assert "needs the secret lake.access_key_id of tenant acme. Add it to variables DATIVO_SECRET__ACME__" in warning
    assert "WARNING" in warning


def test_loading_jobs_connects_to_nobody_and_looks_for_no_secret(root, tmp_path):
    in_s3(root, "unused")
    asked = []
    with serving(lambda connection: asked.append(connection.recv(1))) as port:
        endpoint = f"http://localhost:{port}"
        validate = ("dagster", "definitions", "validate", "-m", MODULE)
        loaded = dagster_command(root, tmp_path / "dagster")(*validate, S3_ENDPOINT=endpoint)
    assert loaded.returncode == 0, output(loaded)
    assert "secrets_warning" not in output(loaded)
    assert asked == []


def test_a_run_that_works_says_nothing_of_its_places(root, tmp_path):
    done = dagster_command(root, tmp_path / "dagster")(*job_execute("acme__orders"))
    assert done.returncode == 0, output(done)
    assert "_check_" not in output(done)
    assert "secrets_warning" not in output(done)


def test_the_place_of_dagsters_records_is_looked_at(tmp_path, monkeypatch):
    def told():
        return [(each.subject, each.ask(1)) for each in probes(tmp_path)]

    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    (_, unset), (_, home), (_, running) = told()
    assert unset.message == f"not set; dativo start orchestrated uses {tmp_path}/.dativo/dagster"
    assert home.message.startswith("can be created")
    assert running.message == "it was never started here; schedules start nothing until it is"
    monkeypatch.setenv("DAGSTER_HOME", "relative")
    assert told()[0][1].message == "it is no absolute path, which Dagster refuses"
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "none"))
    assert told()[0][1].hint == f"mkdir -p {tmp_path}/none"
    (tmp_path / "none").mkdir()
    assert told()[1][1].message == "dagster.yaml is missing there"


def test_an_orchestrator_at_work_is_told_from_one_that_has_ended(tmp_path, monkeypatch):
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    with hold(prepare_home(tmp_path)):
        assert probes(tmp_path)[2].ask(1).message == "page and daemon are at work"
    assert probes(tmp_path)[2].ask(1).message == "it is not running; schedules start nothing until it is"


def test_a_lock_that_cannot_be_read_is_told_with_the_remedy(tmp_path, monkeypatch):
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    home = prepare_home(tmp_path)
    (home / LOCK).unlink(missing_ok=True)
    (home / LOCK).mkdir()
    found = probes(tmp_path)[2].ask(1)
    assert (found.status, found.hint) == ("warning", "Give the user of this process the right to read it")
