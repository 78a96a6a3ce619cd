"""A relationship between two tables through Dagster: its check, before and after the table it points to is loaded."""

import dagster as dg
import pytest

from dativo_dagster.compile import build_definitions
from tests.dagster.test_run import ORDERS, evaluations, events, execute, failure, materialized, rows
from tests.dagster.workspaces import write_job, write_rows

CHECK = "relation__orders_id__customers_id"


@pytest.fixture
def shop(workspace):
    """Orders whose ids are those of customers, and the job that loads these."""
    write_job(workspace, "customers")
    job = workspace / "jobs" / "acme" / "customers.yaml"
    job.write_text(job.read_text().replace("object: orders", "object: customers"))
    contract = workspace / "assets" / "csv" / "v1.0" / "orders.yaml"
    text = contract.read_text().replace("v3.0.2", "v3.1.0")
    relationships = "    relationships: [{from: orders.id, to: customers.yaml#customers.id}]\n"
    contract.write_text(text.replace("    properties:\n", relationships + "    properties:\n"))
    return workspace


def load_customers(shop, instance):
    job = build_definitions(shop).resolve_job_def("acme__customers")
    assert job.execute_in_process(instance=instance).success


def test_the_check_of_a_relationship_tells_its_query_and_blocks(shop):
    (spec,) = (each for each in build_definitions(shop).resolve_assets_def(ORDERS).check_specs if each.name == CHECK)
    assert spec.blocking
    assert spec.description == "orders.id is null, or found in customers.id"
    assert "ANTI JOIN" in spec.metadata["contract/query"]
    assert spec.metadata["contract/path"] == "assets/csv/v1.0/orders.yaml:13"


def test_before_the_other_table_is_loaded_the_run_fails_and_names_the_job_to_run(shop, instance):
    result = execute(shop, instance)
    assert materialized(result) == []
    assert evaluations(result)[CHECK] == (False, dg.AssetCheckSeverity.ERROR)
    assert "run the job customers first" in failure(result).description


def test_orphans_keep_a_run_from_publishing_and_are_counted(shop, instance):
    write_rows(shop, "1,a@b.org,\n", "customers.csv")
    load_customers(shop, instance)
    result = execute(shop, instance)
    assert materialized(result) == []
    (found,) = (
        each.asset_check_evaluation_data
        for each in events(result, "ASSET_CHECK_EVALUATION")
        if each.asset_check_evaluation_data.check_name == CHECK
    )
    assert (found.passed, found.metadata["dativo/value"].value) == (False, 1)
    write_rows(shop, "2,a@b.org,\n", "customers_later.csv")
    load_customers(shop, instance)
    again = execute(shop, instance)
    assert materialized(again)[0] == ORDERS
    assert evaluations(again)[CHECK][0]
    assert rows(shop) == 2


def test_without_a_job_for_the_other_table_the_check_never_passes(shop, instance):
    (shop / "jobs" / "acme" / "customers.yaml").unlink()
    result = execute(shop, instance)
    assert result.success
    assert evaluations(result)[CHECK] == (False, dg.AssetCheckSeverity.WARN)
