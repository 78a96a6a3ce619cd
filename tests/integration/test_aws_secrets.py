"""Secrets behind the interface of AWS Secrets Manager: single ones and bundles, versions, and failures."""

import json
import pickle
import time

import pytest

from dativo_core.errors import ConfigError, SecretError, SecretsUnavailable
from dativo_core.secrets import aws
from dativo_core.secrets.load import open_store
from dativo_core.telemetry import redact
from tests.aws_service import REGION
from tests.canary import planted
from tests.http_answers import answering
from tests.silent_server import closed_port, silent_server

CANARY = planted("cnryAws-2c8/+1")


@pytest.fixture(autouse=True)
def _environment(monkeypatch, tmp_path):
    monkeypatch.setattr(redact, "_forms", frozenset())
    for name in ("PROFILE", "DEFAULT_REGION", "REGION", "SESSION_TOKEN", "ENDPOINT_URL"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "machine-s3cr3t")


@pytest.fixture
def store(aws_secrets):
    """Return a function that opens a store of the server with some settings."""
    return lambda **settings: open_store(None, "aws", json.dumps({"endpoint_url": aws_secrets.endpoint} | settings))


def value(store, tenant, name):
    found = store.lookup(tenant, name)
    return None if found is None else found.reveal()


def test_listed_secrets_are_read_by_their_ids_and_formats(aws_secrets, store):
    aws_secrets.put("acme/api_key", CANARY)
    aws_secrets.put("acme/pg.json", '{"user": "me"}')
    aws_secrets.put("acme/other", "KEY=1")
    aws_secrets.put("acme/text", '{"user": "me"}')
    found = store(secrets=["api_key", "pg.json", {"name": "lake", "id": "{tenant}/other", "format": "env"}, "text"])
    names = ("api_key", "pg.user", "KEY", "text", "text.user")
    assert [value(found, "acme", name) for name in names] == [CANARY, "me", "1", '{"user": "me"}', None]


def test_one_tenants_secrets_are_never_anothers(aws_secrets, store):
    aws_secrets.put("globex/api_key", CANARY)
    found = store(secrets=["api_key"])
    assert found.lookup("initech", "api_key") is None
    with pytest.raises(SecretError, match="not a tenant id"):
        found.lookup("../globex", "api_key")


def test_versions_are_read_by_label_and_by_id(aws_secrets, store):
    first = aws_secrets.put("versions/key", "old")
    aws_secrets.put("versions/key", "new")
    ids = [
        "key",
        {"name": "before", "id": "{tenant}/key", "version_stage": "AWSPREVIOUS"},
        {"name": "first", "id": "{tenant}/key", "version_id": first},
    ]
    found = store(secrets=ids)
    assert [value(found, "versions", name) for name in ("key", "before", "first")] == ["new", "old", "old"]


@pytest.mark.parametrize(
    ("form", "text"),
    [("json", '{"api_key": "k", "pg": {"user": "me"}, "lake.env": "A=1"}'), ("env", "api_key='k'\nexport A=1\n")],
)
def test_one_secret_may_hold_them_all(aws_secrets, store, form, text):
    aws_secrets.put(f"bundles/{form}-x", text)
    found = store(bundle_secret_id_template=f"bundles/{form}-{{tenant}}", bundle_format=form)
    assert (value(found, "x", "api_key"), value(found, "x", "A")) == ("k", "1")
    assert value(found, "x", "pg.user") == ("me" if form == "json" else None)


def test_a_bundle_that_is_no_map_is_an_error_without_its_content(aws_secrets, store):
    aws_secrets.put("broken", CANARY)
    with pytest.raises(SecretError, match=r"broken in AWS .* is not valid JSON") as caught:
        store(bundle_secret_id_template="{tenant}").lookup("broken", "x")
    assert CANARY not in str(caught.value)


def test_a_binary_secret_is_text_or_an_error(aws_secrets, store):
    aws_secrets.client.create_secret(Name="acme/bytes", SecretBinary=b"text")
    aws_secrets.client.create_secret(Name="globex/bytes", SecretBinary=b"\xff\xfe")
    found = store(secrets=["bytes"])
    assert value(found, "acme", "bytes") == "text"
    with pytest.raises(SecretError, match=r"globex/bytes .* is not UTF-8 text\. Store binary values base64"):
        found.lookup("globex", "bytes")


def test_a_missing_secret_is_warned_about(store, caplog):
    assert store(secrets=["absent"]).lookup("acme", "absent") is None
    assert "there is no secret acme/absent in AWS Secrets Manager" in caplog.text


def test_a_pickled_store_holds_places_and_no_value(aws_secrets, store):
    aws_secrets.put("pickled/key", CANARY)
    found = store(secrets=["key"])
    found.lookup("pickled", "key")
    content = pickle.dumps(found)
    assert CANARY.encode() not in content
    assert b"machine-s3cr3t" not in content
    assert value(pickle.loads(content), "pickled", "key") == CANARY


def test_an_endpoint_or_proxy_of_the_environment_is_not_asked(aws_secrets, store, monkeypatch):
    aws_secrets.put("acme/here", "x")
    for name in ("AWS_ENDPOINT_URL", "http_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://{closed_port()}")
    assert value(store(secrets=["here"]), "acme", "here") == "x"


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        ("AccessDeniedException", 400, r"denies acme/key\. Allow secretsmanager:GetSecretValue"),
        ("UnrecognizedClientException", 400, "does not accept these credentials"),
        ("ExpiredTokenException", 403, "does not accept these credentials"),
        ("InvalidRequestException", 400, r"does not hand out acme/key \(400 InvalidRequestException\)"),
    ],
)
def test_a_refusal_is_one_line_with_its_remedy(store, code, status, reason):
    answer = json.dumps({"__type": code, "message": f"nobody may see {CANARY}"})
    with answering(status, answer) as server, pytest.raises(SecretError, match=reason) as caught:
        store(secrets=["key"], endpoint_url=server.address).lookup("acme", "key")
    assert CANARY not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not isinstance(caught.value, SecretsUnavailable)


def test_a_busy_service_is_asked_a_few_times(store):
    with answering(503, "{}") as server, pytest.raises(SecretsUnavailable, match=r"out of order \(503\)"):
        store(secrets=["key"], endpoint_url=server.address).lookup("acme", "key")
    assert len(server.requests) == 3


def test_a_machine_without_credentials_is_told(store, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(SecretError, match="there are no credentials for AWS"):
        store(secrets=["key"]).lookup("acme", "key")
    with pytest.raises(SecretError, match="there are no credentials for AWS"):
        store(secrets=["key"], profile_name="nobody").lookup("acme", "key")


def test_a_machine_without_region_is_told(store, monkeypatch):
    monkeypatch.delenv("AWS_REGION")
    with pytest.raises(SecretError, match="Set region_name or AWS_REGION"):
        store(secrets=["key"]).lookup("acme", "key")


def test_a_service_that_is_not_there_is_told_in_time(store):
    started = time.monotonic()
    with pytest.raises(SecretsUnavailable, match="does not answer"):
        store(secrets=["key"], endpoint_url=f"http://{closed_port()}").lookup("acme", "key")
    assert time.monotonic() - started < 10


def test_a_service_that_never_answers_is_given_up_in_time(store, monkeypatch):
    monkeypatch.setattr(aws, "READ_TIMEOUT_S", 0.3)
    started = time.monotonic()
    with silent_server() as place, pytest.raises(SecretsUnavailable, match="does not answer"):
        store(secrets=["key"], endpoint_url=f"http://{place}").lookup("acme", "key")
    assert time.monotonic() - started < 10


def test_settings_are_checked_before_anything_is_asked(store):
    with pytest.raises(ConfigError) as caught:
        store(secret_id_template="{tenant}", bundle_format="yaml", secrets=["a", {"nam": "b"}, "../c"])
    hint = caught.value.hint
    for part in ("without {name} all secrets", "'yaml' is not allowed", "Did you mean 'name'", "secrets[2]"):
        assert part in hint
    with pytest.raises(ConfigError, match="nothing says which secrets a tenant has"):
        store()
