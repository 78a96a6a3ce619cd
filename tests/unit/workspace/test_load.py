import shutil
from pathlib import Path

import pytest

from dativo_core.plan.build import Checked, check_workspace
from dativo_core.workspace.load import load_workspace
from dativo_core.workspace.paths import locate

VALID = Path(__file__).parents[2] / "examples" / "valid" / "flat_contract"
JOB = Path("jobs/acme/orders.yaml")


@pytest.fixture
def root(tmp_path):
    return shutil.copytree(VALID, tmp_path / "workspace")


def check(root: Path, *jobs: Path) -> Checked:
    return check_workspace(load_workspace(root, jobs))


def codes(checked: Checked) -> list[str]:
    return [finding.code for finding in checked.findings]


def test_a_job_outside_the_workspace_is_read_and_keeps_its_path(root, tmp_path):
    elsewhere = tmp_path / "own.yaml"
    shutil.move(root / JOB, elsewhere)
    (job,) = check(root, elsewhere).jobs
    assert job.plan is not None
    assert (job.file, job.job) == (elsewhere.as_posix(), "own")


def test_jobs_of_a_directory_elsewhere_must_agree_on_their_tenant(root, tmp_path):
    for tenant in ("acme", "bolt"):
        target = tmp_path / "given" / f"{tenant}.yaml"
        target.parent.mkdir(exist_ok=True)
        target.write_text((root / JOB).read_text().replace("acme", tenant))
    assert codes(check(root, tmp_path / "given")) == ["tenant-directory"]


def test_a_job_named_by_its_path_that_does_not_exist_is_a_finding(root):
    checked = check(root, Path("jobs/acme/nope.yaml"))
    assert codes(checked) == ["file-missing"]
    assert checked.jobs == ()


def test_a_job_named_by_its_path_must_not_be_empty(root):
    (root / JOB).write_text("# later\n")
    assert check(root, JOB).findings[0].severity == "error"
    assert check(root).findings[0].severity == "warning"


def test_a_workspace_without_jobs_says_so(tmp_path):
    assert codes(check(tmp_path)) == ["no-jobs"]


def test_a_broken_file_hides_no_other(root):
    (root / "jobs/acme/broken.yaml").write_text("a: [")
    broken, good = check(root).jobs
    assert (broken.job, broken.plan) == ("broken", None)
    assert good.plan is not None


def test_a_broken_recipe_is_told_once_for_all_its_jobs(root):
    shutil.copy(root / JOB, root / "jobs/acme/second.yaml")
    (root / "connectors/sources/csv.yaml").write_text("name: csv\n")
    findings = [f for f in check(root).findings if f.file == "connectors/sources/csv.yaml"]
    assert len(findings) == 2


def test_a_recipe_in_the_other_layout_is_used_with_a_warning(root):
    shutil.move(root / "connectors/sources/csv.yaml", root / "connectors/csv.yaml")
    checked = check(root)
    assert codes(checked) == ["path-moved"]
    assert checked.jobs[0].plan is not None


def test_a_symbolic_link_out_of_the_workspace_leads_nowhere(root, tmp_path):
    (tmp_path / "secret.yaml").write_text("a: 1")
    (root / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    assert locate(root, "link.yaml").is_outside
    assert locate(root, "../secret.yaml").is_outside
    assert locate(root, str(tmp_path / "secret.yaml")).is_outside


@pytest.mark.parametrize("text", ["", ".", "a\0b", "x" * 5000, "/app", "/app/../../etc/passwd"])
def test_a_path_that_names_no_file_is_not_found(root, text):
    assert locate(root, text).relative is None


def test_a_file_that_cannot_be_read_is_a_finding(root):
    (root / "jobs/acme/loop.yaml").symlink_to("loop.yaml")
    assert codes(check(root, Path("jobs/acme/loop.yaml"))) == ["file-unreadable"]


def test_a_job_file_that_is_a_link_to_nothing_is_not_skipped_in_silence(root):
    (root / "jobs/acme/lost.yaml").symlink_to("gone.yaml")
    assert "file-unreadable" in codes(check(root))


def test_a_job_named_twice_is_read_once(root):
    checked = check(root, JOB, root / "jobs" / "acme")
    assert (len(checked.jobs), codes(checked)) == (1, [])


def test_a_contract_named_by_its_path_is_read_as_one(root):
    path = Path("assets/csv/v1.0/orders.yaml")
    assert (check(root, path).jobs, codes(check(root, path))) == ((), [])
    (root / path).write_text((root / path).read_text().replace("type: date", "type: dat"))
    assert codes(check(root, path)) == ["type-unparsed"]


def test_contracts_and_recipes_that_no_job_uses_are_checked_with_all_jobs(root):
    (root / "assets" / "csv" / "v1.0" / "bad.yaml").write_text("asset: [\n")
    (root / "connectors" / "sources" / "bad.yaml").write_text("name: bad\ntyp: csv\n")
    (root / "assets" / "csv" / "v1.0" / "why.yaml").write_text("# Only words.\n")
    found = check(root)
    assert set(codes(found)) == {"yaml-syntax", "unknown-key", "missing-key", "yaml-empty"}
    assert all(job.plan is not None for job in found.jobs)
    assert codes(check(root, JOB)) == []


def test_one_problem_of_a_contract_hides_no_other(root):
    path = root / "assets" / "csv" / "v1.0" / "orders.yaml"
    text = path.read_text().replace("type: date", "type: dat")
    rules = "data_quality: {expectations: [{rule: rowCount}, {column: id, rule: unique}]}\n"
    path.write_text(text + rules)
    assert {"type-unparsed", "operator-missing"} <= set(codes(check(root)))
