from dataclasses import replace

import dagster as dg
import pytest

from dativo_core.model.names import job_key, table_name
from dativo_core.plan.build import check_workspace
from dativo_core.workspace.load import load_workspace
from dativo_dagster.compile import compile_job
from dativo_dagster.resources import default_resources
from dativo_dagster.translate import DativoTranslator

FIRST = dg.AssetKey(["acme", "orders", "orders"])
SECOND = dg.AssetKey(["acme", "orders", "copies"])


@pytest.fixture
def plan(workspace):
    """The job of the workspace, loading its object into a second table as well."""
    plan = check_workspace(load_workspace(workspace)).jobs[0].plan
    stream = plan.streams[0]
    copies = replace(
        stream,
        object="copies",
        job_key=job_key("acme", "orders", "copies"),
        table=table_name("acme", "sales", "copies"),
    )
    return replace(plan, streams=(stream, copies))


def execute(plan, instance, **arguments):
    compiled = compile_job(plan, default_resources(), DativoTranslator())
    return compiled.job.execute_in_process(instance=instance, raise_on_error=False, **arguments)


def materialized(result):
    return [event.asset_key for event in result.all_events if event.event_type_value == "ASSET_MATERIALIZATION"]


def test_every_object_is_materialized_by_itself(plan, instance):
    result = execute(plan, instance)
    assert result.success
    assert materialized(result) == [FIRST, SECOND]


def test_one_object_can_be_loaded_alone(plan, instance):
    assert materialized(execute(plan, instance, asset_selection=[SECOND])) == [SECOND]
    assert materialized(execute(plan, instance)) == [FIRST]


def test_an_object_that_fails_does_not_take_the_others_along(plan, instance):
    first, copies = plan.streams
    missing = replace(copies.columns[0], source_name="number")
    broken = replace(plan, streams=(first, replace(copies, columns=(missing, *copies.columns[1:]))))
    result = execute(broken, instance)
    assert not result.success
    assert materialized(result) == [FIRST]
    text = result.failure_data_for_node("ingest__acme__orders").user_failure_data.description
    assert text.startswith("acme__sales.copies: ")
