"""Secrets in a real server that speaks Vault's interface: both engine versions, both logins, policies, and failures."""

import json
import logging
import pickle
import time

import pytest

from dativo_core.errors import ConfigError, SecretError, SecretsUnavailable
from dativo_core.secrets.load import open_store
from dativo_core.telemetry import redact
from tests.canary import planted
from tests.http_answers import answering
from tests.silent_server import closed_port, silent_server
from tests.vault_service import ROOT_TOKEN, running_vault

CANARY = planted("cnryV4ult-7d1/+1")


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    monkeypatch.setattr(redact, "_forms", frozenset())
    for name in ("ADDR", "TOKEN", "ROLE_ID", "SECRET_ID", "NAMESPACE", "CACERT"):
        monkeypatch.delenv(f"VAULT_{name}", raising=False)


@pytest.fixture
def store(vault, monkeypatch):
    """Return a function that opens a store of the server with the root's token, and settings over it."""
    monkeypatch.setenv("VAULT_ADDR", vault.address)
    monkeypatch.setenv("VAULT_TOKEN", ROOT_TOKEN)
    return lambda **settings: open_store(None, "vault", json.dumps(settings))


def value(store, tenant, name):
    found = store.lookup(tenant, name)
    return None if found is None else found.reveal()


def test_a_map_of_the_second_engine_version_is_a_tenants_secrets(vault, store):
    pem = "-----BEGIN X-----\nabc\n-----END X-----"
    vault.put(
        "maps",
        **{
            "api_key": CANARY,
            "pg": {"user": "me", "port": 5432},
            "lake.env": "export KEY='$x'\n",
            "g.json": '{"id": "1"}',
            "key.pem": pem,
            "text": '{"id": 1}',
            "nothing": None,
        },
    )
    found = store()
    names = ("api_key", "pg.user", "pg.port", "lake.KEY", "KEY", "g.id", "key.pem", "text", "nothing", "text.id")
    values = [value(found, "maps", name) for name in names]
    assert values == [CANARY, "me", "5432", "$x", "$x", "1", pem, '{"id": 1}', None, None]


def test_the_first_engine_version_and_another_mount_point_are_read(vault, store):
    vault.put_v1("first", api_key="one")
    assert value(store(mount_point="kv1", kv_version=1), "first", "api_key") == "one"


def test_paths_are_merged_in_their_order_and_conflicts_are_told(vault, store, caplog):
    vault.put("merged", a="1", b="2")
    vault.put("shared/all", a="0", c="3")
    vault.put_v1("merged/old", b="two")
    paths = ["shared/all", "{tenant}", {"path": "{tenant}/old", "mount_point": "kv1", "kv_version": 1}]
    found = store(paths=paths)
    assert [value(found, "merged", name) for name in "abc"] == ["1", "two", "3"]
    warnings = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    assert warnings == [
        "a in secret/merged takes the place of a in secret/shared/all",
        "b in kv1/merged/old takes the place of b in secret/merged",
    ]


def test_a_deeper_template_and_a_path_that_is_not_there(vault, store, caplog):
    vault.put("teams/deep/dativo", api_key="x")
    found = store(path_template="teams/{tenant}/dativo")
    assert value(found, "deep", "api_key") == "x"
    assert found.names("nobody") == frozenset()
    told = f"there is nothing at secret/teams/nobody/dativo of Vault at {vault.address} as version 2"
    assert told in caplog.text


def test_a_deleted_version_is_not_there(vault, store):
    vault.put("deleted", api_key="x")
    vault.client.secrets.kv.v2.delete_latest_version_of_secret("deleted")
    assert store().names("deleted") == frozenset()


def test_a_token_of_one_tenant_reads_no_other(vault, store, monkeypatch):
    vault.put("acme", api_key="mine")
    vault.put("globex", api_key=CANARY)
    monkeypatch.setenv("VAULT_TOKEN", vault.token_of("acme"))
    found = store()
    assert value(found, "acme", "api_key") == "mine"
    with pytest.raises(
        SecretError, match=r"denies secret/globex\. .*policy allows read on secret/data/globex"
    ) as caught:
        found.lookup("globex", "api_key")
    assert not isinstance(caught.value, SecretsUnavailable)


@pytest.mark.parametrize("tenant", ["../globex", "acme/../globex", "globex%2f..", "Acme", "*", ""])
def test_what_is_no_tenant_id_is_never_asked_for(store, tenant):
    with pytest.raises(SecretError, match="not a tenant id"):
        store().lookup(tenant, "api_key")


def test_an_app_role_logs_in_and_reads_its_tenant_alone(vault, store, monkeypatch):
    vault.put("initech", api_key="mine")
    vault.put("globex", api_key=CANARY)
    role_id, secret_id = vault.role_of("initech")
    monkeypatch.delenv("VAULT_TOKEN")
    monkeypatch.setenv("VAULT_ROLE_ID", role_id)
    monkeypatch.setenv("SECRET_OF_ROLE", secret_id)
    found = store(auth_method="approle", secret_id="${SECRET_OF_ROLE}")
    assert value(found, "initech", "api_key") == "mine"
    with pytest.raises(SecretError, match="denies secret/globex"):
        found.lookup("globex", "api_key")
    monkeypatch.setenv("SECRET_OF_ROLE", "wr0ng-secret-id")
    with pytest.raises(SecretError, match="refuses the AppRole login") as caught:
        store(auth_method="approle", secret_id="${SECRET_OF_ROLE}").lookup("initech", "api_key")
    assert "wr0ng-secret-id" not in str(caught.value)


def test_a_namespace_is_asked_and_not_its_parent(vault, store):
    vault.client.write_data("sys/namespaces/team-a", data={})
    vault.client._adapter.namespace = "team-a"
    try:
        vault.client.sys.enable_secrets_engine("kv", path="secret", options={"version": "2"})
        vault.put("spaced", api_key="inside")
    finally:
        vault.client._adapter.namespace = None
    assert value(store(namespace="team-a"), "spaced", "api_key") == "inside"
    assert store().names("spaced") == frozenset()


def test_a_changed_secret_is_seen_after_a_refresh(vault, store):
    vault.put("rotating", api_key="old")
    found = store()
    assert value(found, "rotating", "api_key") == "old"
    vault.put("rotating", api_key="new")
    assert value(found, "rotating", "api_key") == "old"
    found.refresh("rotating")
    assert value(found, "rotating", "api_key") == "new"


def test_a_pickled_store_holds_places_and_no_value(vault, store):
    vault.put("pickled", api_key=CANARY)
    found = store()
    found.lookup("pickled", "api_key")
    content = pickle.dumps(found)
    assert CANARY.encode() not in content
    assert ROOT_TOKEN.encode() not in content
    assert value(pickle.loads(content), "pickled", "api_key") == CANARY


def test_neither_proxies_nor_a_netrc_of_the_environment_are_asked(vault, store, monkeypatch, tmp_path):
    vault.put("proxied", api_key="x")
    (tmp_path / "netrc").write_text("default login someone password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://{closed_port()}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert value(store(), "proxied", "api_key") == "x"


def test_a_redirect_takes_no_token_along(store):
    with answering(200, "{}") as elsewhere, answering(307, "", Location=f"{elsewhere.address}/v1/x") as server:
        with pytest.raises(SecretError, match=r"answers 307 and no secret\. Set the address to the active server"):
            store(address=server.address).lookup("acme", "api_key")
        assert server.headers["X-Vault-Token"] == ROOT_TOKEN
        assert server.requests == [("GET", "/v1/secret/data/acme")], "one tenant's path, and no other"
        assert elsewhere.requests == []


@pytest.mark.parametrize(
    ("status", "body", "error", "reason"),
    [
        (200, "<html>", SecretError, "answers 200 and no secret"),
        (200, '{"data": {"data": "text"}}', SecretError, "is no map of a key-value engine of version 2"),
        (200, '{"auth": {}}', SecretError, "is no map of a key-value engine of version 2"),
        (400, '{"errors": ["canary-of-a-server"]}', SecretError, "denies secret/acme"),
        (405, "{}", SecretError, r"from Vault at .* Check the settings"),
        (429, "{}", SecretsUnavailable, r"overloaded or out of order \(RateLimitExceeded\)"),
        (500, "canary-of-a-server", SecretsUnavailable, r"overloaded or out of order \(InternalServerError\)"),
    ],
)
def test_a_strange_answer_is_one_line_without_the_servers_words(store, status, body, error, reason):
    with answering(status, body) as server, pytest.raises(error, match=reason) as caught:
        store(address=server.address).lookup("acme", "api_key")
    assert "canary-of-a-server" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"mount_point": "nowhere"}, r"no secrets engine at 'nowhere'\. Check mount_point"),
        ({"kv_version": 1}, r"'secret' .* is not of version 1\. Set kv_version: 2"),
    ],
)
def test_another_engine_than_was_said_is_told_with_its_remedy(vault, store, settings, reason):
    vault.put("wrong", api_key="x")
    with pytest.raises(SecretError, match=reason):
        store(**settings).lookup("wrong", "api_key")


def test_a_wrong_token_is_denied_and_never_shown(store, monkeypatch, caplog):
    monkeypatch.setenv("VAULT_TOKEN", "wr0ng-t0ken-11")
    with pytest.raises(SecretError, match="Check that the login is valid") as caught:
        store().lookup("acme", "api_key")
    assert "\n" not in str(caught.value)
    assert "wr0ng-t0ken-11" not in f"{caught.value!r}{caught.value}{caplog.text}{caught.value.__dict__}"


def test_a_server_that_is_not_there_is_told_in_time(store):
    started = time.monotonic()
    with pytest.raises(SecretsUnavailable, match=r"does not answer \(ConnectionError\)\. Check the address"):
        store(address=f"http://{closed_port()}").lookup("acme", "api_key")
    assert time.monotonic() - started < 5


def test_a_server_that_never_answers_is_given_up_in_time(store):
    started = time.monotonic()
    with silent_server() as place, pytest.raises(SecretsUnavailable, match="does not answer"):
        store(address=f"http://{place}", timeout=0.3).lookup("acme", "api_key")
    assert time.monotonic() - started < 5


def test_a_sealed_server_is_told(tmp_path, store):
    with running_vault(tmp_path) as own:
        own.client.sys.seal()
        with pytest.raises(SecretsUnavailable, match=r"is sealed or out of order\. Unseal it"):
            store(address=own.address).lookup("acme", "api_key")


def test_certificates_are_verified_against_those_that_are_named(tmp_path, store):
    with running_vault(tmp_path, with_tls=True) as own:
        own.put("secure", api_key="x")
        started = time.monotonic()
        with pytest.raises(SecretError, match="no trusted TLS connection to Vault at https"):
            store(address=own.address).lookup("secure", "api_key")
        assert time.monotonic() - started < 5
        assert value(store(address=own.address, verify=str(own.certificates)), "secure", "api_key") == "x"


def test_settings_are_checked_before_anything_is_asked(store, monkeypatch):
    monkeypatch.delenv("VAULT_TOKEN")
    with pytest.raises(ConfigError) as caught:
        store(address="http://vault.example.com", kv_version=3, adress="x", path_template="all")
    hint = caught.value.hint
    for part in ("http sends it readable", "kv_version: '3' is too large", "Remove it; 'address'", "without {tenant}"):
        assert part in hint
