"""Secrets as variables, and which store is opened."""

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.errors import ConfigError, SecretError
from dativo_core.model.names import TENANT_PATTERN, slug
from dativo_core.secrets.environment import EnvironmentStore
from dativo_core.secrets.filesystem import FilesystemStore
from dativo_core.secrets.load import open_store


def found(tenant, name):
    secret = EnvironmentStore().lookup(tenant, name)
    return secret.reveal() if secret else None


def test_a_variable_of_the_tenant_is_found_in_either_letter_case(monkeypatch):
    monkeypatch.setenv("DATIVO_SECRET__ACME_WEST__STRIPE_API_KEY", "sk-test")
    assert found("acme-west", "stripe_api_key") == found("acme-west", "STRIPE_API_KEY") == "sk-test"


def test_another_tenants_variable_is_not_found(monkeypatch):
    monkeypatch.setenv("DATIVO_SECRET__ACME_WEST__KEY", "v")
    monkeypatch.setenv("DATIVO_SECRET__ACME__B__KEY", "v")
    assert found("acme", "west__key") is None
    assert found("acme__b", "key") is None


def test_the_last_part_of_the_name_says_the_format(monkeypatch):
    monkeypatch.setenv("DATIVO_SECRET__ACME__DB__JSON", '{"password": "pw-1"}')
    monkeypatch.setenv("DATIVO_SECRET__ACME__S3__ENV", "REGION=eu-1")
    monkeypatch.setenv("DATIVO_SECRET__ACME__RAW_ONE__RAW", " x ")
    assert found("acme", "db.password") == "pw-1"
    assert found("acme", "REGION") == "eu-1"
    assert found("acme", "raw_one") == " x "


def test_a_pickled_store_holds_no_value(monkeypatch):
    monkeypatch.setenv("DATIVO_SECRET__ACME__KEY", "canary-value")
    store = EnvironmentStore()
    assert store.lookup("acme", "key").reveal() == "canary-value"
    assert b"canary-value" not in pickle.dumps(store)


def test_an_explicit_directory_selects_files_whatever_else_is_set(monkeypatch, tmp_path):
    monkeypatch.setenv("DATIVO_SECRET_MANAGER", "env")
    assert isinstance(open_store(tmp_path), FilesystemStore)


@pytest.mark.parametrize(("name", "store"), [("env", EnvironmentStore), ("FS", FilesystemStore)])
def test_a_backend_is_selected_by_name(monkeypatch, name, store):
    monkeypatch.setenv("DATIVO_SECRET_MANAGER", name)
    assert isinstance(open_store(None), store)


def test_without_a_choice_variables_are_used_where_there_is_no_secrets_directory(monkeypatch):
    monkeypatch.delenv("DATIVO_SECRET_MANAGER", raising=False)
    expected = FilesystemStore if Path("/secrets").is_dir() else EnvironmentStore
    assert isinstance(open_store(None), expected)


@pytest.mark.parametrize(("name", "hint"), [("vaullt", "Did you mean 'vault'"), ("x", "Use one of: aws, .*vault")])
def test_an_unknown_backend_is_an_error_with_the_known_ones(monkeypatch, name, hint):
    monkeypatch.setenv("DATIVO_SECRET_MANAGER", name)
    with pytest.raises(ConfigError, match=hint):
        open_store(None)


def test_prefix_and_delimiter_can_be_others(monkeypatch):
    monkeypatch.setenv("MY-ACME-API_KEY", "x")
    monkeypatch.setenv("MY-ACME-DB-JSON", '{"user": "me"}')
    store = EnvironmentStore(prefix="MY", delimiter="-")
    assert store.names("acme") == {"api_key", "db", "db.user"}


def test_global_scopes_count_only_where_they_are_allowed_and_a_tenants_value_wins(monkeypatch):
    for scope, name, text in (
        ("ALL", "A", "all"),
        ("ALL", "B", "all"),
        ("GLOBAL", "B", "global"),
        ("ACME", "C", "own"),
    ):
        monkeypatch.setenv(f"DATIVO_SECRET__{scope}__{name}", text)
    monkeypatch.setenv("DATIVO_SECRET__GLOBAL__C", "global")
    own, shared = EnvironmentStore(), EnvironmentStore(allow_global_scope=True)
    assert own.names("acme") == {"c"}
    assert [shared.lookup("acme", name).reveal() for name in "ABC"] == ["all", "global", "own"]
    assert shared.names("acme") == {"a", "b", "c"}
    assert "GLOBAL" in shared.describe("acme")


def test_a_tenant_whose_secrets_would_be_global_is_refused():
    with pytest.raises(SecretError, match="would be every tenant's"):
        EnvironmentStore(allow_global_scope=True).lookup("global", "x")
    assert EnvironmentStore().lookup("global", "x") is None


TENANTS = st.from_regex(TENANT_PATTERN, fullmatch=True)


@given(TENANTS, TENANTS, st.sampled_from(["__", "___", ".", "-", ":/"]))
def test_no_tenants_variables_begin_as_anothers(one, other, delimiter):
    store = EnvironmentStore(delimiter=delimiter)
    first, second = (store._start(slug(tenant).upper()) for tenant in (one, other))
    assert first == second or not second.startswith(first)
    assert (first == second) == (slug(one) == slug(other))
