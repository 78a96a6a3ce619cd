"""Metrics of a run compared with their thresholds."""

from datetime import UTC, datetime

import pytest

from dativo_core.contract.conform import Conformer
from dativo_core.contract.metrics import Measured, metric_result
from dativo_core.flow import CheckStatus
from dativo_core.odcs.contract import CheckSeverity, Metric, MetricRule, RuleKind
from dativo_core.odcs.thresholds import Operator, Threshold
from tests.unit.contract.build import PLACE, batch, column, rule

NOW = datetime(2024, 3, 2, 12, tzinfo=UTC)
NOON_US = 1_709_380_800_000_000


def metric_rule(metric, *thresholds, unit="rows", tests=(), columns=("n",)):
    return MetricRule("m", metric, columns, tests, thresholds, unit, CheckSeverity.ERROR, "said so", PLACE)


def result(checked, rows=4, broken=0, newest=None, written=None):
    moments = {} if newest is None else {"m": newest}
    is_conserved = written is None or written == rows
    return metric_result(checked, Measured(rows, {"m": broken}, moments, NOW, is_conserved))


def less_than(bound):
    return Threshold(Operator.LESS_THAN, (bound,))


def test_a_share_is_of_all_rows_read():
    found = result(metric_rule(Metric.NULL_VALUES, less_than(34), unit="percent"), rows=3, broken=1)
    assert (found.status, found.rows_evaluated, found.violations) == (CheckStatus.PASSED, 3, 1)
    assert found.value == pytest.approx(33.333, abs=0.001)
    assert (found.operator, found.unit) == ("mustBeLessThan 34", "percent")


def test_operators_are_joined_by_and():
    checked = metric_rule(Metric.ROW_COUNT, Threshold(Operator.GREATER_THAN, (1,)), less_than(4))
    assert result(checked, rows=3).status is CheckStatus.PASSED
    assert result(checked, rows=4).status is CheckStatus.FAILED


def test_a_count_over_no_row_is_zero_and_never_passes():
    found = result(metric_rule(Metric.NULL_VALUES, less_than(5), unit="percent"), rows=0)
    assert (found.status, found.value, found.note) == (CheckStatus.ERROR, 0, "scope_empty: no row was read")


def test_a_count_of_no_rows_is_a_value_like_any_other():
    assert result(metric_rule(Metric.ROW_COUNT, less_than(1)), rows=0).status is CheckStatus.PASSED


def test_a_column_without_a_value_has_no_age():
    found = result(metric_rule(Metric.FRESHNESS, less_than(5), unit="h"))
    assert (found.status, found.value, found.note) == (CheckStatus.ERROR, None, "n has no value")


@pytest.mark.parametrize(("unit", "age"), [("s", 7200), ("min", 120), ("h", 2), ("d", 1 / 12), ("w", 1 / 84)])
def test_an_age_is_in_the_unit_of_the_rule(unit, age):
    found = result(metric_rule(Metric.FRESHNESS, less_than(10**6), unit=unit), newest=NOON_US - 7_200_000_000)
    assert found.value == pytest.approx(age)


def test_a_value_at_the_edge_of_a_range_is_told():
    between = Threshold(Operator.BETWEEN, (1, 4))
    found = result(metric_rule(Metric.ROW_COUNT, between))
    assert (found.status, found.note.split(":")[0]) == (CheckStatus.FAILED, "between-edge")


def test_a_reconciled_count_is_that_of_the_rows_accounted_for():
    assert result(metric_rule(Metric.ROW_COUNT)).status is CheckStatus.PASSED
    assert result(metric_rule(Metric.ROW_COUNT), written=3).status is CheckStatus.FAILED


def test_a_row_that_breaks_any_test_counts_once_whether_it_is_accepted_or_not():
    tests = (rule("n", RuleKind.MINIMUM, 2), rule("n", RuleKind.MAXIMUM, 5))
    checked = metric_rule(Metric.INVALID_VALUES, less_than(9), tests=tests)
    conformer = Conformer((column("n", "int"), column("o", "int", required=True)), (), (checked,))
    conformed = conformer.conform(batch(n=["1", "9", "3", None, "x"], o=["1", None, "1", "1", "1"]))
    assert conformed.violations["m"] == 2
    assert conformed.records.num_rows == 3


@pytest.mark.parametrize(
    ("type_text", "cells", "newest"),
    [
        ("date", ["2024-03-01", "2024-03-02", None], NOON_US - 12 * 3_600_000_000),
        ("timestamp", ["2024-03-02T12:00:00", "2024-03-01"], NOON_US),
        ("timestamptz", ["2024-03-02T12:00:00Z", "2024-03-02T13:00:00+02:00"], NOON_US),
    ],
)
def test_the_newest_value_counts_in_utc(type_text, cells, newest):
    conformer = Conformer((column("n", type_text),), (), (metric_rule(Metric.FRESHNESS, less_than(5), unit="h"),))
    assert conformer.conform(batch(n=cells)).newest == {"m": newest}
