"""A Dagster run of a job whose keys for S3 are in Vault: it loads, a wrong login is told, and nothing keeps a key."""

import json

import pytest

from dativo_core.errors import ConfigError
from dativo_dagster.resources import SecretsResource
from tests.canary import planted
from tests.dagster.command import dagster_command, job_execute, output
from tests.dagster.workspaces import GOOD_ROWS, HEADER, SOURCE_RECIPE, write_job, write_workspace
from tests.s3_service import ACCESS_KEY, SECRET_KEY

WRONG_ID = planted("cnryWr0ng-s3cret-id")
CONNECTION = """\
connection_template:
  s3:
    endpoint: ${secret:lake.endpoint}
    access_key_id: ${secret:lake.access_key_id}
    secret_access_key: ${secret:lake.secret_access_key}
"""


@pytest.fixture
def root(s3_service, vault, tmp_path):
    """A workspace whose job `acme/orders` loads objects of S3 with keys that Vault keeps, and what is in both."""
    bucket = s3_service.new_bucket()
    s3_service.put(bucket, **{"in/a.csv": (HEADER + GOOD_ROWS).encode()})
    vault.put(
        "acme",
        lake={"endpoint": s3_service.endpoint, "access_key_id": ACCESS_KEY, "secret_access_key": SECRET_KEY},
    )
    root = write_workspace(tmp_path / "workspace")
    (root / "connectors" / "sources" / "csv.yaml").write_text(SOURCE_RECIPE + CONNECTION)
    write_job(root)
    job = root / "jobs" / "acme" / "orders.yaml"
    job.write_text(job.read_text().replace("seeds/orders*.csv", f"s3://{bucket}/in/*.csv"))
    return root


def test_a_run_reads_its_keys_from_vault_and_keeps_none(root, vault, tmp_path):
    role_id, secret_id = vault.role_of("acme")
    settings = {"address": vault.address, "auth_method": "approle"}
    command = dagster_command(root, tmp_path / "dagster")
    variables = {
        "DATIVO_SECRET_MANAGER": "vault",
        "DATIVO_SECRET_MANAGER_CONFIG": json.dumps(settings),
        "VAULT_ROLE_ID": role_id,
    }
    done = command(*job_execute("acme__orders"), **variables, VAULT_SECRET_ID=secret_id)
    assert done.returncode == 0, output(done)
    assert "outcome=committed rows_read=2 rows_written=2" in output(done)
    refused = command(*job_execute("acme__orders"), **variables, VAULT_SECRET_ID=WRONG_ID)
    assert refused.returncode != 0
    assert f"Vault at {vault.address} refuses the AppRole login. Check role_id" in output(refused)
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    for canary in (SECRET_KEY, ACCESS_KEY, secret_id, WRONG_ID):
        assert not any(canary.encode() in each for each in (*kept, output(done).encode(), output(refused).encode()))


def test_the_resource_opens_the_backend_its_fields_name(vault, monkeypatch):
    vault.put("acme", api_key="x")
    monkeypatch.setenv("OPERATORS_TOKEN", vault.token_of("acme"))
    settings = json.dumps({"address": vault.address, "token": "${OPERATORS_TOKEN}"})
    resource = SecretsResource(secret_manager="hashicorp_vault", secret_manager_config=settings)
    assert resource.store().lookup("acme", "api_key").reveal() == "x"


def test_a_field_of_the_resource_holds_no_secret():
    settings = '{"address": "https://vault.example.com", "token": "canary-in-a-field"}'
    with pytest.raises(ConfigError, match="'token' is written out where everybody") as caught:
        SecretsResource(secret_manager="vault", secret_manager_config=settings).store()
    assert "canary-in-a-field" not in str(caught.value)
