"""What a job reads once its recipe and the registry are merged below it."""

import shutil
from pathlib import Path

import pytest

from dativo_core.plan.build import JobCheck, check_workspace, plan_job
from dativo_core.workspace.load import load_workspace

EXAMPLE = Path(__file__).parents[2] / "examples" / "valid" / "declared_not_implemented"


@pytest.fixture
def root(tmp_path):
    return shutil.copytree(EXAMPLE, tmp_path / "workspace")


def check(root: Path, job: str, *edits: tuple[str, str]) -> JobCheck:
    file = root / "jobs" / "acme" / f"{job}.yaml"
    text = file.read_text()
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)
    return plan_job(root, Path("jobs/acme") / f"{job}.yaml")


def settings(check: JobCheck) -> dict:
    assert check.plan is not None, check.findings
    return check.plan.source.options.settings


def test_templates_of_the_recipe_become_the_jobs_settings(root):
    found = settings(check(root, "customers"))
    assert found["incremental"] == {"strategy": "created", "cursor_field": "created", "lookback_days": 0}
    assert found["rate_limits"]["rps"] == 5
    assert found["rate_limits"]["burst"] == 14
    assert found["rate_limits"]["retry"]["max_backoff_seconds"] == 64
    assert found["objects"] == ["customers"]
    assert found["engine"]["options"]["airbyte"]["start_date"] == "2024-01-01"


def test_options_directly_below_an_engine_that_is_stood_in_for_reach_dativos_own(root):
    assert settings(check(root, "customers"))["engine"]["options"]["native"] == {"page_size": 50}


def test_a_job_with_only_a_lookback_has_the_recipes_cursor_and_strategy(root):
    found = settings(check(root, "orders", (", cursor_field: placed_on", "")))
    assert found["incremental"] == {"strategy": "updated_at", "cursor_field": "updated_at", "lookback_days": 0}


@pytest.mark.parametrize("asked", ["", "\n  incremental: {}", "\n  incremental: null"])
def test_a_database_job_that_asks_for_no_increment_loads_everything(root, asked):
    found = check(root, "orders", ("\n  incremental: {lookback_days: 0}", asked))
    assert "incremental" not in settings(found)
    assert "full-load-append" in {each.code for each in found.findings}


def test_sheets_are_compared_without_being_asked_for(root):
    assert settings(check(root, "plan"))["incremental"]["strategy"] == "spreadsheet_modified_time"


def test_the_strategy_is_the_registrys_where_neither_job_nor_recipe_has_one(root):
    recipe = root / "connectors" / "sources" / "postgres.yaml"
    recipe.write_text(recipe.read_text().replace("strategy: updated_at, ", ""))
    assert settings(check(root, "orders"))["incremental"]["strategy"] == "updated_at"


def test_the_first_sheet_has_the_number_zero(root):
    assert settings(check(root, "plan"))["sheets"][0]["sheet_id"] == 0


def test_a_recipe_serves_the_second_job_as_it_served_the_first():
    first, second = (check_workspace(load_workspace(EXAMPLE)) for _ in range(2))
    alone = plan_job(EXAMPLE, Path("jobs/acme/orders.yaml"))
    among = {job.job: job.plan for job in first.jobs}
    assert among["orders"] == alone.plan
    assert [job.plan for job in first.jobs] == [job.plan for job in second.jobs]


def test_a_secret_that_is_written_out_is_shown_nowhere_and_changes_no_digest(root):
    secret = "\n  credentials: {api_key: sk_live_1}\n  connection: {dsn: 'pg://u:pw1@h/db', url: 'https://u:pw1@h/'}"
    first = check(root, "customers", ("\n  rate_limits", f"{secret}\n  rate_limits"))
    assert first.plan is not None
    shown = f"{first.plan.to_json()} {first.plan!r}"
    second = check(root, "customers", ("sk_live_1", "sk_live_2"), ("pw1", "pw2"))
    assert second.plan is not None
    assert "sk_live_1" not in shown
    assert "pw1" not in shown
    assert first.plan.digest == second.plan.digest
    assert "secret-inline" in {found.code for found in first.findings}


def test_every_setting_of_a_type_without_code_knows_where_it_was_written(root):
    found = check(root, "customers").plan
    assert found is not None
    origin = found.origins["source.options.settings.rate_limits.burst"]
    assert (origin.file, origin.line) == ("connectors/sources/stripe.yaml", 7)
    assert found.origins["source.options.settings.rate_limits.rps"].file == "jobs/acme/customers.yaml"
