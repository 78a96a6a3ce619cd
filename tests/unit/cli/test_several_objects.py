"""A job that reads several objects: each has its own files, table, state and outcome."""

import json

import pytest

CONTRACT = """\
apiVersion: v3.0.2
kind: DataContract
id: 0b1c9b52-3f0e-4a51-a3c7-1f0a5d5b7a02
name: shop
version: 1.0.0
status: active
domain: shop
team: [{username: shop@example.com, role: Owner}]
schema:
  - name: orders
    properties:
      - {name: id, logicalType: integer, required: true, unique: true}
      - {name: city, logicalType: string}
  - name: returns
    physicalName: t_returns
    properties:
      - {name: order_id, logicalType: integer, required: true}
"""
JOB = """\
tenant_id: acme
source_connector_path: connectors/sources/csv.yaml
target_connector_path: connectors/targets/iceberg.yaml
asset_path: assets/csv/v1.0/shop.yaml
schema_validation_mode: strict
source:
  files:
    - {path: in/orders*.csv, object: orders}
    - {path: in/returns*.csv, object: t_returns}
    - {path: in/late.csv, object: t_returns}
"""


@pytest.fixture
def job(workspace):
    """The job `acme/shop`, with two orders and three returns."""
    workspace.write("assets/csv/v1.0/shop.yaml", CONTRACT)
    workspace.write("jobs/acme/shop.yaml", JOB)
    workspace.write("in/orders-1.csv", "id,city\n1,Rome\n2,Oslo\n")
    workspace.write("in/returns-1.csv", "order_id\n1\n1\n")
    workspace.write("in/late.csv", "order_id\n2\n")
    return "jobs/acme/shop.yaml"


def streams(result):
    (found,) = json.loads(result.stdout)["jobs"]
    return {stream["object"]: stream for stream in found["report"]["streams"]}


def test_every_object_lands_in_its_own_table(workspace, job):
    result = workspace.dativo("run", "--config", job, "--json")
    assert result.exit_code == 0, result.output
    landed = {name: (each["table"], each["counts"]["written"]) for name, each in streams(result).items()}
    assert landed == {"orders": ("acme__shop.orders", 2), "t_returns": ("acme__shop.returns", 3)}


def test_every_object_remembers_its_own_files(workspace, job):
    workspace.dativo("run", "--config", job)
    shown = json.loads(workspace.dativo("state", "show", "--config", job, "--json").stdout)
    files = {each["object"]: sorted(file["path"] for file in each["state"]["files"]) for each in shown}
    assert files == {"orders": ["in/orders-1.csv"], "t_returns": ["in/late.csv", "in/returns-1.csv"]}


def test_a_new_file_of_one_object_leaves_the_other_as_it_is(workspace, job):
    workspace.dativo("run", "--config", job)
    workspace.write("in/returns-2.csv", "order_id\n2\n")
    again = streams(workspace.dativo("run", "--config", job, "--json"))
    assert {name: each["outcome"] for name, each in again.items()} == {
        "orders": "nothing_new",
        "t_returns": "committed",
    }
    assert again["t_returns"]["counts"]["written"] == 1


def test_an_object_without_files_fails_and_the_other_lands(workspace, job):
    (workspace.root / "in/orders-1.csv").unlink()
    result = workspace.dativo("run", "--config", job, "--json")
    assert result.exit_code == 2
    outcomes = {name: each["outcome"] for name, each in streams(result).items()}
    assert outcomes == {"orders": "failed", "t_returns": "committed"}


def test_an_object_is_loaded_even_when_the_file_of_another_is_broken(workspace, job):
    workspace.write("in/returns-1.csv", b"\xff\xfe\x00".decode("latin-1"))
    result = workspace.dativo("run", "--config", job, "--json")
    assert {name: each["outcome"] for name, each in streams(result).items()} == {
        "orders": "committed",
        "t_returns": "failed",
    }


def test_a_row_that_breaks_the_contract_of_one_object_stops_only_that_one(workspace, job):
    workspace.write("in/orders-1.csv", "id,city\n1,Rome\n1,Oslo\n")
    result = workspace.dativo("run", "--config", job)
    assert result.exit_code == 2
    assert "committed 3 rows" in result.stdout
    assert "acme__shop.orders" in result.stdout


def test_the_plan_shows_in_which_zone_times_without_an_offset_are_read(workspace, job):
    zone = "customProperties: [{property: dativoTimezone, value: Europe/Rome}]"
    column = f"      - {{name: at, physicalType: timestamptz, {zone}}}\n"
    workspace.write("assets/csv/v1.0/shop.yaml", CONTRACT + column)
    (shown,) = [line for line in workspace.dativo("plan", job).stdout.splitlines() if line.startswith("  at ")]
    assert "timestamptz, without an offset in Europe/Rome" in shown
    assert shown.endswith(f"assets/csv/v1.0/shop.yaml:{len(CONTRACT.splitlines()) + 1}")


def test_the_plan_shows_every_object_with_its_files(workspace, job):
    result = workspace.dativo("plan", job)
    assert result.exit_code == 0, result.output
    assert "orders -> acme__shop.orders" in result.stdout
    assert "t_returns -> acme__shop.returns" in result.stdout
    assert "  files in/returns*.csv, in/late.csv" in result.stdout
    assert "streams[1].write_mode" in result.stdout


def test_every_table_whose_state_cannot_be_changed_is_told_and_none_is_changed(workspace, job):
    workspace.write("in/late.csv", "order_id\nx\n")
    workspace.dativo("run", "--config", job)
    why = ("--reason", "a test")
    refused = workspace.dativo("state", "reset", "--config", job, *why)
    assert refused.exit_code == 2
    assert "acme__shop.orders: would change" in refused.stdout
    assert "acme__shop.returns: refused" in refused.stdout
    assert "load 1" in workspace.dativo("state", "show", "--config", job).stdout
    told = workspace.dativo("state", "reset", "--object", "orders", "--config", job, *why)
    assert (told.exit_code, "returns" in told.stdout) == (0, False), told.output


def test_tables_that_stay_as_they_are_are_told_beside_the_one_that_changes(workspace, job):
    workspace.write("old.json", json.dumps({"file_in/orders-1.csv": {"last_modified": "2999-01-01"}}))
    told = workspace.dativo("state", "import", "old.json", "--config", job, "--reason", "moving", "--yes")
    assert told.exit_code == 0, told.output
    assert "acme__shop.orders: changed" in told.stdout
    assert "returns: unchanged" in told.stdout


def test_each_table_is_given_its_own_entries_of_a_shared_state_file(workspace, job):
    entries = {
        "file_in/late.csv": {"last_modified": "2999-01-01"},
        "file_in/orders-1.csv": {"last_modified": "2999-01-01"},
    }
    workspace.write("old.json", json.dumps(entries))
    told = workspace.dativo("state", "import", "old.json", "--config", job, "--reason", "moving")
    assert told.exit_code == 0, told.output
    assert "unchanged since: 1 file (in/late.csv)" in told.stdout
    assert "unchanged since: 1 file (in/orders-1.csv)" in told.stdout
    shown = workspace.dativo("run", "--config", job).stdout
    assert "t_returns: committed 2 rows" in shown
    assert "orders: nothing new" in shown
