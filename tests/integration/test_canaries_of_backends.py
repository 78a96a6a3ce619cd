"""One secret in every backend and every way it keeps them: loads that succeed and loads that fail tell none of them."""

import json

import pytest
from click.testing import CliRunner

from dativo_core.cli import main
from dativo_core.telemetry import redact
from tests.aws_service import REGION
from tests.canary import forms, kept_in, leaks, new_canary, new_word
from tests.dagster.workspaces import GOOD_ROWS, HEADER, SOURCE_RECIPE, write_job, write_workspace
from tests.google_secrets import running_google_secrets
from tests.s3_service import ACCESS_KEY, SECRET_KEY


class Machine:
    """Where a secret can be put, and what a command line has to know to find it."""

    def __init__(self, request, root, monkeypatch):
        self.request, self.root, self.monkeypatch = request, root, monkeypatch
        self.options = []
        self.tokens = []

    def service(self, name):
        return self.request.getfixturevalue(name)

    def dativo(self, *words):
        return CliRunner().invoke(main, [*words, "--config", "jobs/acme/orders.yaml", *self.options])

    def token(self, token):
        """Return a token of a server, which begins as the server likes: it is searched by this test, not at the end."""
        self.tokens.append(token)
        return token

    def file(self, name, text):
        path = self.root / "secrets" / "acme" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        self.options = ["--secrets-dir", "secrets"]

    def variable(self, name, text):
        self.monkeypatch.setenv(f"DATIVO_SECRET__ACME__{name}", text)
        self.options = ["--secret-manager", "env"]

    def backend(self, name, **settings):
        self.options = ["--secret-manager", name, "--secret-manager-config", json.dumps(settings)]

    def vault(self, **settings):
        vault = self.service("vault")
        self.monkeypatch.setenv("VAULT_TOKEN", self.token(vault.token_of("acme")))
        self.backend("vault", address=vault.address, **settings)
        return vault

    def aws(self, secret_id, text, **settings):
        self.monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", new_word("Machine"))
        self.service("aws_secrets").put(secret_id, text)
        self.backend("aws", endpoint_url=self.service("aws_secrets").endpoint, **settings)

    def google(self, secret_id, text, **settings):
        google = self.service("google")
        google.put(secret_id, text)
        self.backend("gcp", project_id="p", client_options={"api_endpoint": google.server.address}, **settings)


def _vault_v1(m, value):
    m.vault(mount_point="kv1", kv_version=1).put_v1("acme", key=value)


def _approle(m, value):
    vault = m.vault(auth_method="approle")
    vault.put("acme", key=value)
    role_id, secret_id = vault.role_of("acme")
    m.monkeypatch.setenv("VAULT_ROLE_ID", role_id)
    m.monkeypatch.setenv("VAULT_SECRET_ID", m.token(secret_id))


BACKENDS = {
    "a text": ("key", lambda m, v: m.file("key.txt", f"{v}\n")),
    "a file without extension": ("key", lambda m, v: m.file("key", v)),
    "a JSON file": ("lake.key", lambda m, v: m.file("lake.json", json.dumps({"key": v}))),
    "a JSON file in depth": ("lake.a.key", lambda m, v: m.file("lake.json", json.dumps({"a": {"key": v}, "b": [v]}))),
    "a JSON file of one text": ("lake.key", lambda m, v: m.file("lake.json", json.dumps({"key": v, "é": f"é{v}"}))),
    "a file of variables": ("lake.key", lambda m, v: m.file("lake.env", f'key="{escaped(v)}"\n')),
    "a file of exported variables": ("key", lambda m, v: m.file("lake.env", f'export key="{escaped(v)}"\n')),
    "a variable": ("key", lambda m, v: m.variable("KEY", v)),
    "a variable of text": ("key", lambda m, v: m.variable("KEY__TEXT", v)),
    "a variable as it is": ("key", lambda m, v: m.variable("KEY__RAW", v)),
    "a variable of JSON": ("lake.key", lambda m, v: m.variable("LAKE__JSON", json.dumps({"key": v}))),
    "a variable of variables": ("lake.key", lambda m, v: m.variable("LAKE__ENV", f'key="{escaped(v)}"\n')),
    "Vault": ("key", lambda m, v: m.vault().put("acme", key=v)),
    "Vault, a map": ("lake.key", lambda m, v: m.vault().put("acme", lake={"key": v})),
    "Vault, JSON": ("lake.key", lambda m, v: m.vault().put("acme", **{"lake.json": json.dumps({"key": v})})),
    "Vault, variables": ("lake.key", lambda m, v: m.vault().put("acme", **{"lake.env": f'key="{escaped(v)}"'})),
    "Vault, version 1": ("key", _vault_v1),
    "Vault, a role": ("key", _approle),
    "AWS": ("key", lambda m, v: m.aws("acme/key", v, secrets=["key"])),
    "AWS, JSON": ("lake.key", lambda m, v: m.aws("acme/lake.json", json.dumps({"key": v}), secrets=["lake.json"])),
    "AWS, variables": ("lake.key", lambda m, v: m.aws("acme/lake.env", f'key="{escaped(v)}"', secrets=["lake.env"])),
    "AWS, all in one": (
        "lake.key",
        lambda m, v: m.aws("all/acme", json.dumps({"lake": {"key": v}}), bundle_secret_id_template="all/{tenant}"),
    ),
    "AWS, all in one as variables": (
        "key",
        lambda m, v: m.aws(
            "env/acme", f'key="{escaped(v)}"', bundle_secret_id_template="env/{tenant}", bundle_format="env"
        ),
    ),
    "Google": ("key", lambda m, v: m.google("acme-key", v, secrets=["key"])),
    "Google, JSON": (
        "lake.key",
        lambda m, v: m.google("acme-lake", json.dumps({"key": v}), secrets=[{"name": "lake", "format": "json"}]),
    ),
    "Google, all in one": (
        "lake.key",
        lambda m, v: m.google("all-acme", json.dumps({"lake": {"key": v}}), bundle_secret_id_template="all-{tenant}"),
    ),
    "Google, all in one as variables": (
        "key",
        lambda m, v: m.google(
            "env-acme", f'key="{escaped(v)}"', bundle_secret_id_template="env-{tenant}", bundle_format="env"
        ),
    ),
}


def escaped(value):
    return value.replace("\\", "\\\\").replace('"', '\\"')


@pytest.fixture
def google():
    with running_google_secrets() as double:
        yield double


@pytest.fixture
def machine(request, tmp_path, s3_service, monkeypatch):
    """A workspace that loads from a real service with keys of a backend, on a machine that has no others."""
    monkeypatch.setattr(redact, "_forms", frozenset())
    for name in (
        "DATIVO_SECRET_MANAGER",
        "DATIVO_SECRET_MANAGER_CONFIG",
        "VAULT_ADDR",
        "VAULT_NAMESPACE",
        "AWS_PROFILE",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    root = write_workspace(tmp_path / "workspace")
    monkeypatch.chdir(root)
    return Machine(request, root, monkeypatch)


def write_source(root, s3_service, name):
    bucket = s3_service.new_bucket()
    s3_service.put_all(bucket, {"in/orders-1.csv": (HEADER + GOOD_ROWS).encode()})
    (root / "connectors/sources/csv.yaml").write_text(
        f"{SOURCE_RECIPE}connection_template:\n  s3:\n    endpoint: {s3_service.endpoint}\n    region: eu-west-1\n"
        f"    access_key_id: {ACCESS_KEY}\n    secret_access_key: ${{secret:{name}}}\n"
    )
    write_job(root, extra="retry_config: {max_attempts: 1}\nlogging: {level: debug}\n")
    job = root / "jobs/acme/orders.yaml"
    job.write_text(job.read_text().replace("seeds/orders*.csv", f"s3://{bucket}/in/*.csv"))


@pytest.mark.parametrize(("name", "put"), BACKENDS.values(), ids=BACKENDS)
def test_a_load_tells_no_secret_of_its_backend(machine, s3_service, name, put):
    root, canary = machine.root, new_canary("Backend")
    kept_in(root / "connectors")
    write_source(root, s3_service, name)
    printed = []
    for value, code in ((canary, 2), (SECRET_KEY, 0)):
        put(machine, value)
        run, state = machine.dativo("run", "--debug"), machine.dativo("state", "show", "--json")
        assert run.exit_code == code, run.output
        printed += [run.output, state.output]
    assert "commit_success" in "".join(printed)
    places = [root / "secrets", root / "connectors"]
    assert leaks([canary, SECRET_KEY, *machine.tokens], *printed, root, without=places) == []


def test_there_are_enough_secrets_and_forms():
    assert len(BACKENDS) >= 25
    assert len(forms(new_canary())) >= 6
