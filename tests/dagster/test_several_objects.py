import dagster as dg
import pytest

from dativo_core.plan.build import check_workspace
from dativo_core.workspace.load import load_workspace
from dativo_dagster.compile import compile_job
from dativo_dagster.resources import default_resources
from dativo_dagster.translate import DativoTranslator
from tests.dagster.workspaces import write_shop

FIRST = dg.AssetKey(["acme", "shop", "purchases"])
SECOND = dg.AssetKey(["acme", "shop", "returns"])


@pytest.fixture
def plan(workspace):
    """The plan of a job that reads two objects, each from a file of its own."""
    write_shop(workspace)
    checks = check_workspace(load_workspace(workspace)).jobs
    return next(check.plan for check in checks if check.job == "shop")


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


def test_an_object_that_fails_does_not_take_the_others_along(plan, instance, workspace):
    (workspace / "seeds" / "returns.jsonl").write_text('{"purchase_id": "x"}\n')
    result = execute(plan, instance)
    assert not result.success
    assert materialized(result) == [FIRST]
    text = result.failure_data_for_node("ingest__acme__shop").user_failure_data.description
    assert text.startswith("acme__sales.returns: ")


def test_every_object_has_its_own_checks_and_upstream_asset(plan):
    specs = {spec.key: spec for spec in compile_job(plan, default_resources(), DativoTranslator()).asset.specs}
    assert [dep.asset_key.path[-1] for key in (FIRST, SECOND) for dep in specs[key].deps] == ["purchases", "returns"]
    checks = compile_job(plan, default_resources(), DativoTranslator()).asset.check_keys
    assert {key.asset_key for key in checks} == {FIRST, SECOND}
