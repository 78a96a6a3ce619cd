"""Every directory here is one rule: a contract, rows that satisfy it and rows that do not, through a whole load."""

from pathlib import Path

import pytest

from dativo_core.errors import ContractError
from dativo_core.flow import CheckStatus, StreamOutcome, StreamReport
from dativo_core.odcs.contract import CheckSeverity
from dativo_core.plan.build import check_workspace
from dativo_core.plan.types import IngestPlan
from dativo_core.workspace.load import load_workspace
from tests.support import load

RULES = Path(__file__).parent
CASES = [pytest.param(path.parent, id=path.parent.name) for path in sorted(RULES.glob("*/contract.yaml"))]

JOB = """\
tenant_id: acme
source_connector: csv
target_connector: iceberg
asset_path: assets/rule.yaml
schema_validation_mode: {mode}
source:
  files: [{{path: in/*.csv, object: rows}}]
"""
SOURCE = """\
name: csv
type: csv
roles: [source]
credentials: {type: none}
default_engine: {type: native}
"""
TARGET = """\
name: iceberg
type: iceberg
roles: [target]
default_engine: {type: native}
catalog: {type: local, directory: lake}
file_format: parquet
"""


def planned(root: Path, case: Path, mode: str) -> IngestPlan:
    files = {
        "jobs/acme/rule.yaml": JOB.format(mode=mode),
        "connectors/sources/csv.yaml": SOURCE,
        "connectors/targets/iceberg.yaml": TARGET,
        "assets/rule.yaml": (case / "contract.yaml").read_text(),
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (job,) = check_workspace(load_workspace(root)).jobs
    assert job.plan is not None
    return job.plan


def loaded(root: Path, case: Path, rows: str, mode: str = "warn") -> StreamReport:
    plan = planned(root, case, mode)
    (root / "in").mkdir()
    (root / "in" / "rows.csv").write_text((case / rows).read_text())
    (report,) = load(plan).streams
    return report


def statuses(report: StreamReport) -> set[CheckStatus]:
    return {check.status for check in report.checks}


@pytest.mark.parametrize("case", CASES)
def test_rows_that_satisfy_a_rule_are_loaded(case, tmp_path):
    report = loaded(tmp_path, case, "pass.csv", "strict")
    assert report.outcome is StreamOutcome.COMMITTED, report.error
    assert (report.counts.written, report.counts.quarantined) == (report.counts.read, 0)
    assert statuses(report) == {CheckStatus.PASSED}


@pytest.mark.parametrize("case", CASES)
def test_rows_that_do_not_are_told_and_kept_apart(case, tmp_path):
    report = loaded(tmp_path, case, "fail.csv")
    broken = [check for check in report.checks if check.status is not CheckStatus.PASSED]
    assert broken, report.checks
    assert report.counts.is_conserved
    stops = any(check.operator and check.severity is CheckSeverity.ERROR for check in broken)
    assert (report.outcome is StreamOutcome.FAILED) is stops, report.error
    filters = any(not check.operator for check in broken)
    assert (report.counts.quarantined > 0) is filters


@pytest.mark.parametrize("case", CASES)
def test_in_strict_mode_nothing_of_them_is_published(case, tmp_path):
    report = loaded(tmp_path, case, "fail.csv", "strict")
    if case.name == "unique_warning":
        assert report.outcome is StreamOutcome.COMMITTED
        return
    assert isinstance(report.error, ContractError)
    assert "nothing was published" in report.error.message
    assert list((tmp_path / "lake").rglob("*.parquet")) == []
