"""The client knows its connection and nothing of the machine it runs on."""

import subprocess
import sys

import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError

from dativo_core.errors import ConfigError, SourceUnavailable
from dativo_core.model.s3_connection import S3Connection
from dativo_core.sources.s3_address import Address
from dativo_core.sources.s3_client import open_client, s3_error
from tests.s3_service import Literal

KEYS = {"access_key_id": "access", "secret_access_key": "s3cr3t-of-the-connection"}


def client(**values):
    return open_client(S3Connection(**values), Literal())


@pytest.fixture
def environment_of_somebody_else(monkeypatch, tmp_path):
    (tmp_path / "config").write_text("[profile other]\nregion = eu-west-3\nendpoint_url = http://127.0.0.1:9\n")
    (tmp_path / "credentials").write_text("[other]\naws_access_key_id = theirs\naws_secret_access_key = theirs\n")
    for name, value in {
        "AWS_ACCESS_KEY_ID": "theirs",
        "AWS_SECRET_ACCESS_KEY": "theirs",
        "AWS_PROFILE": "other",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_REGION": "eu-west-3",
        "HTTPS_PROXY": "http://127.0.0.1:9",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("environment_of_somebody_else")
def test_nothing_of_the_environment_reaches_the_client():
    anonymous = client(region="eu-north-1")
    assert anonymous.meta.config.signature_version is UNSIGNED
    assert anonymous.meta.endpoint_url == "https://s3.eu-north-1.amazonaws.com"
    assert anonymous.meta.region_name == "eu-north-1"
    assert anonymous.meta.config.proxies == {}
    assert client(endpoint="minio:9000", **KEYS).meta.region_name == "us-east-1"


def test_local_files_alone_do_not_load_the_client_library():
    script = "import sys, dativo_core.sources.load, dativo_core.sources.csv; assert 'botocore' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_waiting_is_bounded():
    config = client(region="eu-north-1").meta.config
    assert (config.connect_timeout, config.read_timeout) == (10, 60)
    assert config.retries["total_max_attempts"] == 4


@pytest.mark.parametrize(
    ("values", "endpoint"),
    [
        ({"endpoint": "minio:9000"}, "https://minio:9000"),
        ({"endpoint": "minio:9000", "secure": False}, "http://minio:9000"),
        ({"endpoint": "minio:9000", "secure": "false"}, "http://minio:9000"),
        ({"endpoint": "http://minio:9000"}, "http://minio:9000"),
        ({"endpoint": "https://minio", "secure": True}, "https://minio"),
    ],
)
def test_an_endpoint_without_scheme_takes_that_of_the_flag(values, endpoint):
    assert client(**values, **KEYS).meta.endpoint_url == endpoint


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"endpoint": "http://minio", "secure": True}, "'secure' says the opposite"),
        ({"endpoint": "minio", "secure": "perhaps"}, "secure is neither true nor false"),
        ({"endpoint": "http://name:s3cr3t@minio"}, "more than a host and a port"),
        ({"endpoint": "ftp://minio"}, "not an address"),
        ({"endpoint": "minio:port"}, "not an address"),
        ({"endpoint": "minio", "secret_access_key": ""}, "a value for access_key_id alone"),
        ({"endpoint": "minio", "path_style_access": "yes"}, "path_style_access is neither true nor false"),
    ],
)
def test_values_that_turn_out_unusable_are_told_without_showing_them(values, told):
    with pytest.raises(ConfigError, match=told) as caught:
        client(**{**KEYS, **values})
    assert "s3cr3t" not in str(caught.value)


def test_a_connection_shows_no_secret_that_is_written_out():
    connection = S3Connection(endpoint="minio", session_token="s3cr3t-token", **KEYS)
    assert "s3cr3t" not in f"{connection!r} {connection} {connection.model_dump_json()}"
    assert connection.model_dump()["secret_access_key"] == "[masked]"
    references = S3Connection(secret_access_key="${secret:s3.key}", session_token="${TOKEN:-s3cr3t}").model_dump()
    assert (references["secret_access_key"], references["session_token"]) == ("${secret:s3.key}", "[masked]")


@pytest.mark.parametrize(
    ("header", "pause_s"), [({"retry-after": "120"}, 120), ({}, None), ({"retry-after": "Fri"}, None)]
)
def test_a_busy_service_says_how_long_to_stay_away(header, pause_s):
    answer = {"Error": {"Code": "SlowDown"}, "ResponseMetadata": {"HTTPStatusCode": 503, "HTTPHeaders": header}}
    error = s3_error(ClientError(answer, "GetObject"), client(), Address("bucket", "key"))
    assert isinstance(error, SourceUnavailable)
    assert error.retry_after_s == pause_s
