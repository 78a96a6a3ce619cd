"""What is shipped besides the demo: a recipe, contracts and a job for every connector; all of it is valid and plans."""

from pathlib import Path

import pytest

from dativo_core.model.finding import Severity
from dativo_core.model.mode import Mode
from dativo_core.odcs.read import read_contract
from dativo_core.plan.build import check_workspace
from dativo_core.rules.connectors import is_implemented
from dativo_core.workspace.load import load_workspace
from dativo_core.workspace.read_yaml import parse_document

ROOT = Path(__file__).parents[2]
SOURCES = ("csv", "postgres", "mysql", "markdown_kv", "stripe", "hubspot", "gdrive_csv", "google_sheets")
TARGETS = ("iceberg", "s3", "minio")
OBJECTS = {
    "stripe": {"charges", "customers", "invoices"},
    "hubspot": {"contacts", "deals", "companies"},
    "postgres": {"db_orders", "db_customers"},
    "mysql": {"db_orders", "db_customers"},
}
CONTRACTS = sorted((ROOT / "assets").rglob("*.yaml"))


@pytest.fixture(scope="module")
def jobs():
    return check_workspace(load_workspace(ROOT, [Path("jobs/acme")])).jobs


@pytest.mark.parametrize(("role", "name"), [*(("sources", s) for s in SOURCES), *(("targets", t) for t in TARGETS)])
def test_every_connector_has_a_recipe_of_its_name(role, name):
    parsed = parse_document(name, (ROOT / "connectors" / role / f"{name}.yaml").read_bytes())
    assert parsed.document is not None
    assert parsed.document.value(("type",)) == name


def test_every_source_has_one_job_and_each_of_them_plans_without_a_warning(jobs):
    assert sorted(job.plan.source.type for job in jobs if job.plan) == sorted(SOURCES)
    told = [str(found) for job in jobs for found in job.findings if found.severity is not Severity.INFO]
    assert told == []


def test_what_has_no_code_is_named_in_a_note(jobs):
    for job in jobs:
        codes = {found.code for found in job.findings}
        assert ("declared-not-implemented" in codes) is not is_implemented(job.plan.source.type, "source")


@pytest.mark.parametrize("target", ["s3", "minio"])
def test_a_job_for_files_without_a_catalog_plans(tmp_path, target):
    job = (ROOT / "jobs" / "acme" / "csv_products_to_iceberg.yaml").read_text()
    (tmp_path / "products.yaml").write_text(job.replace("targets/iceberg", f"targets/{target}"))
    (check,) = check_workspace(load_workspace(ROOT, [tmp_path / "products.yaml"])).jobs
    assert check.plan is not None, check.findings
    assert (check.plan.target.type, check.plan.target.catalog) == (target, None)
    assert check.plan.target.declared is not None


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_every_contract_is_read_without_a_warning(path):
    parsed = parse_document(str(path.relative_to(ROOT)), path.read_bytes())
    assert parsed.document is not None, parsed.findings
    read = read_contract(parsed.document)
    assert [str(found) for found in read.findings if found.severity is not Severity.INFO] == []
    assert read.contract is not None
    assert read.contract.source_type == path.parts[-3]


@pytest.mark.parametrize("source", sorted(OBJECTS))
def test_every_object_of_a_source_has_a_contract(source):
    found = {path.stem for path in (ROOT / "assets" / source / "v1.0").glob("*.yaml")}
    assert found == OBJECTS[source]


def test_in_cloud_mode_only_the_databases_are_refused():
    checked = check_workspace(load_workspace(ROOT, [Path("jobs/acme")]), Mode.CLOUD)
    refused = {job.job.split("_")[0] for job in checked.jobs if job.plan is None}
    assert refused == {"postgres", "mysql"}
