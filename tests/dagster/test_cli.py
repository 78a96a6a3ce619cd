import zipfile
from pathlib import Path

import pytest
from pyarrow import parquet

from tests.dagster.command import MODULE, REPOSITORY, dagster_command, job_execute, output
from tests.dagster.test_run_json_parquet import RECIPE, TABLE
from tests.dagster.test_run_nested import PROPERTIES
from tests.dagster.test_run_rules import with_query, with_rules
from tests.dagster.workspaces import write_job, write_rows


@pytest.fixture
def command(workspace, tmp_path):
    """Run a command line of Dagster in the workspace, with its own instance."""
    return dagster_command(workspace, tmp_path / "dagster")


@pytest.mark.slow
def test_dagster_job_execute_loads_and_a_second_one_finds_nothing_new(command):
    first = command(*job_execute("acme__orders"))
    again = command(*job_execute("acme__orders"))
    assert (first.returncode, again.returncode) == (0, 0), output(first)
    assert "outcome=committed rows_read=2 rows_written=2" in output(first)
    assert "outcome=nothing_new" in output(again)


@pytest.mark.slow
def test_dg_launch_runs_the_same_job(command):
    done = command("dg", "launch", "--job", "acme__orders", cwd=REPOSITORY)
    assert done.returncode == 0, output(done)
    assert "outcome=committed rows_read=2 rows_written=2" in output(done)


@pytest.mark.slow
def test_definitions_validate_accepts_a_sound_workspace(command):
    done = command("dagster", "definitions", "validate", "-w", str(REPOSITORY / "workspace.yaml"))
    assert done.returncode == 0, output(done)


@pytest.mark.slow
def test_definitions_validate_refuses_a_workspace_with_a_broken_job(command, workspace):
    write_job(workspace, "broken", extra="surprise: 1\n")
    done = command("dagster", "definitions", "validate", "-w", str(REPOSITORY / "workspace.yaml"))
    assert done.returncode == 1
    assert "jobs/acme/broken.yaml:8: surprise" in output(done)


@pytest.mark.slow
def test_loading_the_code_location_imports_no_data_library(command):
    code = (
        f"import sys, {MODULE}; heavy = {{'pyarrow', 'pyiceberg', 'boto3', 'polars', 'duckdb'}} & set(sys.modules); "
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = command("python", "-c", code)
    assert done.returncode == 0, output(done)


@pytest.mark.slow
def test_without_a_named_root_the_workspace_around_the_current_directory_is_loaded(command, workspace):
    code = f"from {MODULE} import defs; print(*(spec.key for spec in defs.resolve_all_asset_specs()))"
    done = command("python", "-c", code, cwd=workspace / "jobs" / "acme", DATIVO_ROOT="")
    assert "orders__quarantine" in done.stdout, output(done)


DIALECT = """\
  engine: {options: {native: {encoding: cp1252, compression: zip, delimiter: "||", record_terminator: ";", comment: "#"}}}
target: {write_mode: delete_insert, partitioning: ["bucket(4,id)"], sort_order: [amount desc]}
max_rejects: 10
"""
ROWS = (
    'id||email||amount;# by hand;1||é@b.org||1,5;1||a@b.org||2;2||c@d.org||3;2||c@d.org||3;4||"d@e.org||4;5||f@g.org;'
)


def deliver_zip(workspace: Path, text: str) -> None:
    with zipfile.ZipFile(workspace / "seeds" / "orders.csv", "w") as archive:
        archive.writestr("orders.txt", text.encode("cp1252"))


@pytest.mark.slow
def test_dagster_job_execute_loads_a_hostile_file_of_an_odd_dialect_and_replaces_its_rows_when_it_changes(
    command, workspace
):
    write_job(workspace, mode="warn", extra=DIALECT)
    deliver_zip(workspace, ROWS)
    first = command(*job_execute("acme__orders"))
    assert "outcome=committed rows_read=6 rows_written=2 rows_quarantined=4" in output(first)
    deliver_zip(workspace, "id||email||amount;7||x@y.org||7;")
    again = command(*job_execute("acme__orders"))
    assert "outcome=committed rows_read=1 rows_written=1" in output(again)
    assert "rows_deleted=2" in output(again)


def deliver(workspace: Path, kind: str) -> None:
    """Have the job read files of another kind."""
    (workspace / "connectors" / "sources" / "csv.yaml").write_text(RECIPE.replace("TYPE", kind))
    write_job(workspace, mode="warn")
    job = workspace / "jobs" / "acme" / "orders.yaml"
    job.write_text(job.read_text().replace("orders*.csv", f"orders*.{kind}"))


NESTED_LINES = """\
{"id":1,"address":{"city":"Bonn","zip":"53111"},"items":[{"sku":"a","price":12.50}]}
{"id":2,"address":{"zip":"53111"},"items":[{"sku":"a"}]}
{"id":3,"items":[{"price":-0.01}]}
{"id":4,"items":[]}
{"id":5,"items":[{"price":0.001}]}
{"id":6,
"""


@pytest.mark.slow
def test_dagster_job_execute_loads_nested_json_lines_and_shows_which_part_of_a_row_is_wrong(command, workspace):
    deliver(workspace, "jsonl")
    contract = workspace / "assets" / "csv" / "v1.0" / "orders.yaml"
    contract.write_text(contract.read_text().partition("      - {name: id")[0] + PROPERTIES)
    (workspace / "seeds" / "orders.jsonl").write_text(NESTED_LINES)
    done = command(*job_execute("acme__orders"))
    assert done.returncode == 0, output(done)
    assert "outcome=committed rows_read=6 rows_written=1 rows_quarantined=5" in output(done)


@pytest.mark.slow
def test_dagster_job_execute_loads_parquet(command, workspace):
    deliver(workspace, "parquet")
    parquet.write_table(TABLE, workspace / "seeds" / "orders.parquet")
    done = command(*job_execute("acme__orders"))
    assert done.returncode == 0, output(done)
    assert "outcome=committed rows_read=4 rows_written=2 rows_quarantined=2" in output(done)


@pytest.mark.slow
def test_dagster_job_execute_fails_on_a_threshold_that_is_not_met_and_says_which(command, workspace):
    with_rules(workspace)
    write_rows(workspace, "1,a@b.org,1\n2,a@b.org,2\n3,a@b.org,3\n4,a@b.org,4\n")
    done = command(*job_execute("acme__orders"))
    assert done.returncode == 1, output(done)
    assert "a_few_rows: 4 rows, not mustBeBetween [1, 4]" in output(done)


@pytest.mark.slow
def test_dagster_job_execute_asks_the_queries_of_the_contract_before_it_publishes(command, workspace):
    with_query(workspace)
    first = command(*job_execute("acme__orders"))
    assert first.returncode == 0, output(first)
    write_rows(workspace, "7,x@y.org,99\n", "orders-2.csv")
    again = command(*job_execute("acme__orders"))
    assert again.returncode == 1, output(again)
    assert "top: 99, not mustBeLessThan 10" in output(again)
    contract = workspace / "assets" / "csv" / "v1.0" / "orders.yaml"
    contract.write_text(contract.read_text().replace("max(amount)", "max(amout)"))
    misspelt = command(*job_execute("acme__orders"))
    assert misspelt.returncode == 1, output(misspelt)
    assert "assets/csv/v1.0/orders.yaml:14: rule top: " in output(misspelt)
    assert "[sql-relation]" in output(misspelt)
