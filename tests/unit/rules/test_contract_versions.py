"""Versions of one contract in one workspace: in their order, and each tenant's apart."""

import pytest

from dativo_core.model.finding import Finding
from dativo_core.model.ladder import Ladder
from dativo_core.odcs.read import read_contract
from dativo_core.rules.contract_changes import review
from dativo_core.rules.contract_versions import VersionFinding, check_versions, version_files
from dativo_core.workspace.read_yaml import parse_document

CONTRACT = """\
apiVersion: v3.0.2
kind: DataContract
id: {id}
version: {version}
status: {status}
team: [{{username: a@example.com, role: Owner}}]
schema: [{{name: orders, properties: [{columns}]}}]
customProperties: [{{property: dativoChangeManagement, value: {change}}}]
"""
ALL, LESS = "a b", "a"
Told = list[tuple[str, str]]


def file(
    version: str, columns: str = ALL, status: str = "active", change: str = "{policy: breaking}", name: str = "c1"
):
    listed = ", ".join(f"{{name: {column}, logicalType: integer}}" for column in columns.split())
    text = CONTRACT.format(id=name, version=version, status=status, columns=listed, change=change)
    parsed = parse_document(f"{version}-{status}-{columns.replace(' ', '')}.yaml", text.encode())
    return read_contract(parsed.document)


def found(*files, tenants=()) -> list[VersionFinding]:
    loaded = [(each, frozenset(tenants)) for each in files]
    return check_versions(version_files(loaded), Ladder())


def told(*files) -> Told:
    return [(each.finding.file.partition("-")[0], each.finding.code) for each in found(*files)]


def only(*files) -> Finding:
    (one,) = found(*files)
    return one.finding


def test_a_version_that_rises_far_enough_is_fine():
    assert told(file("1.0.0"), file("2.0.0", LESS)) == []
    assert told(file("1.0.0", LESS), file("1.1.0", ALL)) == []


def test_a_version_that_rises_too_little_names_what_changed_and_what_to_write():
    finding = only(file("1.0.0"), file("1.1.0", LESS))
    assert finding.code == "version-bump-low"
    assert finding.key_path == "version"
    assert finding.line == 4
    assert finding.message == (
        "1.1.0 is only a minor step from 1.0.0 (1.0.0-active-ab.yaml), and 1 change is major: 'orders.b' was removed"
    )
    assert finding.hint == "Write version: 2.0.0."


def test_versions_are_compared_in_their_order_and_not_in_that_of_their_files():
    assert told(file("10.0.0", LESS), file("9.1.0", "a b c"), file("9.0.0")) == []
    assert told(file("1.10.0", LESS), file("1.9.0", ALL), file("1.0.0", LESS)) == [("1.10.0", "version-bump-low")]


def test_a_draft_and_a_pre_release_promise_nothing():
    assert told(file("1.0.0", ALL, "draft"), file("1.0.1", LESS)) == []
    assert told(file("1.0.0", ALL, "Proposed"), file("1.0.1", LESS)) == []
    assert told(file("1.0.0-rc.1"), file("1.0.0", LESS)) == []


def test_a_draft_in_between_hides_no_change():
    files = file("1.0.0"), file("1.0.1", LESS, "draft"), file("1.0.2", LESS)
    assert told(*files) == [("1.0.1", "version-bump-low"), ("1.0.2", "version-bump-low")]


def test_below_one_any_higher_version_will_do():
    assert told(file("0.1.0"), file("0.1.1", LESS)) == []


def test_other_ids_and_versions_that_do_not_compare_are_left_alone():
    assert told(file("1.0.0"), file("1.1.0", LESS, name="c2")) == []
    assert told(file("1"), file("1.1", LESS)) == []


def test_many_changes_are_counted():
    wide = " ".join(f"c{at}" for at in range(9))
    message = only(file("1.0.0", f"a {wide}"), file("1.0.1", "a")).message
    assert "9 changes are major: 'orders.c0' was removed" in message
    assert message.endswith("and 4 more")


NON_BREAKING, APPROVED = "{policy: non-breaking}", "{version_history: [{version: 2.0.0, approved_by: jo}]}"


@pytest.mark.parametrize("asked", [NON_BREAKING, "{approval_required: true}"])
def test_a_breaking_change_waits_for_approval_where_the_older_version_asks_for_it(asked):
    finding = only(file("1.0.0", change=asked), file("2.0.0", LESS))
    assert (finding.code, finding.key_path) == ("change-unapproved", "version")
    assert "{version: 2.0.0, approved_by: NAME}" in finding.hint
    assert told(file("1.0.0", change=asked), file("2.0.0", LESS, change=APPROVED)) == []
    assert told(file("1.0.0", change=asked), file("1.1.0", "a b c")) == []
    assert told(file("1.0.0"), file("2.0.0", LESS, change=asked)) == []


@pytest.mark.parametrize(
    "history",
    [
        "[{version: 1.0.0, approved_by: jo}]",
        "[{version: 2.0.0}]",
        "[{version: 2.0.0, approved_by: ' '}]",
        "2.0.0",
        "[2.0.0]",
    ],
)
def test_what_names_nobody_for_this_version_is_no_approval(history):
    new = file("2.0.0", LESS, change=f"{{version_history: {history}}}")
    assert told(file("1.0.0", change=NON_BREAKING), new) == [("2.0.0", "change-unapproved")]


@pytest.mark.parametrize("ended", ["deprecated", "retired"])
def test_a_version_does_not_end_before_an_older_one(ended):
    finding = only(file("1.0.0"), file("2.0.0", status=ended))
    assert (finding.code, finding.key_path) == ("status-order", "status")
    assert "while 1.0.0 (1.0.0-active-ab.yaml) is active" in finding.message


def test_a_backport_is_no_successor():
    files = file("1.0.0"), file("1.0.1", status="draft"), file("2.0.0", status="retired")
    assert told(*files) == [("2.0.0", "status-order")]


@pytest.mark.parametrize(
    "statuses",
    [
        ["active", "draft"],
        ["active", "proposed"],
        ["active", "active"],
        ["deprecated", "active"],
        ["retired", "deprecated", "active", "draft"],
        ["active", "deprecated", "active"],
        ["active", "retired", "draft"],
        ["deprecated", "retired"],
        ["draft", "retired"],
        ["active", "whatever"],
    ],
)
def test_versions_may_be_at_any_stages_as_long_as_a_later_one_takes_over(statuses):
    assert told(*(file(f"{at}.0.0", status=status) for at, status in enumerate(statuses, 1))) == []


def test_only_tenants_that_load_both_versions_are_stopped():
    old, new, low = file("1.0.0"), file("1.1.0", LESS), file("1.2.0", LESS)
    (both,) = check_versions(version_files([(old, frozenset("xy")), (new, frozenset("yz"))]), Ladder())
    assert both.tenants == {"y"}
    assert check_versions(version_files([(old, frozenset("x")), (new, frozenset("z"))]), Ladder()) == []
    (unused,) = check_versions(version_files([(old, frozenset()), (new, frozenset("z"))]), Ladder())
    assert unused.tenants == frozenset()
    mixed = check_versions(
        version_files([(old, frozenset("x")), (new, frozenset("z")), (low, frozenset("x"))]), Ladder()
    )
    assert [(each.finding.file, each.tenants) for each in mixed] == [("1.2.0-active-a.yaml", {"x"})]


def codes(old, new) -> list[str]:
    return [finding.code for finding in review(old, new, Ladder()).findings]


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("active", "draft", ["version-bump-low", "status-order"]),
        ("retired", "deprecated", ["version-bump-low", "status-order"]),
        ("draft", "proposed", ["status-order"]),
        ("draft", "active", []),
        ("active", "deprecated", ["version-bump-low"]),
        ("active", "gone", ["version-bump-low"]),
    ],
)
def test_a_revision_of_a_version_does_not_step_back(before, after, found):
    assert codes(file("1.0.0", status=before), file("1.0.0", status=after)) == found


def test_a_new_version_may_start_as_a_draft():
    assert codes(file("1.0.0"), file("1.1.0", status="draft")) == []


def test_a_revision_without_changes_keeps_its_version_and_does_not_sink():
    assert codes(file("1.0.0"), file("1.0.0")) == []
    assert codes(file("1.0.1"), file("1.0.0")) == ["version-bump-low"]
    assert codes(file("1.0.0", ALL, "draft"), file("1.0.0", LESS, "draft")) == []
    assert codes(file("1.0.0"), file("1.0.0", LESS)) == ["version-bump-low"]


def test_versions_that_do_not_compare_must_differ_at_least():
    assert codes(file("1"), file("1", LESS)) == ["version-bump-low"]
    assert codes(file("1"), file("2", LESS)) == []
    assert codes(file("1"), file("1")) == []
