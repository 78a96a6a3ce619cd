"""A real S3 service asked by `check_infrastructure`: what works, and each way in which it does not, in its own words."""

import pytest

from dativo_core.health import ProbeStatus, check_infrastructure
from dativo_core.health.object_store import Store, store_answer
from dativo_core.health.result import Asker
from dativo_core.model.s3_connection import S3Connection
from dativo_core.plan.build import check_workspace
from dativo_core.secrets.filesystem import FilesystemStore
from dativo_core.workspace.load import load_workspace
from tests.canary import leaks
from tests.dagster.workspaces import SOURCE_RECIPE, write_job, write_workspace
from tests.s3_service import ACCESS_KEY, SECRET_KEY, Literal, or_without, running_s3
from tests.scripted_server import serving

CONNECTION = """\
connection_template:
  s3:
    endpoint: ${S3_ENDPOINT}
    access_key_id: ${secret:lake.AWS_ACCESS_KEY_ID}
    secret_access_key: ${secret:lake.AWS_SECRET_ACCESS_KEY}
"""
MINIO = """\
name: minio
type: minio
roles: [target]
connection_template:
  minio:
    endpoint: ${secret:lake.S3_ENDPOINT}
    bucket: BUCKET
    access_key: ${secret:lake.AWS_ACCESS_KEY_ID}
    secret_key: ${secret:lake.AWS_SECRET_ACCESS_KEY}
default_engine: {type: native}
file_format: parquet
"""
WRONG_KEY = "another-s3cr3t-9911"


@pytest.fixture
def bucket(s3_service):
    return s3_service.new_bucket()


def store(connection, **changes):
    return Store(connection.model_copy(update=changes), "target.connection", "acme/")


def answer(s3_service, bucket, **changes):
    return store_answer(store(s3_service.connection, bucket=bucket, **changes), Literal(), 5)


def workspace(tmp_path, s3_service, bucket, secret_key=SECRET_KEY, target=""):
    root = write_workspace(tmp_path / "workspace")
    (root / "connectors" / "sources" / "csv.yaml").write_text(SOURCE_RECIPE + CONNECTION)
    write_job(root)
    job = root / "jobs" / "acme" / "orders.yaml"
    text = job.read_text().replace("seeds/orders*.csv", f"s3://{bucket}/in/*.csv")
    if target:
        (root / "connectors" / "targets" / "minio.yaml").write_text(MINIO.replace("BUCKET", bucket))
        text = text.replace("targets/iceberg.yaml", "targets/minio.yaml")
    job.write_text(text)
    secrets = root / "secrets" / "acme" / "lake.env"
    secrets.parent.mkdir(parents=True, mode=0o700)
    secrets.write_text(
        f"S3_ENDPOINT={s3_service.endpoint}\nAWS_ACCESS_KEY_ID={ACCESS_KEY}\nAWS_SECRET_ACCESS_KEY={secret_key}\n"
    )
    return root


def results(root):
    checked = check_workspace(load_workspace(root, [root / "jobs"]))
    plans = [job.plan for job in checked.jobs if job.plan]
    assert plans, checked.findings
    return check_infrastructure(plans, Asker(FilesystemStore(root / "secrets"), "self_hosted"), time_limit_s=10)


def of_part(root, part):
    return [each for each in results(root) if each.part == part]


def test_a_bucket_that_works_is_listed_written_and_left_as_it_was(s3_service, bucket):
    found = answer(s3_service, bucket)
    assert found.status is ProbeStatus.OK, found
    assert abs(found.ahead_s) < 5
    assert s3_service.client.list_objects_v2(Bucket=bucket).get("Contents", []) == []


def test_a_wrong_key_an_unknown_key_and_a_missing_bucket_each_say_so(s3_service, bucket):
    wrong = answer(s3_service, bucket, secret_access_key=WRONG_KEY)
    assert wrong.message == f"{s3_service.endpoint} does not accept the secret key"
    assert wrong.hint == "Correct the keys of target.connection, or the clock"
    unknown = answer(s3_service, bucket, access_key_id="nobody")
    assert unknown.message == f"{s3_service.endpoint} does not know the access key"
    missing = answer(s3_service, "no-such-bucket")
    assert missing.message == f"there is no bucket 'no-such-bucket' at {s3_service.endpoint}"
    assert missing.hint == "Create it, or correct target.connection.bucket"
    assert "names no bucket" in answer(s3_service, None).message
    assert leaks([WRONG_KEY, SECRET_KEY], str(wrong), str(unknown), str(missing)) == []


def test_a_service_that_ignores_conditions_is_refused():
    """As some services do, this one takes whatever is written to it."""

    def takes_everything(connection):
        method = connection.recv(65536).split(b" ")[0]
        body = b"<ListBucketResult></ListBucketResult>" if method == b"GET" else b""
        head = f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)

    with serving(takes_everything) as port:
        own = S3Connection(endpoint=f"http://127.0.0.1:{port}", bucket="bucket")
        found = store_answer(Store(own, "target.connection", "acme/"), Literal(), 5)
    assert found.status is ProbeStatus.FAILED
    assert found.message == "s3://bucket/acme/ overwrites objects though it is asked not to (If-None-Match)"


def test_keys_that_may_only_read_are_told_what_they_lack(tmp_path):
    reader = ("reader", "s3cr3t-of-the-reader")
    with or_without(), running_s3(tmp_path, reader) as service:
        bucket = service.new_bucket()
        found = answer(service, bucket, access_key_id=reader[0], secret_access_key=reader[1])
        assert answer(service, bucket).status is ProbeStatus.OK
    assert found.status is ProbeStatus.FAILED
    assert found.message == f"the keys may not write to s3://{bucket}/acme/"
    assert found.hint.startswith("Allow s3:ListBucket on the bucket, s3:PutObject and s3:DeleteObject")


def test_a_source_in_s3_is_listed_and_never_written_to(s3_service, bucket, tmp_path):
    s3_service.put(bucket, **{"in/a.csv": b"id,email,amount\n1,a@b.org,1\n"})
    root = workspace(tmp_path, s3_service, bucket)
    (source,) = of_part(root, "source")
    assert (source.status, source.message) == (ProbeStatus.OK, "orders: 1 file(s), 28 bytes")
    (clock,) = of_part(root, "clock")
    assert f"s3://{bucket}/in/*.csv" in clock.message
    assert clock.status is ProbeStatus.OK
    assert [each["Key"] for each in s3_service.client.list_objects_v2(Bucket=bucket)["Contents"]] == ["in/a.csv"]


def test_a_source_whose_keys_are_refused_says_so_without_them(s3_service, bucket, tmp_path):
    root = workspace(tmp_path, s3_service, bucket, secret_key=WRONG_KEY)
    (source,) = of_part(root, "source")
    assert source.status is ProbeStatus.FAILED
    assert "refuses access: the secret key does not belong to the access key" in source.message
    assert leaks([WRONG_KEY, ACCESS_KEY], *map(str, results(root))) == []


def test_the_bucket_of_a_target_is_asked_under_the_prefix_of_its_tenant(s3_service, bucket, tmp_path):
    s3_service.put(bucket, **{"in/a.csv": b"id,email,amount\n1,a@b.org,1\n"})
    root = workspace(tmp_path, s3_service, bucket, target="minio")
    store, kind = of_part(root, "target")
    assert store.subject == f"s3://{bucket}/acme/ at ${{secret:lake.S3_ENDPOINT}}"
    assert (store.status, store.message) == (
        ProbeStatus.OK,
        "objects can be listed, written, kept from being overwritten, and deleted",
    )
    assert "not implemented in this version" in kind.message
