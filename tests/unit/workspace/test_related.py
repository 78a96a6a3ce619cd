"""What relationships of contracts need of the workspace besides the jobs that are asked for."""

import shutil
from pathlib import Path

import pytest

from dativo_core.plan.build import JobCheck, check_workspace
from dativo_core.workspace.load import load_workspace

VALID = Path(__file__).parents[2] / "examples" / "valid" / "standard_3_1"
ORDERS = Path("jobs/acme/orders.yaml")
COUNTRIES = "assets/csv/v1.0/countries.yaml"


@pytest.fixture
def root(tmp_path):
    return shutil.copytree(VALID, tmp_path / "workspace")


def check(root: Path, *jobs: Path) -> JobCheck:
    (found,) = (each for each in check_workspace(load_workspace(root, jobs)).jobs if each.job in {"orders", "own"})
    return found


def codes(check: JobCheck) -> set[str]:
    return {each.code for each in check.findings}


def test_a_job_alone_brings_the_jobs_and_contracts_it_is_related_to_and_no_more(root):
    other = root / "jobs" / "bolt" / "orders.yaml"
    other.parent.mkdir()
    other.write_text((root / ORDERS).read_text().replace("acme", "bolt"))
    workspace = load_workspace(root, [ORDERS])
    assert [each.file for each in workspace.jobs] == [str(ORDERS)]
    assert {each.file for each in workspace.neighbours} == {"jobs/acme/countries.yaml", "jobs/acme/states.yaml"}
    assert list(workspace.related) == [COUNTRIES]
    assert load_workspace(root).neighbours == ()
    assert load_workspace(root, [Path("jobs/acme/countries.yaml")]).neighbours == ()


def test_what_is_wrong_with_a_neighbour_is_not_told_and_stops_no_job(root):
    (root / "jobs/acme/broken.yaml").write_text("a: [")
    found = check(root, ORDERS)
    assert found.plan is not None
    assert {each.file for each in found.findings} == {"assets/csv/v1.0/orders.yaml"}


def test_a_job_that_is_kept_elsewhere_finds_the_jobs_of_its_tenant(root, tmp_path):
    elsewhere = tmp_path / "own.yaml"
    shutil.move(root / ORDERS, elsewhere)
    assert len(check(root, elsewhere).plan.streams[0].relations) == 3
    assert "relationship-unexecuted" not in codes(check(root, elsewhere))


def test_jobs_without_a_directory_of_their_own_are_found_too(root):
    for path in (root / "jobs/acme").iterdir():
        path.rename(root / "jobs" / path.name)
    alone = check(root, Path("jobs/orders.yaml"))
    assert "relationship-unexecuted" not in codes(alone)
    assert alone.plan.digest == check(root).plan.digest


def test_a_link_out_of_the_workspace_is_no_contract(root, tmp_path):
    outside = shutil.move(root / COUNTRIES, tmp_path / "countries.yaml")
    (root / COUNTRIES).symlink_to(outside)
    found = check(root, ORDERS)
    assert found.plan is None
    assert "relation-unknown" in codes(found)


@pytest.mark.parametrize("text", ["a: [", "a: 1\n", "", "\0"])
def test_a_contract_that_cannot_be_read_leaves_the_relationship_unexecuted(root, text):
    (root / COUNTRIES).write_text(text)
    found = check(root, ORDERS)
    assert found.plan is not None
    (told,) = (each for each in found.findings if each.code == "relationship-unexecuted")
    assert f"the contract {COUNTRIES} has errors" in told.message
