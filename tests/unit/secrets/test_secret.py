"""The secret type and the resolution of references."""

import copy
import json
import pickle
from dataclasses import dataclass, field

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticSerializationError

from dativo_core.errors import ConfigError, SecretError
from dativo_core.model.origin import Authority
from dativo_core.secrets.base import Mode, Secret, resolve_references
from dativo_core.telemetry.redact import REDACTED, redact


@dataclass
class Drawer:
    """A store in memory."""

    values: dict[str, str] = field(default_factory=dict)

    def lookup(self, tenant, name):
        return Secret(self.values[name]) if name in self.values else None

    def names(self, tenant):
        return frozenset(self.values)

    def describe(self, tenant):
        return f"the drawer of {tenant}"

    def keeps(self, variable):
        return False


def resolve(text, values=(), **options):
    return resolve_references(text, "acme", Drawer(dict(values)), **options)


def test_a_secret_shows_itself_only_when_asked():
    secret = Secret("canary-0001")
    assert (str(secret), f"{secret}", repr(secret)) == (REDACTED, REDACTED, f"Secret({REDACTED})")
    assert secret.reveal() == "canary-0001"


@pytest.mark.parametrize("leak", [pickle.dumps, json.dumps, copy.deepcopy, vars])
def test_a_secret_cannot_be_pickled_copied_or_serialised(leak):
    with pytest.raises(TypeError):
        leak(Secret("canary-0002"))


class Login(BaseModel):
    """A model with secrets, as settings of a backend are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user: str
    password: Secret
    token: Secret | None = None


def test_a_model_reads_a_secret_from_text_and_shows_it_nowhere():
    login = Login.model_validate({"user": "me", "password": "canary-0010", "token": Secret("canary-0011")})
    assert (login.password.reveal(), login.token.reveal()) == ("canary-0010", "canary-0011")
    assert "canary" not in f"{login} {login!r} {login.model_dump()} {vars(login)}"
    for leak in (pickle.dumps, lambda model: model.model_dump_json(), lambda model: model.model_dump(mode="json")):
        with pytest.raises((TypeError, PydanticSerializationError)) as caught:
            leak(login)
        assert "canary" not in str(caught.value)


@pytest.mark.parametrize("wrong", [["canary-0012"], {"a": "canary-0012"}, 123400012, 1.25400012, b"canary-0012", True])
def test_no_error_of_a_model_shows_what_was_given_for_a_secret(wrong):
    for values in ({"password": wrong}, {"password": "canary-0012", "token": wrong, "user": 1}):
        with pytest.raises(ValidationError) as caught:
            Login.model_validate({"user": "me"} | values)
        of_secrets = [each for each in caught.value.errors() if each["loc"][0] in {"password", "token"}]
        assert of_secrets
        for shown in (str(caught.value), repr(caught.value), str(of_secrets)):
            assert "0012" not in shown


def test_a_secret_is_unprintable_as_soon_as_it_exists():
    Secret("canary-0003")
    assert redact("x canary-0003") == f"x {REDACTED}"


def test_a_name_is_looked_up_in_the_tenants_secrets_before_the_environment(monkeypatch):
    monkeypatch.setenv("LAKE", "from-environment")
    assert resolve("${LAKE}/t", {"LAKE": "from-secrets"}) == "from-secrets/t"
    assert resolve("${LAKE}/t") == "from-environment/t"


def test_env_references_do_not_look_in_secrets(monkeypatch):
    monkeypatch.setenv("LAKE", "from-environment")
    assert resolve("${env:LAKE}", {"LAKE": "from-secrets"}) == "from-environment"


def test_a_part_of_a_secret_is_named_by_its_file(monkeypatch):
    monkeypatch.setenv("password", "wrong")
    assert resolve("${secret:db.password}", {"db.password": "right"}) == "right"


def test_the_default_is_taken_when_nothing_or_an_empty_text_is_found():
    assert resolve("${NOWHERE_X:-here}") == "here"
    assert resolve("${NOWHERE_X:-here}", {"NOWHERE_X": ""}) == "here"


def test_values_are_opaque(monkeypatch):
    monkeypatch.setenv("HOME", "wrong")
    assert resolve("${PASS} $$", {"PASS": "a$HOME${HOME}$$"}) == "a$HOME${HOME}$$ $"


def test_all_missing_names_are_listed_with_where_they_were_looked_for():
    with pytest.raises(SecretError) as caught:
        resolve("${NOWHERE_A}:${secret:db.pw}", {"EMPTY": "x", "db.password": "s3cr3t"}, where="jobs/a.yaml:3: path")
    message = str(caught.value)
    assert message.startswith("jobs/a.yaml:3: path: no value for ${NOWHERE_A}, ${secret:db.pw} of tenant acme")
    assert "the drawer of acme and the process environment" in message
    assert "db.password" in caught.value.hint
    assert "s3cr3t" not in message


def test_an_empty_secret_counts_as_missing():
    with pytest.raises(SecretError, match=r"\$\{PASS\}"):
        resolve("${PASS}", {"PASS": ""})


def test_in_cloud_mode_a_tenants_text_reads_no_environment(monkeypatch):
    monkeypatch.setenv("LAKE", "canary")
    with pytest.raises(SecretError) as caught:
        resolve("${LAKE}", mode=Mode.CLOUD)
    assert "environment" not in str(caught.value)


@pytest.mark.parametrize("text", ["${env:LAKE}", "${LAKE:-x}"])
def test_in_cloud_mode_a_tenant_has_neither_env_references_nor_defaults(text):
    with pytest.raises(ConfigError, match="not allowed in cloud mode"):
        resolve(text, {"LAKE": "x"}, mode=Mode.CLOUD)


def test_in_cloud_mode_an_operators_text_reads_the_environment(monkeypatch):
    monkeypatch.setenv("LAKE", "lake")
    assert resolve("${LAKE:-x}", mode=Mode.CLOUD, authority=Authority.OPERATOR) == "lake"


def test_what_is_no_reference_is_an_error_with_the_grammar():
    with pytest.raises(ConfigError, match=r"not a reference.*\$\{NAME\}"):
        resolve("${not a name}")


def test_a_password_of_the_environment_becomes_unprintable(monkeypatch):
    monkeypatch.setenv("DB_PASSWORD", "canary-0004")
    resolve("${DB_PASSWORD}")
    assert redact("canary-0004") == REDACTED


def test_a_path_of_the_environment_stays_printable(monkeypatch):
    monkeypatch.setenv("LAKE_DIR", "/data/lake-0005")
    resolve("${LAKE_DIR}")
    assert redact("/data/lake-0005") == "/data/lake-0005"
