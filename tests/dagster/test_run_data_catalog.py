"""A job that names a data catalog lands its rows in Dagster too, and its materialisation says that nothing was pushed."""

import dagster as dg
import pytest

from dativo_dagster.compile import build_definitions
from tests.dagster.command import dagster_command, job_execute, output
from tests.dagster.test_run import execute, failure
from tests.dagster.test_run_delete_insert import log_lines, numbers
from tests.dagster.workspaces import write_job

CATALOG = """\
catalog:
  type: aws_glue
  connection: {region: eu-central-1, aws_access_key_id: "${GLUE_ID}", aws_secret_access_key: "${GLUE_KEY}"}
  database: shop
"""
SAYS = "metadata and lineage are not pushed to aws_glue in this version; the table lands without it"
WRITER = 'target: {custom_writer: "writer.py:Writer"}\n'


def test_the_materialization_and_the_log_of_the_run_say_so(workspace, instance):
    write_job(workspace, extra=CATALOG)
    result = execute(workspace, instance)
    assert result.success
    assert numbers(result) == (2, 2, 0, 0)
    (event,) = (event for event in result.all_events if event.event_type_value == "ASSET_MATERIALIZATION")
    assert SAYS in str(event.materialization.metadata["dativo/warnings"])
    assert SAYS in log_lines(instance, result)


def test_a_job_that_cannot_be_run_is_an_asset_whose_run_fails_by_name(workspace, instance):
    write_job(workspace, extra=WRITER)
    definitions = build_definitions(workspace)
    assert dg.AssetKey(["acme", "orders"]) in {spec.key for spec in definitions.resolve_all_asset_specs()}
    assert definitions.metadata["dativo/invalid_jobs"].value == 0
    assert "'custom_writer' is not implemented in this version" in failure(execute(workspace, instance)).description


def test_a_job_of_a_catalog_without_code_is_an_asset_whose_run_fails_by_name(workspace, instance):
    write_job(workspace, extra="target: {catalog: nessie}\n")
    assert "the catalog 'nessie' is not implemented" in failure(execute(workspace, instance)).description


@pytest.mark.slow
def test_dagster_job_execute_lands_its_rows(workspace, tmp_path):
    write_job(workspace, extra=CATALOG)
    done = dagster_command(workspace, tmp_path / "dagster")(*job_execute("acme__orders"))
    assert done.returncode == 0, output(done)
    assert "outcome=committed rows_read=2 rows_written=2" in output(done)
    assert SAYS in output(done)
