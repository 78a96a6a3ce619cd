import dagster as dg
import pytest

from dativo_core.errors import ConfigError, SecretError
from dativo_core.model.s3_connection import S3Connection
from dativo_core.sources.s3_client import Patience, open_client
from dativo_dagster.compile import build_definitions
from dativo_dagster.resources import NessieResource, S3Resource, SecretsResource, default_resources, sealed
from tests.s3_service import Literal


@pytest.fixture
def secrets(tmp_path, monkeypatch):
    for name in ("S3_ENDPOINT", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "NESSIE_URI"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "s3.env").write_text(
        "S3_ENDPOINT=http://localhost:9000\nAWS_ACCESS_KEY_ID=who\nAWS_SECRET_ACCESS_KEY=canary-5d1\n"
    )
    (tmp_path / "other").mkdir()
    return SecretsResource(secrets_dir=str(tmp_path))


def test_a_client_is_made_with_the_secrets_of_the_tenant(secrets):
    client = S3Resource().client(secrets, "acme")
    assert client.meta.endpoint_url == "http://localhost:9000"
    assert client.meta.region_name == "us-east-1"


def test_the_client_is_the_one_that_sources_are_read_with(secrets):
    client = S3Resource().client(secrets, "acme")
    sources = S3Connection(
        endpoint="http://localhost:9000",
        region="us-east-1",
        access_key_id="who",
        secret_access_key="canary-5d1",
        path_style_access=True,
    )
    assert client is open_client(sources, Literal())
    settings = client.meta.config
    assert (settings.connect_timeout, settings.read_timeout) == (Patience().connect_s, Patience().read_s)
    assert settings.proxies == {}
    assert client._endpoint.http_session._verify


def test_an_endpoint_that_is_none_is_told_as_the_resources_own(secrets):
    with pytest.raises(ConfigError, match=r"the s3 resource\.endpoint: the endpoint has more than a host and a port"):
        S3Resource(endpoint="http://localhost:9000/x?y=1").client(secrets, "acme")


def test_a_tenant_without_keys_is_told_which_are_missing(secrets):
    with pytest.raises(SecretError, match="AWS_ACCESS_KEY_ID"):
        S3Resource().client(secrets, "other")


def test_a_key_that_is_written_out_is_refused(secrets):
    with pytest.raises(ConfigError, match="secret_access_key of the s3 resource is written out"):
        S3Resource(secret_access_key="canary-5d1").client(secrets, "acme")


def test_the_address_of_nessie_comes_from_the_environment(secrets, monkeypatch):
    monkeypatch.setenv("NESSIE_URI", "http://localhost:19120/api/v2")
    assert NessieResource().uri_of(secrets, "acme") == "http://localhost:19120/api/v2"


def test_an_address_that_nobody_set_is_an_error_only_when_asked_for(secrets):
    with pytest.raises(SecretError, match="NESSIE_URI"):
        NessieResource().uri_of(secrets, "acme")


def test_fields_hold_no_secret(secrets):
    bound = {**default_resources(), "secrets": secrets}
    S3Resource().client(secrets, "acme")
    assert "canary-5d1" not in repr(bound)


def test_the_environment_names_the_directory_and_the_mode(monkeypatch, tmp_path):
    monkeypatch.setenv("DATIVO_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("DATIVO_MODE", "cloud")
    secrets = default_resources()["secrets"]
    assert (secrets.secrets_dir, secrets.mode) == (str(tmp_path), "cloud")
    assert isinstance(secrets, dg.ConfigurableResource)


def test_whoever_launches_a_run_cannot_set_a_resource(workspace):
    job = build_definitions(workspace).resolve_job_def("acme__orders")
    assert dg.validate_run_config(job, {})
    with pytest.raises(dg.DagsterInvalidConfigError, match="secrets_dir"):
        dg.validate_run_config(job, {"resources": {"secrets": {"config": {"secrets_dir": "/etc"}}}})


def test_a_sealed_resource_has_the_fields_of_the_deployment(monkeypatch, tmp_path):
    monkeypatch.setenv("WHERE", str(tmp_path))
    with dg.build_resources({"secrets": sealed(SecretsResource(secrets_dir=dg.EnvVar("WHERE")))}) as resources:
        assert resources.secrets.secrets_dir == str(tmp_path)
