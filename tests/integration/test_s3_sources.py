"""Jobs that load files from a real S3 service, through `run` and through Dagster; their keys appear nowhere."""

import base64
import gzip
import logging
import pickle
from pathlib import Path
from urllib.parse import quote

import dagster as dg
import pytest
from pyiceberg.catalog.sql import SqlCatalog

from dativo_core.errors import SecretError, SourceError, SourceUnavailable
from dativo_core.flow import FileIdentity, StreamOutcome
from dativo_core.plan.build import plan_job
from dativo_core.run import Services, read_states, run
from dativo_core.secrets.filesystem import FilesystemStore
from dativo_core.secrets.references import references_of
from dativo_core.sources.s3_files import S3Files
from dativo_dagster.compile import build_definitions
from dativo_dagster.resources import SecretsResource
from tests.canary import planted
from tests.dagster.command import dagster_command, job_execute, output
from tests.dagster.workspaces import BAD_ROW, GOOD_ROWS, HEADER, SOURCE_RECIPE, write_job, write_workspace
from tests.integration.tcp_proxy import breaking_proxy
from tests.s3_service import ACCESS_KEY, SECRET_KEY

WRONG_KEY = planted("cnryWrong-s3cr3t/1")
CONNECTION = """\
connection_template:
  s3:
    endpoint: ${S3_ENDPOINT}
    access_key_id: ${secret:lake.AWS_ACCESS_KEY_ID}
    secret_access_key: ${AWS_SECRET_ACCESS_KEY}
    region: ${S3_REGION:-us-east-1}
"""


@pytest.fixture
def bucket(s3_service):
    return s3_service.new_bucket()


@pytest.fixture
def root(s3_service, bucket, tmp_path):
    """A workspace whose job `acme/orders` loads `s3://<bucket>/in/*.csv*`, and the tenant's secrets."""
    root = write_workspace(tmp_path / "workspace")
    (root / "connectors" / "sources" / "csv.yaml").write_text(SOURCE_RECIPE + CONNECTION)
    write_job(root)
    job = root / "jobs" / "acme" / "orders.yaml"
    job.write_text(job.read_text().replace("seeds/orders*.csv", f"s3://{bucket}/in/*.csv*"))
    set_secrets(root, s3_service.endpoint, SECRET_KEY)
    return root


def set_secrets(root, endpoint, secret_key):
    path = root / "secrets" / "acme" / "lake.env"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"S3_ENDPOINT={endpoint}\nAWS_ACCESS_KEY_ID={ACCESS_KEY}\nAWS_SECRET_ACCESS_KEY={secret_key}\n")


def plan(root):
    check = plan_job(root, Path("jobs/acme/orders.yaml"))
    assert check.plan is not None, check.findings
    return check.plan


def services(root, **values):
    return Services(secrets=FilesystemStore(root / "secrets"), **values)


def load(root, **values):
    (report,) = run(plan(root), services(root, **values)).streams
    return report


def ids(root):
    catalog = SqlCatalog(
        "dativo", uri=f"sqlite:///{root}/.dativo/catalog.db", warehouse=f"file://{root}/.dativo/warehouse"
    )
    try:
        rows = catalog.load_table(("acme__sales", "orders")).scan().to_arrow()
        return sorted(zip(rows["id"].to_pylist(), rows["_dativo_file"].to_pylist(), strict=True))
    finally:
        catalog.engine.dispose()


def text(rows):
    return (HEADER + rows).encode()


def test_new_objects_are_loaded_once_and_known_by_their_entity_tag(s3_service, bucket, root):
    s3_service.put(bucket, **{"in/a.csv": text(GOOD_ROWS), "in/b.csv.gz": gzip.compress(text("7,x@y.org,1\n"))})
    assert load(root).counts.written == 3
    assert load(root).outcome is StreamOutcome.NOTHING_NEW
    s3_service.put(bucket, **{"in/c.csv": text("8,x@y.org,1\n")})
    assert load(root).counts.written == 1
    assert ids(root)[2:] == [(7, f"s3://{bucket}/in/b.csv.gz"), (8, f"s3://{bucket}/in/c.csv")]
    (found,) = read_states(plan(root), services(root))
    state = found.state
    assert [(file.path, file.sha256) for file in state.files] == [
        (f"s3://{bucket}/in/{name}", "") for name in ("a.csv", "b.csv.gz", "c.csv")
    ]
    assert all(file.etag for file in state.files)


def test_an_object_replaced_by_the_same_content_is_not_loaded_again(s3_service, bucket, root):
    s3_service.put(bucket, **{"in/a.csv": text(GOOD_ROWS)})
    load(root)
    s3_service.put(bucket, **{"in/a.csv": text(GOOD_ROWS)})
    assert load(root).outcome is StreamOutcome.NOTHING_NEW


def test_a_changed_object_cannot_be_appended_and_says_so(s3_service, bucket, root):
    s3_service.put(bucket, **{"in/a.csv": text(GOOD_ROWS)})
    load(root)
    s3_service.put(bucket, **{"in/a.csv": text(GOOD_ROWS + "9,x@y.org,1\n")})
    report = load(root)
    assert report.outcome is StreamOutcome.FAILED
    assert f"file s3://{bucket}/in/a.csv changed since it was loaded (was etag " in str(report.error)


def test_an_object_that_changes_between_planning_and_reading_is_planned_again(s3_service, bucket, root):
    s3_service.put(bucket, **{"in/a.csv": text(GOOD_ROWS), "in/b.csv": text("7,x@y.org,1\n")})
    changes = [text("8,x@y.org,1\n")]

    def change_b_while_a_is_read(progress):
        if changes:
            s3_service.put(bucket, **{"in/b.csv": changes.pop()})

    report = load(root, progress=change_b_while_a_is_read)
    assert (report.outcome, report.counts.written) == (StreamOutcome.COMMITTED, 3)
    assert [number for number, _ in ids(root)] == [1, 2, 8]


def test_a_service_that_goes_away_fails_the_run_even_where_files_may_be_rejected(s3_service, bucket, root):
    s3_service.put(bucket, **{"in/a.csv": text(GOOD_ROWS), "in/b.csv": text(GOOD_ROWS)})
    write_mode = root / "jobs" / "acme" / "orders.yaml"
    write_mode.write_text(write_mode.read_text().replace("mode: strict", "mode: warn"))
    with breaking_proxy(s3_service.endpoint, reset_after_bytes=2**40) as proxy:
        set_secrets(root, proxy.endpoint, SECRET_KEY)
        report = load(root, progress=lambda progress: proxy.close())
    assert report.outcome is StreamOutcome.FAILED
    assert isinstance(report.error, SourceUnavailable)
    assert report.rejected_files == ()


def test_local_files_and_objects_load_side_by_side(s3_service, bucket, root):
    s3_service.put(bucket, **{"in/a.csv": text(GOOD_ROWS)})
    job = root / "jobs" / "acme" / "orders.yaml"
    job.write_text(job.read_text().replace("files: [", "files: [{path: 'in/*.csv', object: orders}, "))
    report = load(root)
    assert "no file matches 'in/*.csv'" in str(report.error)
    (root / "in").mkdir()
    (root / "in" / "z.csv").write_bytes(text("9,x@y.org,1\n"))
    assert load(root).counts.written == 3
    assert ids(root)[2] == (9, "in/z.csv")


def test_wrong_keys_fail_the_run_without_showing_them(s3_service, bucket, root):
    set_secrets(root, s3_service.endpoint, WRONG_KEY)
    error = load(root).error
    assert isinstance(error, SourceError)
    assert "the secret key does not belong to the access key" in str(error)
    assert WRONG_KEY not in f"{error!r} {error} {error.context}"


def test_keys_that_were_changed_meanwhile_are_read_again_once(s3_service, bucket, root, caplog):
    caplog.set_level(logging.INFO, "dativo_core")
    s3_service.put(bucket, **{"in/a.csv": text(GOOD_ROWS)})
    set_secrets(root, s3_service.endpoint, WRONG_KEY)
    surroundings = services(root)
    assert surroundings.secrets.lookup("acme", "AWS_SECRET_ACCESS_KEY").reveal() == WRONG_KEY
    set_secrets(root, s3_service.endpoint, SECRET_KEY)
    (report,) = run(plan(root), surroundings).streams
    assert (report.outcome, report.counts.written) == (StreamOutcome.COMMITTED, 2)
    assert [record.event_type for record in caplog.records].count("secrets_loaded") == 2


def test_an_object_is_read_on_with_keys_that_changed_while_it_was_read(s3_service, bucket, root):
    s3_service.put(bucket, **{"a.csv": b"1234567890"})
    set_secrets(root, s3_service.endpoint, WRONG_KEY)
    references = references_of(plan(root), FilesystemStore(root / "secrets"), "self_hosted")
    files = S3Files(plan(root).source.connection, references)
    references.resolve("${S3_ENDPOINT}", "source.connection.endpoint")
    set_secrets(root, s3_service.endpoint, SECRET_KEY)
    with files.open(FileIdentity(f"s3://{bucket}/a.csv", 10, "", etag_of(s3_service, bucket, "a.csv"))) as opened:
        assert opened.read() == b"1234567890"


def etag_of(s3_service, bucket, key):
    return s3_service.client.head_object(Bucket=bucket, Key=key)["ETag"].strip('"')


def test_a_missing_secret_is_named_with_the_place_that_asks_for_it(s3_service, bucket, root):
    (root / "secrets" / "acme" / "lake.env").write_text(
        f"S3_ENDPOINT={s3_service.endpoint}\nAWS_SECRET_ACCESS_KEY=x1\n"
    )
    error = load(root).error
    assert isinstance(error, SecretError)
    assert "source.connection.access_key_id: no value for ${secret:lake.AWS_ACCESS_KEY_ID} of tenant acme" in str(error)


def forms(secret):
    return [secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode().rstrip("=")]


def assert_nowhere(content, what):
    for secret in (SECRET_KEY, ACCESS_KEY, WRONG_KEY):
        assert not [form for form in forms(secret) if form.encode() in content], f"{what} holds a key"


def test_the_plan_and_what_is_made_of_it_hold_references_only(s3_service, bucket, root):
    found = plan(root)
    before = found.digest
    set_secrets(root, s3_service.endpoint, WRONG_KEY)
    assert plan(root).digest == before
    for shown in (repr(found), str(found.to_json()), str(services(root))):
        assert_nowhere(shown.encode(), shown)
    assert_nowhere(pickle.dumps((found, services(root).secrets)), "the pickled plan")
    assert found.to_json()["source"]["connection"]["secret_access_key"] == "${AWS_SECRET_ACCESS_KEY}"


def test_keys_are_nowhere_in_what_dagster_and_the_lake_keep(s3_service, bucket, root, tmp_path, capfd, caplog):
    caplog.set_level(logging.INFO)
    s3_service.put(bucket, **{"in/a.csv": text(GOOD_ROWS)})
    home = tmp_path / "dagster"
    home.mkdir()
    with dg.DagsterInstance.local_temp(str(home)) as instance:
        good = execute(root, instance)
        s3_service.put(bucket, **{"in/b.csv": text(BAD_ROW)})
        bad = execute(root, instance)
        set_secrets(root, s3_service.endpoint, WRONG_KEY)
        refused = execute(root, instance)
    assert (good.success, bad.success, refused.success) == (True, False, False)
    assert [number for number, _ in ids(root)] == [1, 2]
    kept = [path for place in (home, root / ".dativo") for path in place.rglob("*") if path.is_file()]
    assert len(kept) > 10
    for path in kept:
        assert_nowhere(path.read_bytes(), path)
    written = capfd.readouterr()
    assert_nowhere(f"{written.out}{written.err}{caplog.text}".encode(), "output")


def execute(root, instance):
    definitions = dg.Definitions.merge(build_definitions(root))
    job = definitions.resolve_job_def("acme__orders")
    secrets = SecretsResource(secrets_dir=str(root / "secrets"))
    return job.execute_in_process(instance=instance, raise_on_error=False, resources={"secrets": secrets})


def test_dagster_job_execute_loads_objects_and_shows_no_key(root, s3_service, bucket, tmp_path):
    s3_service.put(bucket, **{"in/a.csv": text(GOOD_ROWS), "in/b.csv.gz": gzip.compress(text(BAD_ROW))})
    write_job(root, mode="warn")
    job = root / "jobs" / "acme" / "orders.yaml"
    job.write_text(job.read_text().replace("seeds/orders*.csv", f"s3://{bucket}/in/*.csv*"))
    command = dagster_command(root, tmp_path / "dagster")
    done = command(*job_execute("acme__orders"), DATIVO_SECRETS_DIR=str(root / "secrets"))
    assert done.returncode == 0, output(done)
    assert "outcome=committed rows_read=3 rows_written=2 rows_quarantined=1" in output(done)
    assert_nowhere(output(done).encode(), "output")
