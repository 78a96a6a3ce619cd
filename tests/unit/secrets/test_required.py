"""Which secrets the shipped jobs need, by exact names, and what is said where a tenant lacks them."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from dativo_core.errors import SecretError
from dativo_core.model.declared_options import DeclaredOptions
from dativo_core.model.origin import Authority
from dativo_core.model.s3_connection import S3Connection
from dativo_core.plan.build import check_workspace
from dativo_core.plan.required_secrets import required_secrets
from dativo_core.plan.types import CatalogPlan
from dativo_core.secrets.filesystem import FilesystemStore
from dativo_core.secrets.required import lacking_secrets, missing_secrets, require_secrets
from dativo_core.workspace.load import load_workspace

ROOT = Path(__file__).parents[3]
VARIABLES = (
    "STRIPE_API_KEY",
    "HUBSPOT_API_KEY",
    "PGHOST",
    "PGDATABASE",
    "PGUSER",
    "PGPASSWORD",
    "MYSQL_HOST",
    "NESSIE_URI",
)


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@cache
def plan_of(source_type):
    checked = check_workspace(load_workspace(ROOT, [ROOT / "jobs" / "acme"]))
    return next(job.plan for job in checked.jobs if job.plan and job.plan.source.type == source_type)


def secrets(root, tenant="acme", **files):
    directory = root / tenant
    directory.mkdir(exist_ok=True)
    for name, text in files.items():
        (directory / name.replace("__", ".")).write_text(text)
    return FilesystemStore(root)


def lacks(plan, store, mode="self_hosted"):
    return [str(secret) for secret in missing_secrets(plan, store, mode)]


@pytest.mark.parametrize("source_type", ["csv", "markdown_kv"])
def test_a_source_without_credentials_needs_nothing(tmp_path, source_type):
    assert required_secrets(plan_of(source_type)) == ()


@pytest.mark.parametrize(
    ("source_type", "file"),
    [
        ("stripe", "stripe__env"),
        ("stripe", "stripe_api_key"),
        ("stripe", "api_key__txt"),
        ("hubspot", "hubspot__env"),
        ("hubspot", "hubspot_api_key"),
        ("hubspot", "api_key"),
        ("gdrive_csv", "gdrive__json"),
        ("google_sheets", "gsheets__json"),
        ("postgres", "postgres__env"),
        ("mysql", "mysql__env"),
    ],
)
def test_a_secret_of_an_exact_name_is_enough(tmp_path, source_type, file):
    assert lacks(plan_of(source_type), secrets(tmp_path)) != []
    text = {"env": "KEY=x", "json": '{"a": "x"}'}.get(file.rpartition("__")[2], "x")
    assert lacks(plan_of(source_type), secrets(tmp_path, **{file: text})) == []


@pytest.mark.parametrize(
    ("source_type", "name"), [("stripe", "stripe_api_key_old"), ("stripe", "stripe-test"), ("postgres", "postgres2")]
)
def test_a_name_that_only_begins_alike_is_not_enough(tmp_path, source_type, name):
    assert len(lacks(plan_of(source_type), secrets(tmp_path, **{name: "x"}))) == 1


def test_another_tenants_secret_is_not_enough(tmp_path):
    secrets(tmp_path, tenant="globex", stripe_api_key="x")
    assert len(lacks(plan_of("stripe"), secrets(tmp_path))) == 1


def test_a_variable_is_enough_where_files_may_read_it(tmp_path, monkeypatch):
    monkeypatch.setenv("STRIPE_API_KEY", "x")
    plan = plan_of("stripe")
    assert lacks(plan, secrets(tmp_path)) == []
    assert lacks(plan, secrets(tmp_path), "cloud") == [], "the operator's recipe names it"
    path = "source.options.settings.credentials.from_env"
    of_tenant = {**plan.origins, path: replace(plan.origins[path], authority=Authority.TENANT)}
    assert len(lacks(replace(plan, origins=of_tenant), secrets(tmp_path), "cloud")) == 1


def test_a_database_needs_a_secret_or_all_values_of_its_connection(tmp_path, monkeypatch):
    store = secrets(tmp_path, db__env="PGHOST=h\nPGDATABASE=d\nPGUSER=u\n")
    assert lacks(plan_of("postgres"), store) == [
        "the secret postgres, or all values of the connection (PGHOST, PGDATABASE, PGUSER, PGPASSWORD)"
    ]
    monkeypatch.setenv("PGPASSWORD", "p4ssw0rd")
    assert lacks(plan_of("postgres"), store) == []


def test_credentials_of_the_job_itself_come_first(tmp_path):
    plan = plan_of("stripe")
    settings = plan.source.options.settings
    own = {**settings, "credentials": {**settings["credentials"], "api_key": "${secret:mine.key}"}}
    changed = replace(plan, source=replace(plan.source, options=DeclaredOptions(settings=own)))
    assert lacks(changed, secrets(tmp_path, stripe_api_key="x")) == ["the secret mine.key"]
    assert lacks(changed, secrets(tmp_path, mine__json='{"key": "x"}')) == []


@pytest.mark.parametrize("name", ["iceberg__env", "nessie__env"])
def test_a_catalog_of_its_own_needs_a_secret_or_an_address(tmp_path, monkeypatch, name):
    plan = plan_of("csv")
    nessie = replace(plan, target=replace(plan.target, catalog=CatalogPlan("nessie", "")))
    assert lacks(nessie, secrets(tmp_path)) == ["the secret iceberg or nessie, or the variable NESSIE_URI"]
    assert lacks(nessie, secrets(tmp_path, **{name: "NESSIE_URI=x"})) == []
    monkeypatch.setenv("NESSIE_URI", "http://localhost:19120")
    assert lacks(nessie, secrets(tmp_path / "acme")) == []


def test_references_of_a_connection_are_told_and_have_defaults(tmp_path, monkeypatch):
    for name in ("KEY_X", "SECRET_X"):
        monkeypatch.delenv(name, raising=False)
    plan = plan_of("csv")
    connection = S3Connection(endpoint="${S3_X:-}", access_key_id="${KEY_X}", secret_access_key="${secret:lake.key}")
    s3 = replace(plan, source=replace(plan.source, connection=connection))
    assert lacks(s3, secrets(tmp_path)) == ["the secret KEY_X, or the variable KEY_X", "the secret lake.key"]
    require_secrets(s3, secrets(tmp_path), "self_hosted")
    assert lacks(s3, secrets(tmp_path, lake__env="KEY_X=\nkey=x")) == ["the secret KEY_X, or the variable KEY_X"]
    assert lacks(s3, secrets(tmp_path, lake__env="KEY_X=1\nkey=x")) == []


def test_what_is_missing_is_an_error_with_the_place_to_put_it(tmp_path):
    plan = plan_of("stripe")
    with pytest.raises(SecretError) as caught:
        require_secrets(plan, secrets(tmp_path), "self_hosted")
    assert str(caught.value) == (
        f"{plan.file}: the source stripe needs the secret stripe or stripe_api_key or api_key, or the variable "
        f"STRIPE_API_KEY of tenant acme. Add it to {tmp_path}/acme"
    )


def test_what_is_missing_is_told_a_sentence_each(tmp_path):
    told = [lacking_secrets(plan, secrets(tmp_path), "self_hosted") for plan in map(plan_of, ("stripe", "csv"))]
    assert told[0][0].startswith("the source stripe needs the secret stripe or stripe_api_key")
    assert told[1] == ()
