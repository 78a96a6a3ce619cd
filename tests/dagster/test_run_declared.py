"""A job whose source type has no code in this version is an asset like any other; its run says why it cannot be."""

import dagster as dg

from dativo_dagster.compile import build_definitions
from tests.dagster.test_run import events, execute, failure, materialized
from tests.dagster.workspaces import write_job

CUSTOMERS = """\
name: csv
type: markdown_kv
roles: [source]
default_engine: {type: native}
"""
BUCKET = """\
name: iceberg
type: s3
roles: [target]
default_engine: {type: native}
connection_template: {bucket: "${S3_BUCKET}"}
"""


def test_its_asset_and_job_exist(workspace):
    (workspace / "connectors" / "sources" / "csv.yaml").write_text(CUSTOMERS)
    definitions = build_definitions(workspace)
    assert dg.AssetKey(["acme", "orders"]) in {spec.key for spec in definitions.resolve_all_asset_specs()}
    assert definitions.metadata["dativo/invalid_jobs"].value == 0


def test_its_run_fails_by_name_without_a_retry(workspace, instance):
    (workspace / "connectors" / "sources" / "csv.yaml").write_text(CUSTOMERS)
    result = execute(workspace, instance)
    assert not result.success
    expected = "the source type 'markdown_kv' is declared in the registry, not implemented in this version"
    assert expected in failure(result).description
    assert (materialized(result), events(result, "STEP_UP_FOR_RETRY")) == ([], [])


def test_a_target_without_code_fails_by_name_and_is_shown_as_what_it_is(workspace, instance):
    (workspace / "connectors" / "targets" / "iceberg.yaml").write_text(BUCKET)
    (spec,) = [
        spec
        for spec in build_definitions(workspace).resolve_all_asset_specs()
        if spec.key == dg.AssetKey(["acme", "orders"])
    ]
    assert spec.kinds == {"s3", "csv"}
    assert spec.metadata["dagster/storage_kind"] == "s3"
    assert "the target type 's3' is declared" in failure(execute(workspace, instance)).description


def test_its_neighbours_run(workspace, instance):
    recipes = workspace / "connectors" / "sources"
    (recipes / "notes.yaml").write_text(CUSTOMERS.replace("name: csv", "name: notes"))
    write_job(workspace, "notes")
    job = workspace / "jobs" / "acme" / "notes.yaml"
    job.write_text(job.read_text().replace("sources/csv.yaml", "sources/notes.yaml"))
    assert execute(workspace, instance).success
