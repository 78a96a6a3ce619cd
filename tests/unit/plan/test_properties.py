"""The properties a plan gives its table."""

import shutil
from pathlib import Path

import pytest

from dativo_core.plan.build import plan_job

VALID = Path(__file__).parents[2] / "examples" / "valid"
JOB = Path("jobs/acme/orders.yaml")


def properties(root: Path, job: Path = JOB) -> dict[str, str]:
    check = plan_job(root, job)
    assert check.plan is not None, check.findings
    return dict(check.plan.streams[0].properties)


def test_the_contract_says_them_and_the_job_says_them_over_it():
    assert properties(VALID / "overrides") == {
        "asset.data_product": "sales",
        "asset.name": "orders",
        "asset.object": "orders",
        "asset.source_type": "csv",
        "asset.version": "1.0.0",
        "classification.default": "internal",
        "classification.fields.Email Address": "PII",
        "classification.fields.customers": "PII",
        "finops.business_tags": "shop,web",
        "finops.cost_center": "4711",
        "finops.environment": "test",
        "finops.project": "one",
        "governance.data_product": "sales",
        "governance.owner": "acme@example.com",
        "governance.retention_days": "90",
    }


def test_a_contract_in_the_standard_says_the_same():
    found = properties(VALID / "policy_that_is_met", Path("jobs/acme/refunds.yaml"))
    assert found == {
        "asset.name": "refunds",
        "asset.object": "refunds",
        "asset.version": "1.0.0",
        "classification.fields.mail": "PII",
        "finops.cost_center": "4711",
        "governance.owner": "shop@example.com",
        "governance.regulations": "GDPR",
        "governance.retention_days": "365",
    }


@pytest.mark.parametrize("key", ["cost_center", "business_tags", "environment"])
def test_a_job_overrides_one_key_and_keeps_the_others(tmp_path, key):
    root = shutil.copytree(VALID / "overrides", tmp_path / "w")
    text = (
        (root / JOB).read_text().replace("finops: {cost_center: 4711, environment: test}", f"finops: {{{key}: test}}")
    )
    (root / JOB).write_text(text)
    found = properties(root)
    wanted = {"cost_center": "10", "business_tags": "shop,web", "project": "one", "environment": "production"}
    assert {name: found[f"finops.{name}"] for name in wanted} == {**wanted, key: "test"}


def test_a_change_of_a_property_changes_the_digest(tmp_path):
    root = shutil.copytree(VALID / "overrides", tmp_path / "w")
    before = plan_job(root, JOB).plan
    (root / JOB).write_text((root / JOB).read_text().replace("4711", "4712"))
    after = plan_job(root, JOB).plan
    assert before is not None
    assert after is not None
    assert before.digest != after.digest
