"""Secrets behind the REST interface of Google Secret Manager, asked by Google's own session; login, versions, failures."""

import importlib
import json
import pickle
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from dativo_core.errors import ConfigError, SecretError, SecretsUnavailable
from dativo_core.secrets import gcp
from dativo_core.secrets.load import open_store
from dativo_core.telemetry import redact
from tests.canary import planted
from tests.google_secrets import running_google_secrets
from tests.http_answers import answering
from tests.s3_service import or_without
from tests.silent_server import closed_port, silent_server

CANARY = planted("cnryGcp-93e/+1")


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    with or_without():
        importlib.import_module("google.auth")
    monkeypatch.setattr(redact, "_forms", frozenset())
    for name in ("GOOGLE_CLOUD_PROJECT", "GOOGLE_APPLICATION_CREDENTIALS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def google():
    with running_google_secrets() as double:
        yield double


@pytest.fixture
def store(google):
    """Return a function that opens a store of the double with some settings."""
    return lambda **settings: opened(google.server.address, **settings)


def opened(address, **settings):
    return open_store(
        None, "gcp", json.dumps({"project_id": "p", "client_options": {"api_endpoint": address}} | settings)
    )


def value(store, tenant, name):
    found = store.lookup(tenant, name)
    return None if found is None else found.reveal()


def test_listed_secrets_are_read_by_their_ids_formats_and_versions(google, store):
    google.put("acme-api_key", "old")
    google.put("acme-api_key", CANARY)
    google.put("acme-pg", '{"user": "me"}')
    google.put("shared", "KEY=1", project="other")
    found = store(
        secrets=[
            "api_key",
            {"name": "before", "id": "{tenant}-api_key", "version": "1"},
            {"name": "pg", "format": "json"},
            {"name": "lake.env", "id": "projects/other/secrets/shared"},
            {"name": "pinned", "id": "projects/p/secrets/{tenant}-api_key/versions/1"},
        ]
    )
    names = ("api_key", "before", "pg.user", "KEY", "pinned")
    assert [value(found, "acme", name) for name in names] == [CANARY, "old", "me", "1", "old"]
    assert ("GET", "/v1/projects/p/secrets/acme-api_key/versions/latest:access") in google.server.requests


@pytest.mark.parametrize(("form", "text"), [("json", '{"api_key": "k", "n": 1}'), ("env", "api_key=k\nn=1")])
def test_one_secret_may_hold_them_all(google, store, form, text):
    google.put("dativo-acme", text)
    found = store(bundle_secret_id_template="dativo-{tenant}", bundle_format=form)
    assert (value(found, "acme", "api_key"), value(found, "acme", "n")) == ("k", "1")


def test_ids_that_could_be_another_tenants_are_refused(store):
    with pytest.raises(ConfigError, match=r"-west-key' of one tenant could be .*-key' of another"):
        store(secrets=["key", "west-key"])
    assert store(secrets=["key", "west_key"]) is not None


def test_a_project_of_the_environment_counts_where_none_is_set(google, monkeypatch):
    google.put("acme-key", "x", project="from-environment")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "from-environment")
    settings = {"client_options": {"api_endpoint": google.server.address}, "secrets": ["key"]}
    assert value(open_store(None, "gcp", json.dumps(settings)), "acme", "key") == "x"
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT")
    with pytest.raises(ConfigError, match="ids without a project"):
        open_store(None, "gcp", json.dumps(settings))


def test_a_missing_secret_is_warned_about(store, caplog):
    assert store(secrets=["absent"]).lookup("acme", "absent") is None
    assert "there is no secret acme-absent in Google Secret Manager" in caplog.text


def test_a_pickled_store_holds_places_and_no_value(google, store):
    google.put("acme-key", CANARY)
    found = store(secrets=["key"])
    found.lookup("acme", "key")
    content = pickle.dumps(found)
    assert CANARY.encode() not in content
    assert value(pickle.loads(content), "acme", "key") == CANARY


def test_a_denied_and_a_disabled_version_are_told_with_their_remedy(google, store):
    google.put("acme-key", CANARY)
    google.denied.add("projects/p/secrets/acme-key")
    with pytest.raises(SecretError, match=r"denies acme-key\. Grant roles/secretmanager.secretAccessor") as caught:
        store(secrets=["key"]).lookup("acme", "key")
    assert "not for your eyes" not in str(caught.value)
    google.denied.clear()
    google.versions["projects/p/secrets/acme-key"][0] = None
    with pytest.raises(SecretError, match=r"does not hand out acme-key \(400\)\. .*version is enabled"):
        store(secrets=["key"]).lookup("acme", "key")


@pytest.mark.parametrize(
    ("status", "body", "error", "reason"),
    [
        (401, "{}", SecretError, "credentials for Google Secret Manager at"),
        (200, "<html>", SecretError, "answers something that is no secret"),
        (200, '{"payload": {"data": "%%%"}}', SecretError, "answers something that is no secret"),
        (302, "{}", SecretError, r"does not hand out acme-key \(302\)"),
        (503, "{}", SecretsUnavailable, r"overloaded or out of order \(503\)"),
    ],
)
def test_a_strange_answer_is_one_line_with_its_remedy(status, body, error, reason):
    with answering(status, body, Location=f"http://{closed_port()}") as server, pytest.raises(error, match=reason):
        opened(server.address, secrets=["key"]).lookup("acme", "key")


def test_a_machine_without_credentials_is_told(monkeypatch, tmp_path):
    settings = {"project_id": "p", "secrets": ["key"]}
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    with pytest.raises(SecretError, match="there are no credentials for Google Secret Manager"):
        open_store(None, "gcp", json.dumps(settings)).lookup("acme", "key")
    options = {"client_options": {"credentials_file": str(tmp_path / "none.json")}}
    with pytest.raises(SecretError, match=r"none\.json is no key of a service account"):
        open_store(None, "gcp", json.dumps(settings | options)).lookup("acme", "key")


@pytest.fixture
def account(tmp_path):
    """Return a function that writes the key of a service account whose logins go to an address."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def write(address):
        path = tmp_path / "account.json"
        content = {"type": "service_account", "client_email": "a@b", "private_key": pem, "token_uri": address}
        path.write_text(json.dumps(content))
        return str(path)

    return write


def test_a_service_account_logs_in_and_its_token_goes_along(google, account):
    google.put("acme-key", "x")
    token = json.dumps({"access_token": "t0ken-of-google", "expires_in": 3600, "token_type": "Bearer"})
    with answering(200, token) as logins:
        options = {"api_endpoint": google.server.address, "credentials_file": account(logins.address)}
        found = open_store(None, "gcp", json.dumps({"project_id": "p", "secrets": ["key"], "client_options": options}))
        assert value(found, "acme", "key") == "x"
    assert google.server.headers["authorization"] == "Bearer t0ken-of-google"
    assert logins.requests == [("POST", "/")]


def test_a_login_that_google_refuses_is_told_in_time(google, account):
    started = time.monotonic()
    with answering(400, '{"error": "invalid_grant", "error_description": "not for your eyes"}') as logins:
        options = {"api_endpoint": google.server.address, "credentials_file": account(logins.address)}
        found = open_store(None, "gcp", json.dumps({"project_id": "p", "secrets": ["key"], "client_options": options}))
        with pytest.raises(SecretError, match="does not accept these credentials") as caught:
            found.lookup("acme", "key")
    assert "not for your eyes" not in str(caught.value)
    assert time.monotonic() - started < 5


def test_a_service_that_is_not_there_is_told_in_time():
    started = time.monotonic()
    with pytest.raises(SecretsUnavailable, match="does not answer"):
        opened(f"http://{closed_port()}", secrets=["key"]).lookup("acme", "key")
    assert time.monotonic() - started < 5


def test_a_service_that_never_answers_is_given_up_in_time(monkeypatch):
    monkeypatch.setattr(gcp, "READ_TIMEOUT_S", 0.3)
    started = time.monotonic()
    with silent_server() as place, pytest.raises(SecretsUnavailable, match="does not answer"):
        opened(f"http://{place}", secrets=["key"]).lookup("acme", "key")
    assert time.monotonic() - started < 5


def test_an_endpoint_elsewhere_needs_tls():
    with pytest.raises(ConfigError, match="api_endpoint: nothing is asked there: http sends it readable"):
        opened("http://secrets.example.com", secrets=["key"])
