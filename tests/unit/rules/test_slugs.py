"""Names that are one once they are slugs, on whole workspaces."""

import shutil
from pathlib import Path

import pytest

from dativo_core.plan.build import Checked, check_workspace
from dativo_core.workspace.load import load_workspace

VALID = Path(__file__).parents[2] / "examples" / "valid" / "flat_contract"
JOB = (VALID / "jobs/acme/orders.yaml").read_text()
CONTRACT = (VALID / "assets/csv/v1.0/orders.yaml").read_text()


@pytest.fixture
def root(tmp_path):
    return shutil.copytree(VALID, tmp_path / "workspace")


def add(root: Path, tenant: str, name: str, *, domain: str = "", table: str = "", source: str = "", target: str = ""):
    contract = f"assets/csv/v1.0/{tenant}_{name}.yaml"
    text = CONTRACT.replace("name: orders", f"name: {table or name}").replace("object: orders", f"object: {name}")
    (root / contract).write_text(text + (f"domain: '{domain}'\n" if domain else ""))
    job = JOB.replace("tenant_id: acme", f"tenant_id: {tenant}").replace("assets/csv/v1.0/orders.yaml", contract)
    job = job.replace("object: orders", f"object: '{source or name}'").replace("append", f"append{target}")
    path = root / "jobs" / tenant / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(job)


def check(root: Path) -> Checked:
    return check_workspace(load_workspace(root))


def told(root: Path, code: str) -> list[tuple[str, str]]:
    return [(finding.file, finding.message) for finding in check(root).findings if finding.code == code]


def test_domains_of_a_tenant_with_one_slug_name_both_files(root):
    add(root, "acme", "refunds", domain="Shop EU")
    add(root, "acme", "returns", domain="shop_eu")
    found = told(root, "domain-name-duplicate")
    assert [file for file, _ in found] == ["jobs/acme/refunds.yaml", "jobs/acme/returns.yaml"]
    assert "acme_returns.yaml (jobs/acme/returns.yaml)" in found[0][1]
    assert "acme_refunds.yaml (jobs/acme/refunds.yaml)" in found[1][1]


def test_a_domain_may_not_be_called_like_the_default_one_in_other_letters(root):
    add(root, "acme", "refunds", domain="DEFAULT")
    assert len(told(root, "domain-name-duplicate")) == 2


def test_domains_of_two_tenants_never_meet(root):
    add(root, "acme", "refunds", domain="Shop EU")
    add(root, "bolt", "refunds", domain="shop_eu")
    assert check(root).findings == ()


def test_long_domains_that_are_cut_to_one_slug_are_told(root):
    add(root, "acme", "refunds", domain="d" * 70 + "a")
    add(root, "acme", "returns", domain="d" * 70 + "b")
    assert len(told(root, "domain-name-duplicate")) == 2


def test_a_shared_table_is_called_the_same_in_all_its_contracts(root):
    add(root, "acme", "refunds", table="Pay Back", target=", shared: true")
    add(root, "acme", "returns", table="pay_back", target=", shared: true")
    assert len(told(root, "table-name-duplicate")) == 2
    assert told(root, "table-shared") == []


def test_source_objects_that_dagster_shows_as_one_are_only_a_warning(root):
    add(root, "acme", "refunds", source="shop.refunds")
    add(root, "acme", "returns", source="shop refunds")
    assert len(told(root, "source-name-duplicate")) == 2
    assert all(job.plan for job in check(root).jobs)


def test_a_name_without_a_letter_is_a_finding_wherever_it_stands(root):
    add(root, "acme", "refunds", domain="!?")
    add(root, "acme", "returns", source="##")
    assert {finding.code for finding in check(root).findings if finding.severity == "error"} == {
        "name-illegal",
        "object-name",
    }
