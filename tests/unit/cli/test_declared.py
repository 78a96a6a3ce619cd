"""Connector types that the registry declares and this version has no code for: checked, planned, refused when run."""

import json

import pytest

RECIPE = """\
name: stripe
type: stripe
roles: [source]
default_engine: {type: native}
credentials: {type: api_key, from_env: STRIPE_API_KEY}
incremental: {strategy: created, cursor_field_default: created}
"""
TARGET = """\
name: bucket
type: s3
roles: [target]
default_engine: {type: native}
connection_template: {bucket: "${S3_BUCKET}"}
"""
DATABASE = """\
name: postgres
type: postgres
roles: [source]
default_engine: {type: native}
"""
SAYS = "is declared in the registry, not implemented in this version"


@pytest.fixture
def stripe(workspace):
    """The job `customers` of a source without code."""
    workspace.write("connectors/sources/stripe.yaml", RECIPE)
    contract = (workspace.root / "assets/csv/v1.0/orders.yaml").read_text()
    text = contract.replace("source_type: csv", "source_type: stripe").replace("orders", "customers")
    text = text.replace("0b1c9b52", "0b1c9b53")
    workspace.write("assets/stripe/v1.0/customers.yaml", text)
    job = (workspace.root / workspace.job()).read_text()
    text = job.replace("sources/csv", "sources/stripe").replace("csv/v1.0/orders", "stripe/v1.0/customers")
    text = text[: text.index("source:\n")] + "source: {objects: customers, incremental: {lookback_days: 0}}\n"
    workspace.write("jobs/acme/customers.yaml", text)
    return "jobs/acme/customers.yaml"


def test_it_is_valid_with_a_note(workspace, stripe):
    result = workspace.dativo("validate", stripe)
    assert result.exit_code == 0, result.output
    assert SAYS not in result.stdout
    assert SAYS in workspace.dativo("validate", "--notes", stripe).stdout


def test_its_plan_shows_every_setting(workspace, stripe):
    result = workspace.dativo("plan", stripe)
    assert result.exit_code == 0, result.output
    assert "source.options.settings.credentials.from_env" in result.stdout
    assert "source.options.settings.incremental.cursor_field" in result.stdout


def test_running_it_fails_by_name_with_exit_code_2(workspace, stripe):
    result = workspace.dativo("run", "--config", stripe, "--json")
    assert result.exit_code == 2
    (job,) = json.loads(result.stdout)["jobs"]
    assert job["error"]["message"] == f"the source type 'stripe' {SAYS}"


def test_its_neighbours_run(workspace, stripe):
    result = workspace.dativo("run", "--job-dir", "jobs/acme", "--json")
    codes = {job["job"]: job["exit_code"] for job in json.loads(result.stdout)["jobs"]}
    assert codes == {"customers": 2, "orders": 0}


def test_a_target_without_code_fails_by_name_and_writes_nothing(workspace):
    workspace.write("connectors/targets/s3.yaml", TARGET)
    path = workspace.job()
    workspace.write(path, (workspace.root / path).read_text().replace("targets/iceberg", "targets/s3"))
    for command in (("run",), ("state", "show")):
        result = workspace.dativo(*command, "--config", path)
        assert result.exit_code == 2
        assert f"the target type 's3' {SAYS}" in result.output
    assert not (workspace.root / "lake").exists()


@pytest.mark.parametrize(("mode", "code"), [("self_hosted", 0), ("cloud", 2)])
def test_validate_refuses_a_database_in_cloud_mode(workspace, mode, code):
    workspace.write("connectors/sources/postgres.yaml", DATABASE)
    path = workspace.job()
    text = (workspace.root / path).read_text().replace("sources/csv", "sources/postgres")
    text = text[: text.index("source:\n")] + "source: {tables: [{name: public.orders, object: orders}]}\n"
    workspace.write(path, text)
    result = workspace.dativo("validate", "--mode", mode, path)
    assert result.exit_code == code, result.output
    assert ("cloud-refused" in result.stdout) is (code == 2)
