import json
import os
from pathlib import Path

import dagster as dg
import pytest

from dativo_core.errors import SecretError
from dativo_dagster.compile import build_definitions
from dativo_dagster.resources import SecretsResource
from tests.dagster.workspaces import write_job, write_shop

GOLDEN = Path(__file__).parent / "golden" / "workspace.json"
NIGHTLY = 'schedule: {cron: "0 2 * * *", timezone: Europe/Berlin, enabled: true}\n'


def specs(definitions):
    return {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}


def asset_json(spec):
    return {
        "code_version": spec.code_version,
        "deps": [dep.asset_key.to_user_string() for dep in spec.deps],
        "description": spec.description,
        "freshness": spec.freshness_policy and json.loads(dg.serialize_value(spec.freshness_policy)),
        "group": spec.group_name,
        "metadata": {key: json.loads(dg.serialize_value(value)) for key, value in sorted(spec.metadata.items())},
        "owners": list(spec.owners),
        "tags": dict(sorted(spec.tags.items())),
    }


def check_json(spec):
    return {
        "blocking": spec.blocking,
        "description": spec.description,
        "metadata": {key: json.loads(dg.serialize_value(value)) for key, value in sorted(spec.metadata.items())},
    }


def compiled_json(definitions, root):
    """Everything Dagster is told about the assets of two jobs; root and digests are named, since they differ per test."""
    found = specs(definitions)
    checks = {
        f"{spec.asset_key.to_user_string()}:{spec.name}": check_json(spec)
        for asset in definitions.assets
        if isinstance(asset, dg.AssetsDefinition)
        for spec in asset.check_specs
    }
    document = {
        "assets": {key: asset_json(found[key]) for key in sorted(found)},
        "checks": {key: checks[key] for key in sorted(checks)},
    }
    text = json.dumps(document, indent=2, ensure_ascii=False).replace(str(root), "ROOT")
    for spec in found.values():
        text = text.replace(spec.code_version or "ROOT", "DIGEST" if spec.code_version else "ROOT")
    return text + "\n"


def test_a_workspace_compiles_to_the_reviewed_specs(workspace):
    """After an intended change: DATIVO_UPDATE_GOLDEN=1, and read the difference."""
    write_job(workspace, extra=NIGHTLY)
    write_shop(workspace)
    text = compiled_json(build_definitions(workspace), workspace)
    if os.environ.get("DATIVO_UPDATE_GOLDEN") == "1":
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_a_job_is_an_asset_a_job_and_a_schedule(workspace):
    write_job(workspace, extra=NIGHTLY)
    definitions = build_definitions(workspace)
    dg.Definitions.validate_loadable(definitions)
    repository = definitions.get_repository_def()
    assert sorted(specs(definitions)) == ["acme/orders", "acme/orders__quarantine", "sources/acme/csv/orders"]
    assert [job.name for job in repository.get_all_jobs() if job.name != "__ASSET_JOB"] == ["acme__orders"]
    assert [schedule.name for schedule in repository.schedule_defs] == ["acme__orders__schedule"]


def test_a_job_without_schedule_has_none(workspace):
    assert build_definitions(workspace).get_repository_def().schedule_defs == []


def test_a_broken_job_is_a_placeholder_and_its_neighbour_runs(workspace):
    write_job(workspace, "broken", extra="surprise: 1\n")
    definitions = build_definitions(workspace)
    dg.Definitions.validate_loadable(definitions)
    spec = specs(definitions)["acme/broken"]
    assert spec.group_name == "acme/invalid"
    assert "jobs/acme/broken.yaml:8: surprise" in spec.description
    assert definitions.resolve_job_def("acme__orders")


def test_a_schedule_that_only_dagster_refuses_costs_its_own_job(workspace):
    write_job(workspace, "leap", extra='schedule: {cron: "0 0 31 2 *"}\n')
    definitions = build_definitions(workspace)
    dg.Definitions.validate_loadable(definitions)
    assert "jobs/acme/leap.yaml:" in specs(definitions)["acme/leap"].description


def test_a_file_that_is_no_yaml_is_a_placeholder(workspace):
    (workspace / "jobs" / "acme" / "torn.yaml").write_text("tenant_id: [acme\n")
    placeholder = specs(build_definitions(workspace))["acme/torn"]
    assert "jobs/acme/torn.yaml" in placeholder.description


def test_the_findings_of_a_placeholder_are_a_table(workspace):
    write_job(workspace, "broken", extra="surprise: 1\n")
    table = specs(build_definitions(workspace))["acme/broken"].metadata["dativo/findings"]
    found = {record.data["place"]: record.data for record in table.records}["jobs/acme/broken.yaml:8"]
    assert (found["key"], found["severity"]) == ("surprise", "error")
    assert found["fix"]


def test_names_that_are_one_to_dagster_share_a_placeholder_that_names_both_files(workspace):
    write_job(workspace, "web-shop")
    write_job(workspace, "web_shop")
    definitions = build_definitions(workspace)
    dg.Definitions.validate_loadable(definitions)
    description = specs(definitions)["acme/web_shop"].description
    assert "jobs/acme/web-shop.yaml" in description
    assert "jobs/acme/web_shop.yaml" in description


def test_tenants_that_are_one_to_dagster_do_not_stop_the_others(workspace):
    write_job(workspace, "a", tenant="big-co")
    write_job(workspace, "a", tenant="big_co")
    definitions = build_definitions(workspace)
    dg.Definitions.validate_loadable(definitions)
    assert definitions.resolve_job_def("acme__orders")


@pytest.mark.parametrize("variable", ["DATIVO_STRICT", "DAGSTER_IS_DEFS_VALIDATION_CLI"])
def test_strict_mode_raises_every_error_at_once(workspace, monkeypatch, variable):
    write_job(workspace, "broken", extra="surprise: 1\n")
    write_job(workspace, "torn", extra="riddle: 2\n")
    monkeypatch.setenv(variable, "1")
    with pytest.raises(dg.DagsterInvalidDefinitionError) as raised:
        build_definitions(workspace)
    assert "jobs/acme/broken.yaml:8: surprise" in str(raised.value)
    assert "jobs/acme/torn.yaml:8: riddle" in str(raised.value)


def test_an_empty_directory_is_a_code_location_without_assets(tmp_path):
    definitions = build_definitions(tmp_path)
    dg.Definitions.validate_loadable(definitions)
    assert specs(definitions) == {}


def test_jobs_that_read_one_object_share_its_upstream_asset(workspace):
    job = workspace / "jobs" / "acme" / "orders.yaml"
    shared = job.read_text() + "target: {shared: true}\n"
    for file in (job, job.with_name("again.yaml")):
        file.write_text(shared)
    found = specs(build_definitions(workspace))
    upstream = [dep.asset_key.to_user_string() for key in ("acme/again", "acme/orders") for dep in found[key].deps]
    assert upstream == ["sources/acme/csv/orders"] * 2


def test_resources_can_be_replaced(workspace, instance):
    class Locked(SecretsResource):
        def store(self):
            message = "the vault is locked"
            raise SecretError(message)

    job = build_definitions(workspace, resources={"secrets": Locked()}).resolve_job_def("acme__orders")
    result = job.execute_in_process(instance=instance, raise_on_error=False)
    assert "the vault is locked" in result.failure_data_for_node("ingest__acme__orders").user_failure_data.description


def write_runner(root, *schedules):
    (root / "configs").mkdir()
    lines = "".join(f"      - {each}\n" for each in schedules)
    (root / "configs" / "runner.yaml").write_text(f"runner:\n  orchestrator:\n    schedules:\n{lines}")


def starters(definitions):
    repository = definitions.get_repository_def()
    return {each.name: each.job_name for each in (*repository.schedule_defs, *repository.sensor_defs)}


def test_schedules_of_the_operator_start_the_job_of_their_own_file_beside_those_of_jobs(workspace):
    write_job(workspace, extra=NIGHTLY)
    write_job(workspace, tenant="bolt")
    acme = '{name: "Acme, often", config: jobs/acme/orders.yaml, interval_seconds: 5400}'
    write_runner(workspace, acme, '{name: bolt, config: jobs/bolt/orders.yaml, cron: "H * * * *"}')
    definitions = build_definitions(workspace)
    dg.Definitions.validate_loadable(definitions)
    assert starters(definitions) == {
        "acme__orders__schedule": "acme__orders",
        "acme_often": "acme__orders",
        "bolt": "bolt__orders",
    }


def test_a_schedule_with_errors_is_shown_and_the_others_are_loaded(workspace):
    write_job(workspace, "broken", extra="surprise: 1\n")
    good = "{name: good, config: jobs/acme/orders.yaml, interval_seconds: 30}"
    of_broken = "{name: of broken, config: jobs/acme/broken.yaml, interval_seconds: 30}"
    write_runner(workspace, of_broken, good, '{name: never, config: jobs/acme/orders.yaml, cron: "0 25 * * *"}')
    definitions = build_definitions(workspace)
    dg.Definitions.validate_loadable(definitions)
    assert starters(definitions) == {"good": "acme__orders"}
    found = specs(definitions)
    assert "the schedule 'of broken' starts nothing" in found["acme/broken"].description
    shown = found["configs/runner__yaml"]
    assert (shown.group_name, "invalid" in shown.tags) == ("runner/invalid", True)
    assert "configs/runner.yaml:6: runner.orchestrator.schedules[2].cron" in shown.description


def test_in_the_mode_oneshot_no_job_has_a_schedule(workspace):
    write_job(workspace, extra=NIGHTLY)
    (workspace / "configs").mkdir()
    (workspace / "configs" / "runner.yaml").write_text("mode: oneshot\n")
    assert starters(build_definitions(workspace)) == {}


def test_another_runner_file_can_be_named(workspace, tmp_path):
    write_job(workspace, extra=NIGHTLY)
    write_runner(workspace, "{name: left out, config: jobs/acme/orders.yaml, interval_seconds: 30}")
    other = tmp_path / "runner.yaml"
    other.write_text(
        "orchestrator: {schedules: [{name: named, config: jobs/acme/orders.yaml, interval_seconds: 30}]}\n"
    )
    assert sorted(starters(build_definitions(workspace, runner_file=other))) == ["acme__orders__schedule", "named"]
