"""Rules of configs/policy.yaml, on whole workspaces."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.names import same_name
from dativo_core.odcs.retention import days_kept
from dativo_core.plan.build import Checked, check_workspace
from dativo_core.workspace.load import POLICY, load_workspace

VALID = Path(__file__).parents[2] / "examples" / "valid"
ORDERS = "jobs/acme/orders.yaml"
CONTRACT = "assets/csv/v1.0/orders.yaml"
COLUMN = "  - {name: Email Address, type: string, classification: pii}\n"


@pytest.fixture
def root(tmp_path):
    return shutil.copytree(VALID / "policy_that_is_met", tmp_path / "workspace")


def check(root: Path) -> Checked:
    return check_workspace(load_workspace(root))


def problems(root: Path) -> list[Finding]:
    return [finding for finding in check(root).findings if finding.severity is not Severity.INFO]


def edit(root: Path, file: str, old: str, new: str) -> None:
    text = (root / file).read_text()
    assert old in text
    (root / file).write_text(text.replace(old, new))


def told(root: Path) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity.value) for finding in problems(root)]


def test_the_wrapper_makes_no_difference(root):
    body = (root / POLICY).read_text().splitlines()[1:]
    edit(root, CONTRACT, COLUMN, COLUMN.replace(", classification: pii", ""))
    with_wrapper = problems(root)
    (root / POLICY).write_text("\n".join(line.removeprefix("  ") for line in body))
    assert problems(root) == with_wrapper
    assert with_wrapper


@pytest.mark.parametrize(("enforcement", "severity"), [("strict", "error"), ("warn", "warning")])
def test_an_unclassified_pii_column_is_as_grave_as_the_policy_says(root, enforcement, severity):
    edit(root, POLICY, "strict", enforcement)
    edit(root, CONTRACT, COLUMN, COLUMN.replace(", classification: pii", ""))
    assert told(root) == [("pii-unclassified", severity)]
    (orders, _) = check(root).jobs
    assert (orders.plan is None) == (enforcement == "strict")


@pytest.mark.parametrize("name", ["EMAIL_ADDRESS", "email address", "Email_Address", " Email address "])
def test_names_meet_in_any_case_with_blanks_or_underscores(root, name):
    edit(root, POLICY, "email address, Phone", f"'{name}'")
    edit(root, CONTRACT, COLUMN, COLUMN.replace(", classification: pii", ""))
    assert told(root) == [("pii-unclassified", "error")]


def test_a_part_of_a_classified_column_needs_no_classification_of_its_own(root):
    edit(root, CONTRACT, "classification: PII\n        properties", "properties")
    (finding,) = problems(root)
    assert finding.code == "pii-unclassified"
    assert "'customer.address.street'" in finding.message


def test_a_default_classification_covers_no_pii_column(root):
    edit(root, CONTRACT, COLUMN, COLUMN.replace(", classification: pii", ""))
    edit(root, ORDERS, "tenant_id: acme", "tenant_id: acme\nclassification_overrides: {default: PII}")
    assert "classification: [internal]" in (root / CONTRACT).read_text()
    assert told(root) == [("pii-unclassified", "error")]


def test_a_job_can_classify_a_column_the_contract_left_open(root):
    edit(root, CONTRACT, COLUMN, COLUMN.replace(", classification: pii", ""))
    edit(root, ORDERS, "tenant_id: acme", "tenant_id: acme\nclassification_overrides: {email_address: PII}")
    assert problems(root) == []
    plan = check(root).jobs[0].plan
    assert plan is not None
    assert [column.classification for column in plan.streams[0].columns][:2] == [None, "PII"]


def test_a_column_classified_otherwise_than_the_policy_says_is_told(root):
    edit(root, CONTRACT, "classification: pii", "classification: public")
    (finding,) = problems(root)
    assert (finding.code, finding.key_path) == ("classification-differs", "schema[1].classification")


@pytest.mark.parametrize(
    ("file", "old", "new", "path"),
    [
        (CONTRACT, "retention_days: 30", "retention_days: 366", "compliance.retention_days"),
        ("assets/csv/v1.0/refunds.yaml", "value: 1, unit: year", "value: 13, unit: months", "slaProperties[0].value"),
        (
            "assets/csv/v1.0/refunds.yaml",
            "{regulations: [GDPR]}",
            "{retention_days: 400}",
            "customProperties[0].value.retention_days",
        ),
        (
            ORDERS,
            "tenant_id: acme",
            "tenant_id: acme\ngovernance_overrides: {retention_days: 366}",
            "governance_overrides.retention_days",
        ),
    ],
)
def test_retention_beyond_the_policy_is_told_where_it_was_written(root, file, old, new, path):
    edit(root, file, old, new)
    (finding,) = problems(root)
    assert (finding.code, finding.file, finding.key_path) == ("retention-too-long", file, path)


def test_the_retention_of_the_job_goes_before_that_of_the_contract(root):
    edit(root, CONTRACT, "retention_days: 30", "retention_days: 366")
    edit(root, ORDERS, "tenant_id: acme", "tenant_id: acme\ngovernance_overrides: {retention_days: 365}")
    assert problems(root) == []


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("  monitoring: {enabled: true, oncall_rotation: shop}\n", "data_quality.monitoring"),
        ("compliance: {retention_days: 30, classification: [internal]}\n", "compliance"),
        (
            "change_management: {policy: non-breaking, approval_required: true, notification_channels: [shop-data]}\n",
            "change_management",
        ),
    ],
)
@pytest.mark.parametrize(("enforcement", "severity"), [("strict", "error"), ("warn", "warning")])
def test_what_every_contract_needs_is_asked_for(root, line, path, enforcement, severity):
    edit(root, POLICY, "strict", enforcement)
    edit(root, CONTRACT, line, "")
    (finding,) = problems(root)
    assert (finding.code, finding.key_path, finding.severity) == ("governance-missing", path, severity)


def test_an_owner_is_needed_whatever_the_policy_says(root):
    edit(root, POLICY, "strict", "warn")
    edit(root, CONTRACT, "team: {owner: shop@example.com}", "team: {owner: ' '}")
    assert told(root) == [("dialect-owner-missing", "error")]


@pytest.mark.parametrize(("enforcement", "severity"), [("strict", "error"), ("warn", "warning")])
def test_a_contract_of_another_tenant_source_or_object_is_as_grave_as_the_policy_says(root, enforcement, severity):
    edit(root, POLICY, "strict", enforcement)
    edit(root, CONTRACT, "source_type: csv\nobject: orders", "source_type: stripe\nobject: orders\ntenant: bolt")
    edit(root, ORDERS, "object: orders", "object: charges")
    assert sorted(told(root)) == [
        (code, severity) for code in ("source-mismatch", "source-mismatch", "tenant-mismatch")
    ]


@pytest.mark.parametrize("text", ["policy: [", "policy: {contract_enforcement: maybe}", "retention_day: 3"])
def test_no_job_runs_while_the_policy_cannot_be_read(root, text):
    (root / POLICY).write_text(text)
    checked = check(root)
    assert {finding.file for finding in checked.findings if finding.severity is Severity.ERROR} == {POLICY}
    assert not any(job.plan for job in checked.jobs)


def test_without_a_policy_nothing_is_asked(root):
    (root / POLICY).unlink()
    edit(root, CONTRACT, COLUMN, COLUMN.replace(", classification: pii", ""))
    assert problems(root) == []


def test_the_owner_of_the_job_owns_its_copy(root):
    edit(root, ORDERS, "tenant_id: acme", "tenant_id: acme\ngovernance_overrides: {owner: acme@example.com}")
    orders, refunds = (job.plan for job in check(root).jobs)
    assert orders is not None
    assert refunds is not None
    owners = [plan.streams[0].contract.owner for plan in (orders, refunds)]
    assert owners == ["acme@example.com", "shop@example.com"]


@given(st.text(alphabet="aB _", min_size=1))
def test_the_form_names_are_compared_in_is_the_same_however_often_it_is_made(name):
    assert same_name(same_name(name).upper()) == same_name(name)


@pytest.mark.parametrize(
    ("value", "unit", "days"),
    [
        (90, "d", 90),
        ("2", "Years", 730),
        (1, "yr", 365),
        (6, "mo", 180),
        (1.5, "weeks", 11),
        (36, "h", 2),
        (3, "m", 90),
        (1, "sec", 1),
    ],
)
def test_a_promise_of_retention_is_rounded_up_to_whole_days(value, unit, days):
    assert days_kept(value, unit) == days


@pytest.mark.parametrize(
    ("value", "unit"),
    [(True, "d"), (0, "d"), ("soon", "d"), (None, "d"), (5, None), (5, "x"), ("1/0", "d"), ("nan", "d")],
)
def test_a_promise_that_cannot_be_understood_keeps_no_rows(value, unit):
    assert days_kept(value, unit) is None
