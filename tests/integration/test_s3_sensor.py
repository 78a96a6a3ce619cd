"""Objects in a real S3 service that are new, changed or removed start the jobs of their own tenant."""

import dagster as dg
import pytest

from dativo_core.sources.s3_files import S3Files
from dativo_dagster.compile import build_definitions
from dativo_dagster.resources import SecretsResource
from tests.canary import planted
from tests.dagster import ticks
from tests.dagster.test_file_sensor import aged
from tests.dagster.workspaces import HEADER, SOURCE_RECIPE, write_job, write_workspace
from tests.integration.test_s3_sources import CONNECTION
from tests.s3_service import ACCESS_KEY, SECRET_KEY, Literal

TRIGGER = "triggers: {files: {interval_seconds: 1}}\ntarget: {write_mode: delete_insert}\n"
WRONG_KEY = planted("cnryWrong-s3cr3t/2")


@pytest.fixture
def bucket(s3_service):
    return s3_service.new_bucket()


@pytest.fixture
def root(s3_service, bucket, tmp_path):
    """Two tenants with the same job; the keys of one are wrong."""
    root = write_workspace(tmp_path / "workspace")
    (root / "connectors" / "sources" / "csv.yaml").write_text(SOURCE_RECIPE + CONNECTION)
    for tenant, key in (("acme", SECRET_KEY), ("bolt", WRONG_KEY)):
        write_job(root, tenant=tenant, extra=TRIGGER)
        job = root / "jobs" / tenant / "orders.yaml"
        job.write_text(job.read_text().replace("seeds/orders*.csv", f"s3://{bucket}/in/*.csv"))
        secrets = root / "secrets" / tenant / "lake.env"
        secrets.parent.mkdir(parents=True)
        secrets.write_text(
            f"S3_ENDPOINT={s3_service.endpoint}\nAWS_ACCESS_KEY_ID={ACCESS_KEY}\nAWS_SECRET_ACCESS_KEY={key}\n"
        )
    put(s3_service, bucket, "orders", "1,a@b.org,1\n")
    return root


def put(s3_service, bucket, name, rows):
    s3_service.put(bucket, **{f"in/{name}.csv": (HEADER + rows).encode()})


def repository(root):
    resources = {"secrets": SecretsResource(secrets_dir=str(root / "secrets"))}
    return build_definitions(root, resources).get_repository_def()


def tick(root, instance, cursor=None, tenant="acme"):
    return ticks.tick_of(repository(root), instance, f"{tenant}__file_sensor", aged(cursor))


def run(root, instance, request):
    resources = {"secrets": SecretsResource(secrets_dir=str(root / "secrets"))}
    job = build_definitions(root, resources).resolve_job_def("acme__orders")
    return job.execute_in_process(instance=instance, tags=request.tags, raise_on_error=False)


def test_new_changed_and_removed_objects_start_a_run_each(root, s3_service, bucket):
    changes = (
        lambda: None,
        lambda: put(s3_service, bucket, "more", "2,a@b.org,1\n"),
        lambda: put(s3_service, bucket, "more", "2,a@b.org,3\n"),
        lambda: s3_service.client.delete_object(Bucket=bucket, Key="in/more.csv"),
    )
    cursor = None
    with dg.DagsterInstance.ephemeral() as instance:
        for change in changes:
            change()
            data = tick(root, instance, cursor)
            (request,) = data.run_requests
            assert run(root, instance, request).success
            settled = tick(root, instance, data.cursor)
            assert settled.run_requests == []
            cursor = settled.cursor


def test_a_tenant_without_access_is_told_and_its_secrets_are_not(root):
    with dg.DagsterInstance.ephemeral() as instance:
        told = tick(root, instance, tenant="bolt")
        assert told.run_requests == []
        assert "refuses access" in told.skip_message
        assert WRONG_KEY not in told.skip_message
        assert len(tick(root, instance).run_requests) == 1


def test_a_bucket_that_does_not_exist_is_told(root, bucket):
    job = root / "jobs" / "acme" / "orders.yaml"
    job.write_text(job.read_text().replace(bucket, "no-such-bucket-anywhere"))
    with dg.DagsterInstance.ephemeral() as instance:
        assert "there is no bucket 'no-such-bucket-anywhere'" in tick(root, instance).skip_message


def test_hints_tell_the_objects_of_several_pages_and_of_plain_names(s3_service, bucket):
    s3_service.put_all(bucket, {f"in/{number:04}.csv": b"id\n" for number in range(1100)})
    s3_service.put(bucket, **{"in/.hidden.csv": b"", "in/deep/a.csv": b"", "in/0001.csv.bak": b""})
    files = S3Files(s3_service.connection, Literal())
    assert len(list(files.hints([f"s3://{bucket}/in/*.csv"]))) == 1100
    (one,) = files.hints([f"s3://{bucket}/in/0001.csv", f"s3://{bucket}/in/none.csv"])
    assert (one.path, one.size_bytes) == (f"s3://{bucket}/in/0001.csv", 3)
    assert one.version == files.identify(one.path).etag
