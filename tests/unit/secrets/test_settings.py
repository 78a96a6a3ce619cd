"""Settings of the backends: where they are written, what is wrong with them, and what never leaves them."""

import json
import pickle
import sys
import time

import pytest

from dativo_core.errors import ConfigError
from dativo_core.secrets.environment import EnvironmentStore
from dativo_core.secrets.filesystem import FilesystemStore
from dativo_core.secrets.load import open_store
from dativo_core.secrets.vault import VaultStore

VARIABLE = "DATIVO_SECRET_MANAGER_CONFIG"
CANARY = "s3ttings-canary-90"


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    for name in ("DATIVO_SECRET_MANAGER", VARIABLE, "VAULT_ADDR", "VAULT_TOKEN", "VAULT_CACERT", "VAULT_NAMESPACE"):
        monkeypatch.delenv(name, raising=False)


def problems(backend, settings):
    with pytest.raises(ConfigError) as caught:
        open_store(None, backend, settings if isinstance(settings, str) else json.dumps(settings))
    assert CANARY not in f"{caught.value!r} {caught.value} {caught.value.__context__!r}"
    return str(caught.value)


def test_settings_are_inline_json_or_a_file_of_either_form(tmp_path):
    (tmp_path / "a.yaml").write_text(f"secrets_dir: {tmp_path}\n")
    (tmp_path / "a.json").write_text(json.dumps({"secrets_dir": str(tmp_path)}))
    for text in (str(tmp_path / "a.yaml"), str(tmp_path / "a.json"), (tmp_path / "a.json").read_text()):
        found = open_store(None, "filesystem", text)
        assert isinstance(found, FilesystemStore)
        assert found.directory == tmp_path


def test_the_variables_name_backend_and_settings(monkeypatch):
    monkeypatch.setenv("DATIVO_SECRET_MANAGER", "environment")
    monkeypatch.setenv(VARIABLE, '{"prefix": "MY"}')
    assert open_store(None) == EnvironmentStore(prefix="MY")


def test_options_win_over_the_variables(monkeypatch, tmp_path):
    monkeypatch.setenv("DATIVO_SECRET_MANAGER", "vault")
    monkeypatch.setenv(VARIABLE, '{"prefix": "MY"}')
    assert open_store(None, "env", "{}") == EnvironmentStore()
    assert isinstance(open_store(tmp_path), FilesystemStore)


def test_a_directory_and_another_backend_exclude_each_other(tmp_path):
    for options in (("vault",), (None, "{}"), ("fs", "{}")):
        with pytest.raises(ConfigError, match="exclude each other"):
            open_store(tmp_path, *options)
    assert isinstance(open_store(tmp_path, "fs"), FilesystemStore)


def test_settings_without_a_backend_are_an_error(monkeypatch, tmp_path):
    with pytest.raises(ConfigError, match="none is named"):
        open_store(None, None, "{}")
    monkeypatch.setenv(VARIABLE, "{}")
    with pytest.raises(ConfigError, match="none is named"):
        open_store(None)
    assert isinstance(open_store(tmp_path), FilesystemStore)


def test_references_in_settings_are_variables_of_the_process(monkeypatch):
    monkeypatch.setenv("PREFIX", "MINE")
    found = open_store(None, "env", '{"prefix": "${PREFIX}", "delimiter": "${NOT_SET_ANYWHERE:-___}"}')
    assert found == EnvironmentStore(prefix="MINE", delimiter="___")


def test_every_problem_is_told_at_once_with_its_place(tmp_path):
    path = tmp_path / "vault.yaml"
    path.write_text("adress: https://v\nkv_version: 3\nauth_method: aprole\nverify: false\ntoken: ${NOT_SET_X}\n")
    found = problems("vault", str(path))
    assert f"{path}:1: adress: unknown key 'adress'. Did you mean 'address'?" in found
    assert f"{path}:2: kv_version: '3' is too large" in found
    assert f"{path}:3: auth_method: 'aprole' is not allowed here. Did you mean 'approle'?" in found
    assert f"{path}:5: token: ${{NOT_SET_X}} has no value" in found


@pytest.mark.parametrize(
    ("backend", "settings", "told"),
    [
        ("vault", "{", "problem"),
        ("vault", "[1]", "cannot be read from"),
        ("vault", "nowhere.yaml", "cannot be read from nowhere.yaml: No such file"),
        ("env", {"token": CANARY}, "unknown key 'token'"),
        ("env", {"delimiter": "_"}, "one tenant's variables could be another's"),
        ("env", {"prefix": "${secret:a.b}"}, "this says where secrets are"),
        ("env", {"prefix": "${A B}"}, "begins no reference"),
        ("env", {"allow_global_scope": CANARY}, "found text|expected true or false"),
        ("vault", {"address": f"https://me:{CANARY}@host"}, "it holds a user or a password"),
        ("vault", {"address": "ftp://host"}, "it does not start with https://"),
        ("vault", {"address": "https://v", "token": CANARY}, "'token' is written out"),
        ("vault", {"address": "https://v", "token": [CANARY]}, "a secret must be text"),
        ("vault", {"address": "https://v", "token": {"x": CANARY}}, "a secret must be text"),
        ("vault", {"address": "https://v", "secret_ids": CANARY}, "Did you mean 'secret_id'"),
        ("vault", {"address": "https://v"}, "Set VAULT_TOKEN, or auth_method: approle"),
        ("vault", {"address": "https://v", "auth_method": "approle"}, "Set VAULT_ROLE_ID"),
        ("vault", {"address": "https://v", "verify": False}, "may be anybody"),
        ("vault", {"address": "https://v", "verify": "/no/such.pem"}, "there are no certificates at /no/such.pem"),
        ("vault", {"address": "https://v", "path_template": "x/{tenent}"}, "'{tenent}' is not replaced here"),
        ("vault", {"address": "https://v", "path_template": "x"}, "all tenants would share one place"),
        ("vault", {"address": "https://v", "paths": ["../{tenant}"]}, "leads elsewhere"),
        ("aws", {"secrets": [], "region_name": 1}, "nothing says which secrets"),
        ("aws", {"secrets": ["a", "a"]}, "'a' is there twice"),
        ("gcp", {"secrets": ["a"]}, "ids without a project"),
    ],
)
def test_what_is_wrong_is_told_without_any_value(monkeypatch, backend, settings, told):
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    found = problems(backend, settings)
    assert any(part in found for part in told.split("|")), found


def test_a_secret_in_a_file_or_a_variable_is_read_again_and_never_pickled(tmp_path, monkeypatch):
    text = json.dumps({"address": "https://v", "token": CANARY})
    (tmp_path / "vault.json").write_text(text)
    monkeypatch.setenv(VARIABLE, text)
    for settings in (str(tmp_path / "vault.json"), None):
        found = open_store(None, "vault", settings)
        content = pickle.dumps(found)
        assert CANARY.encode() not in content
        assert isinstance(pickle.loads(content), VaultStore)
        assert CANARY not in f"{found!r}{found.__dict__}"


def test_a_number_that_is_a_token_is_taken_as_it_is_spelt(tmp_path):
    (tmp_path / "v.yaml").write_text("address: https://v\ntoken: 0123456\n")
    found = open_store(None, "vault", str(tmp_path / "v.yaml"))
    assert found._settings.token.reveal() == "0123456"


@pytest.mark.parametrize(("backend", "module"), [("vault", "hvac"), ("gcp", "google.auth")])
def test_a_client_that_is_not_installed_is_told_with_the_command_to_install_it(monkeypatch, backend, module):
    monkeypatch.setitem(sys.modules, module, None)
    settings = {"vault": {"address": "https://v"}, "gcp": {"project_id": "p", "secrets": ["a"]}}[backend]
    monkeypatch.setenv("VAULT_TOKEN", "t0ken")
    with pytest.raises(ConfigError, match=rf"pip install 'dativo\[{backend}\]'") as caught:
        open_store(None, backend, json.dumps(settings))
    assert caught.value.exit_code == 2


def test_opening_a_store_asks_nobody(monkeypatch):
    monkeypatch.setenv("VAULT_TOKEN", "t0ken")
    started = time.monotonic()
    open_store(None, "vault", '{"address": "https://192.0.2.1"}')
    open_store(None, "aws", '{"secrets": ["a"]}')
    assert time.monotonic() - started < 2
