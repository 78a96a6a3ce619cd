"""Check results from what a run counted."""

import pickle

import pytest

from dativo_core.contract.checks import Tally, check_results, shown_rejects
from dativo_core.contract.conform import Conformer
from dativo_core.flow import CheckStatus, RowCounts
from dativo_core.odcs.contract import CheckSeverity, RuleKind, UnexecutedRule
from tests.unit.contract.build import PLACE, batch, column, rule

RULES = (rule("n", RuleKind.MINIMUM, 5), rule("n", RuleKind.MAXIMUM, 9, severity=CheckSeverity.WARNING))
NO_ROWS = RowCounts()
RAGGED = {"file": "orders.csv", "line": 9, "column": None, "rule": "row", "reason": "has 1 field", "raw": "x"}


def tally(*values, rejects=()):
    counted, conformer = Tally(), Conformer((column("n", "int"),), RULES)
    delivered = batch(rejects, n=values)
    counted.add(delivered, conformer.conform(delivered))
    return counted


def results(counted, counts=NO_ROWS, unexecuted=()):
    return {result.id: result for result in check_results(counted, RULES, unexecuted, counts)}


def test_each_rule_has_a_result():
    found = results(tally("1", "7", "10"))
    assert list(found) == ["contract__types", "n__minimum", "n__maximum", "contract__row_accounting"]
    assert found["contract__types"].status is CheckStatus.PASSED
    minimum, maximum = found["n__minimum"], found["n__maximum"]
    assert (minimum.status, minimum.violations, minimum.rows_evaluated) == (CheckStatus.FAILED, 1, 3)
    assert (maximum.status, maximum.severity) == (CheckStatus.FAILED, CheckSeverity.WARNING)


def test_at_most_five_samples_say_where():
    samples = results(tally(*["1"] * 9))["n__minimum"].samples
    assert len(samples) == 5
    assert samples[0] == "orders.csv:2: n: '1' is less than 5"


def test_the_first_five_rejected_rows_are_kept_in_the_order_of_the_source():
    first = tally("7", *["1"] * 9, rejects=[RAGGED | {"line": 4}]).first_rejects
    assert [(row.line, row.rule) for row in first] == [
        (3, "n__minimum"),
        (4, "row"),
        (4, "n__minimum"),
        (5, "n__minimum"),
        (6, "n__minimum"),
    ]


def test_the_first_rejected_rows_of_two_slices_are_those_of_the_first():
    one, two = tally("1", "1", "1"), tally("2", "2", "2")
    one.merge(two)
    assert [row.reason[:6] for row in one.first_rejects] == ["n: '1'"] * 3 + ["n: '2'"] * 2


@pytest.mark.parametrize(("classification", "raw"), [(None, "raw 0"), ("pii", "***")])
def test_one_classified_column_hides_the_text_of_rejected_rows(classification, raw):
    columns = (column("m", "int", classification=classification), column("n", "int"))
    (row,) = shown_rejects(tally("1").first_rejects, columns)
    assert (row.raw, row.column) == (raw, "n")


def test_a_file_name_cannot_break_the_line_of_a_sample():
    found = results(tally("7", rejects=[RAGGED | {"file": "a\n\x1b[2J.csv"}]))["contract__types"]
    assert found.samples == (r"a\n\x1b[2J.csv:9: has 1 field",)


def test_rows_that_could_not_be_split_break_the_types():
    found = results(tally("7", "x", rejects=[RAGGED]))["contract__types"]
    assert (found.violations, found.rows_evaluated) == (2, 3)
    assert found.samples == ("orders.csv:9: has 1 field", "orders.csv:3: n: 'x' is not an integer (int)")


def test_an_unexecuted_rule_is_never_shown_as_passed():
    found = results(Tally(), unexecuted=(UnexecutedRule("n__unique", "n is unique", PLACE),))["n__unique"]
    assert (found.status, found.severity, found.description) == (
        CheckStatus.UNEXECUTED,
        CheckSeverity.WARNING,
        "n is unique",
    )


def test_rows_that_do_not_add_up_fail_the_accounting():
    assert (
        results(Tally(), RowCounts(10, 7, 2, {"unchanged": 1}))["contract__row_accounting"].status is CheckStatus.PASSED
    )
    broken = results(Tally(), RowCounts(10, 7, 2))["contract__row_accounting"]
    assert (broken.status, broken.violations) == (CheckStatus.FAILED, 1)


def test_tallies_of_slices_add_up_to_that_of_the_whole():
    parts = [tally("1", "x"), pickle.loads(pickle.dumps(tally("2", "11", rejects=[RAGGED])))]
    merged = Tally()
    for part in parts:
        merged.merge(part)
    assert merged.rows_evaluated == 5
    assert merged.violations == {"n__minimum": 2, "n__maximum": 1, "contract__types": 2}
    assert len(merged.samples["n__minimum"]) == 2
