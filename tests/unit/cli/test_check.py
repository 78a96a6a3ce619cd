"""`dativo check`: one line per place with its remedy, JSON by part, exit code 2 when anything failed, and no secret."""

import errno
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from dativo_core.lake.local_probe import remedy
from tests.canary import leaks, new_canary
from tests.certificates import self_signed
from tests.scripted_server import http_answer, serving, with_tls
from tests.silent_server import closed_port, silent_server

S3_SOURCE = """\
name: csv_files
type: csv
roles: [source]
credentials: {type: none}
connection_template:
  s3:
    endpoint: ${S3_ENDPOINT}
    access_key_id: ${secret:lake.id}
    secret_access_key: ${secret:lake.key}
default_engine: {type: native}
"""
DATABASE = """\
name: postgres
type: postgres
roles: [source]
credentials: {type: basic, file_template: "/secrets/{tenant}/postgres.env"}
connection_template:
  host: ${PGHOST}
  port: ${PGPORT}
  database: shop
  user: reader
  password: ${PGPASSWORD}
default_engine: {type: native}
"""
API = """\
name: stripe
type: stripe
roles: [source]
credentials: {type: api_key, from_env: STRIPE_API_KEY, file_template: "/secrets/{tenant}/stripe_api_key"}
connection_template: {base_url: "${STRIPE_URL}"}
default_engine: {type: native}
"""


AS_NOBODY = """\
import os, sys
from pathlib import Path
from dativo_core.lake.local_probe import warehouse_answer
os.setuid(65534)
answer = warehouse_answer(Path(sys.argv[1]), 1)
print(f"{answer.message}. {answer.hint}")
"""


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    for name in ("S3_ENDPOINT", "PGHOST", "PGPORT", "PGPASSWORD", "STRIPE_URL", "STRIPE_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def events(result):
    return [json.loads(line)["event_type"] for line in result.stderr.splitlines()]


def s3_job(workspace, **secret):
    workspace.write("connectors/sources/csv.yaml", S3_SOURCE)
    workspace.write("secrets/acme/lake.json", json.dumps({"id": "an-id", "key": "a-key-0021", **secret}))
    return workspace.job(files="s3://bucket/in/*.csv")


def declared_job(workspace, recipe, name, source, object_name="orders"):
    workspace.write(f"connectors/sources/{name}.yaml", recipe)
    contract = (workspace.root / "assets" / "csv" / "v1.0" / "orders.yaml").read_text()
    contract = contract.replace("source_type: csv", f"source_type: {name}").replace("orders", object_name)
    workspace.write(f"assets/{name}/v1.0/orders.yaml", contract)
    job = workspace.job()
    text = (workspace.root / job).read_text().split("source:\n")[0]
    text = text.replace("sources/csv.yaml", f"sources/{name}.yaml").replace("assets/csv", f"assets/{name}")
    workspace.write(job, f"{text}source:\n  {source}\n")
    return job


def test_a_job_that_would_work_is_all_ok_and_nothing_is_created(workspace):
    job = workspace.job()
    before = sorted(workspace.root.rglob("*"))
    result = workspace.dativo("check", "--config", job)
    assert result.exit_code == 0, result.output
    assert [line.split()[:2] for line in result.stdout.splitlines()] == [
        ["ok", "source"], ["ok", "target"], ["ok", "catalog"], ["ok", "secrets"], ["ok", "clock"], ["5", "ok"],
    ]  # fmt: skip
    assert "in/orders-*.csv: orders: 1 file(s), 22 bytes" in result.stdout
    assert sorted(workspace.root.rglob("*")) == before
    assert events(result) == [
        "check_started",
        *(f"{part}_check_complete" for part in ("source", "target", "catalog", "secrets", "clock")),
        "check_complete",
    ]


def test_the_json_of_one_job_has_each_part_with_its_worst_answer(workspace):
    document = workspace.report("check", "--config", workspace.job(files="in/none-*.csv"))
    assert document["exit_code"] == 2
    assert document["source"]["status"] == "failed"
    assert document["source"]["message"].startswith("no file matches 'in/none-*.csv'")
    assert document["source"]["hint"].startswith("Check source.files")
    assert [document[part]["status"] for part in ("target", "catalog", "secrets", "clock")] == ["ok"] * 4
    assert [probe["subject"] for probe in document["catalog"]["probes"]] == ["local in ${DATIVO_LAKE:-lake}"]


def test_the_jobs_of_a_directory_are_checked_together_and_told_apart(workspace):
    workspace.job(files="in/none-*.csv")
    workspace.second_job("refunds")
    result = workspace.dativo("check", "--job-dir", "jobs/acme", "--verbose")
    assert result.exit_code == 2
    assert result.stdout.splitlines()[-1] == "1 failed, 5 ok"
    (catalog,) = [line for line in result.stdout.splitlines() if " catalog " in line]
    assert catalog.endswith(" s; orders, refunds)")
    document = workspace.report("check", "--job-dir", "jobs/acme")
    assert [(job["job"], job["source"]["status"]) for job in document["jobs"]] == [
        ("orders", "failed"),
        ("refunds", "ok"),
    ]
    assert events(result)[-1] == "check_failed"
    assert "source_check_failed" in events(result)


def test_a_broken_file_fails_the_check_and_the_other_jobs_are_asked(workspace):
    workspace.second_job("refunds")
    workspace.write("jobs/acme/broken.yaml", "tenant_id: acme\nsource: 5\n")
    result = workspace.dativo("check", "--job-dir", "jobs/acme")
    assert result.exit_code == 2
    assert result.stdout.startswith("jobs/acme/broken.yaml:")
    assert "orders: 1 file(s)" not in result.stdout
    assert "refunds: 1 file(s)" in result.stdout


def test_another_tenant_than_the_one_confirmed_is_refused(workspace):
    result = workspace.dativo("check", "--config", workspace.job(), "--tenant-id", "globex")
    assert result.exit_code == 2
    assert "--tenant-id is globex" in result.stderr
    assert workspace.dativo("check").exit_code == 2


def test_an_endpoint_that_is_down_slow_or_not_trusted_is_one_line_with_its_remedy_in_time(
    workspace, monkeypatch, tmp_path
):
    job = s3_job(workspace)

    def source(endpoint, limit="60"):
        monkeypatch.setenv("S3_ENDPOINT", endpoint)
        result = workspace.dativo("check", "--config", job, "--secrets-dir", "secrets", "--time-limit", limit)
        assert result.exit_code == 2
        (line,) = [line for line in result.stdout.splitlines() if " source " in line]
        return line.partition("*.csv: ")[2]

    closed = closed_port()
    assert source(f"http://{closed}") == f"nothing listens at {closed}. Start the service, or correct its host and port"
    with silent_server() as place:
        # On a busy machine the wait ends before the place itself can be blamed.
        assert re.match(
            f"({place} takes connections and does not|no) answer within 1 s. Check", source(f"http://{place}", "1")
        )
    with serving(with_tls(self_signed(tmp_path, "localhost"), http_answer())) as port:
        assert source(f"https://localhost:{port}").startswith(
            f"the certificate of localhost:{port} is signed by itself. Have"
        )
    with serving(http_answer()) as port:
        assert source(f"https://localhost:{port}").startswith(f"localhost:{port} does not speak TLS. Name")
    assert source("https://no-such-host.invalid").startswith("the host no-such-host.invalid has no address. Check how")
    assert "is no address" in source("ftp://localhost") or "not an address" in source("ftp://localhost")


@pytest.mark.parametrize(("minutes", "status"), [(0, "ok"), (5, "warning"), (-20, "failed")])
def test_a_clock_that_a_store_contradicts_is_told_also_where_the_store_refuses(workspace, monkeypatch, minutes, status):
    told = format_datetime(datetime.now(UTC) + timedelta(minutes=minutes), usegmt=True)
    job = s3_job(workspace)
    with serving(http_answer("403 Forbidden", Date=told, Connection="close")) as port:
        monkeypatch.setenv("S3_ENDPOINT", f"http://localhost:{port}")
        document = workspace.report("check", "--config", job, "--secrets-dir", "secrets")
    assert document["source"]["status"] == "failed"
    assert document["clock"]["status"] == status
    assert ("Set the clock of this machine" in document["clock"]["hint"]) is (status != "ok")


def test_hosts_and_addresses_of_types_without_code_are_asked_too(workspace, monkeypatch):
    closed = closed_port()
    monkeypatch.setenv("PGHOST", "localhost")
    monkeypatch.setenv("PGPORT", closed.rpartition(":")[2])
    monkeypatch.setenv("PGPASSWORD", "p")
    tables = "tables: [{name: public.orders, object: orders}]"
    result = workspace.dativo("check", "--config", declared_job(workspace, DATABASE, "postgres", tables))
    assert result.exit_code == 2
    assert "postgres at ${PGHOST}:${PGPORT}: nothing listens at localhost:" in result.stdout
    assert "the source type 'postgres' is declared in the registry, not implemented" in result.stdout


def test_a_host_that_is_a_socket_among_the_files_is_not_looked_for_in_the_network(workspace, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "p")
    monkeypatch.setenv("PGPORT", "5432")
    job = declared_job(workspace, DATABASE, "postgres", "tables: [{name: public.orders, object: orders}]")
    monkeypatch.setenv("PGHOST", "/run/postgresql")
    probes = workspace.report("check", "--config", job)["source"]["probes"]
    assert [(each["status"], each["message"]) for each in probes if " at " in each["subject"]] == [
        ("skipped", "a socket among the files of this machine")
    ]


def test_the_base_url_of_an_api_is_asked_without_its_key(workspace, monkeypatch):
    monkeypatch.setenv("STRIPE_API_KEY", "sk-canary-0077")
    with serving(http_answer("401 Unauthorized")) as port:
        monkeypatch.setenv("STRIPE_URL", f"http://localhost:{port}/v1")
        job = declared_job(workspace, API, "stripe", "objects: [customers]", object_name="customers")
        result = workspace.dativo("check", "--config", job)
    assert f"stripe at ${{STRIPE_URL}}: localhost:{port} answers" in result.stdout
    assert "the variable STRIPE_API_KEY for the source stripe: it is there" in result.stdout


def test_missing_secrets_are_named_with_where_to_put_them(workspace, monkeypatch):
    monkeypatch.setenv("PGHOST", "localhost")
    job = declared_job(workspace, DATABASE, "postgres", "tables: [{name: public.orders, object: orders}]")
    document = workspace.report("check", "--config", job, "--secrets-dir", "secrets")
    assert document["secrets"]["status"] == "failed"
    assert document["secrets"]["hint"] == "Add it to secrets/acme"


def test_a_directory_of_secrets_that_is_not_there_is_a_warning(workspace):
    result = workspace.dativo("check", "--config", workspace.job(), "--secrets-dir", "secerts")
    assert result.exit_code == 0
    assert "there is no directory secerts. Create it, or correct --secrets-dir" in result.stdout


def test_secrets_that_cannot_be_read_are_one_failure_and_what_needs_them_is_skipped(workspace):
    workspace.write("secrets/acme/lake.json", "{broken").parent.chmod(0o700)
    target = workspace.root / "connectors/targets/iceberg.yaml"
    target.write_text(target.read_text().replace("${DATIVO_LAKE:-lake}", "${secret:lake.directory}"))
    document = workspace.report("check", "--config", workspace.job(), "--secrets-dir", "secrets")
    statuses = {part: document[part]["status"] for part in ("source", "target", "catalog", "secrets", "clock")}
    skipped = {"target": "skipped", "catalog": "skipped"}
    assert statuses == {"source": "ok", **skipped, "secrets": "failed", "clock": "ok"}
    assert document["target"]["message"] == "not asked, as the secrets cannot be read"


def test_secrets_that_others_can_read_are_warned_about(workspace):
    path = workspace.write("secrets/acme/lake.json", "{}")
    path.parent.chmod(0o755)
    path.chmod(0o644)
    arguments = ("check", "--config", workspace.job(), "--secrets-dir", "secrets")
    result = workspace.dativo(*arguments)
    assert result.exit_code == 0
    assert "everybody on this machine can read lake.json. chmod -R o= " in result.stdout
    path.chmod(0o600)
    assert "warning" not in workspace.dativo(*arguments).stdout


def test_a_catalog_that_is_locked_is_a_warning_and_one_that_is_none_a_failure(workspace):
    job = workspace.job()
    assert workspace.dativo("run", "--config", job).exit_code == 0
    database = workspace.root / "lake" / "catalog.db"
    holder = sqlite3.connect(database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    arguments = ("check", "--config", job, "--time-limit", "0.5")
    result = workspace.dativo(*arguments)
    holder.close()
    assert result.exit_code == 0
    assert "catalog.db has been locked by another process for 0.5 s. See which process holds it" in result.stdout
    assert "it can be read and written, 1 table(s)" in workspace.dativo(*arguments).stdout
    database.write_bytes(b"this is no database" * 100)
    result = workspace.dativo(*arguments)
    assert result.exit_code == 2
    assert "catalog.db is not a catalog that can be used: file is not a database. Restore it" in result.stdout


def test_a_lake_that_is_a_file_or_has_a_strange_name_is_told(workspace, monkeypatch):
    workspace.write("lake", "")
    assert (
        "lake is a file, not a directory. Move it away" in workspace.dativo("check", "--config", workspace.job()).stdout
    )
    monkeypatch.setenv("DATIVO_LAKE", "a%b")
    document = workspace.report("check", "--config", workspace.job())
    assert "has % in its path" in document["target"]["message"]
    assert document["catalog"]["status"] == "skipped"
    (workspace.root / "linked").symlink_to("not-mounted/lake")
    monkeypatch.setenv("DATIVO_LAKE", "linked")
    result = workspace.dativo("check", "--config", workspace.job())
    assert "linked is a link to what is not there. Create what it leads to, or mount it" in result.stdout


@pytest.mark.parametrize(
    ("number", "told"), [(errno.ENOSPC, "Free space"), (errno.EDQUOT, "Free space"), (errno.EACCES, "Give the user")]
)
def test_the_remedy_fits_what_keeps_a_directory_from_being_written_to(number, told):
    assert remedy(OSError(number, "no")).startswith(told)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody without rights")
def test_a_directory_without_rights_is_told_with_the_remedy():
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        done = subprocess.run([sys.executable, "-c", AS_NOBODY, directory], capture_output=True, text=True)
    assert done.stdout == (
        f"{directory} cannot be written to by the user of this process. "
        "Give the user of this process the right to write there, or choose another directory\n"
    ), done.stderr


def test_no_secret_is_in_any_answer_log_or_json(workspace, monkeypatch):
    canary, another = new_canary("s3"), new_canary("pg")
    job = s3_job(workspace, key=canary)
    monkeypatch.setenv("S3_ENDPOINT", f"http://user:{another}@localhost:9")
    result = workspace.dativo("check", "--config", job, "--secrets-dir", "secrets", "--json")
    assert result.exit_code == 2
    assert leaks([canary], result.stdout, result.stderr) == []
    assert another[:12] not in result.stdout + result.stderr
