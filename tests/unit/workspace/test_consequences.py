"""One mistake, one finding: what is left of findings that follow from each other."""

import pytest

from dativo_core.model.finding import Finding, Severity
from dativo_core.workspace.consequences import without_consequences
from dativo_core.workspace.torn_text import Torn, torn_texts

ERROR, WARNING = Severity.ERROR, Severity.WARNING


def finding(path: str, code: str, hint: str = "", severity: Severity = ERROR, file: str = "a.yaml") -> Finding:
    return Finding(file, 1, path, code, severity, "said", hint)


def left(*findings: Finding) -> list[tuple[str, Severity]]:
    return [(each.key_path, each.severity) for each in without_consequences(findings)]


MISSPELT = finding("source.fles", "unknown-key", "Did you mean 'files'?")


@pytest.mark.parametrize("path", ["source.files", "source.files[0].path"])
def test_a_misspelt_key_is_not_missing_as_well(path):
    assert left(MISSPELT, finding(path, "files-missing")) == [("source.fles", ERROR)]


@pytest.mark.parametrize("path", ["source", "source.filesystem", "target.files", "files"])
def test_other_keys_are_not_what_a_misspelt_one_stands_for(path):
    assert len(left(MISSPELT, finding(path, "missing-key"))) == 2


def test_another_file_has_its_own_mistakes():
    assert len(left(MISSPELT, finding("source.files", "files-missing", file="b.yaml"))) == 2


def test_a_misspelt_key_weighs_as_much_as_what_follows_from_it():
    unread = finding("team[0].rol", "unknown-key", "Did you mean 'role'?", WARNING)
    assert left(unread) == [("team[0].rol", WARNING)]
    assert left(unread, finding("team[0].role", "missing-key")) == [("team[0].rol", ERROR)]


def test_a_type_is_not_missed_where_the_key_for_it_is_misspelt():
    misspelt = finding("schema[0].physicaltype", "unknown-key", "Did you mean 'physicalType'?")
    assert left(misspelt, finding("schema[0].logicalType", "type-unresolved")) == [("schema[0].physicaltype", ERROR)]


def test_an_argument_is_not_missed_where_it_is_misspelt():
    misspelt = finding("quality[0].validValue", "unknown-key", "Did you mean 'validValues'?", WARNING)
    assert left(misspelt, finding("quality[0]", "rule-arguments")) == [("quality[0].validValue", ERROR)]
    assert len(left(misspelt, finding("quality[1]", "rule-arguments"))) == 2
    assert len(left(misspelt, finding("quality[0]", "operator-missing"))) == 2


def test_a_custom_property_without_a_value_has_no_wrong_one():
    empty = finding("customProperties[0].value", "custom-property-incomplete")
    assert left(empty, finding("customProperties[0].value", "loss-policy")) == [("customProperties[0].value", ERROR)]


def test_nothing_is_said_of_what_stands_below_something_unread():
    for cause in ("unknown-key", "wrong-type"):
        found = finding("catalox", cause), finding("catalox.directory", "reference-misplaced")
        assert left(*found) == [("catalox", ERROR)]
    assert len(left(finding("a", "unknown-key", severity=WARNING), finding("a.b", "reference-misplaced"))) == 2


def test_a_key_without_a_value_is_told_unless_an_error_tells_it():
    empty = finding("schema", "null-value", severity=WARNING)
    assert left(empty, finding("schema", "schema-missing")) == [("schema", ERROR)]
    assert len(left(empty, finding("schema", "other", severity=WARNING))) == 2


def test_findings_without_a_common_cause_are_all_kept():
    found = [finding("a", "x"), finding("a", "y"), finding("a.b", "x")]
    assert without_consequences(found) == found


@pytest.mark.parametrize(
    ("section", "torn"),
    [
        ({"type": "decimal(10", "2)": None, "required": True}, Torn("type", "decimal(10,2)", ("2)",))),
        ({"type": "row(a int", "b int": None, "c int)": None}, Torn("type", "row(a int,b int,c int)", ("b int", "c int)"))),
    ],
)  # fmt: skip
def test_a_text_that_was_cut_at_its_commas_is_put_together_again(section, torn):
    assert torn_texts(section) == [torn]


@pytest.mark.parametrize(
    "section",
    [
        None, ["decimal(10"], {"type": "decimal(10"}, {"type": "decimal(10", "2)": 1}, {"type": "decimal(10", "name": None},
        {"type": "decimal(10,2)", "2)": None}, {"type": "decimal(10", "required": True, "2)": None}, {"type": 1, "2)": None},
    ],
)  # fmt: skip
def test_other_texts_are_whole(section):
    assert torn_texts(section) == []
