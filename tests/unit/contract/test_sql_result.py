from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.contract.sql_result import read_answer, read_moment, sql_result
from dativo_core.flow import CheckStatus
from dativo_core.model.origin import Authority, Origin
from dativo_core.odcs.contract import CheckSeverity, Metric, MetricRule, SqlQuery
from dativo_core.odcs.thresholds import Equality, Operator, Threshold

PLACE = Origin("c.yaml", 1, Authority.TENANT)


def told(value, *operators):
    equalities = tuple(each for each in operators if isinstance(each, Equality))
    thresholds = tuple(each for each in operators if isinstance(each, Threshold))
    query = SqlQuery("select 1", equalities)
    rule = MetricRule("q", Metric.SQL, (), (), thresholds, "", CheckSeverity.ERROR, "d", PLACE, query)
    return sql_result(rule, read_answer(1, [(value,)], 3))


def equals(value):
    if isinstance(value, bool | str):
        return Equality(Operator.MUST_BE, value)
    return Threshold(Operator.MUST_BE, (value,))


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (True, True),
        ("done", "done"),
        (date(2024, 1, 2), "2024-01-02"),
        (datetime(2024, 1, 2, 3, tzinfo=UTC), "2024-01-02T03:00:00+00:00"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (0, 0),
        (Decimal("0.10"), 0.1),
        (0.1, 0.1),
        (2**70, 2**70),
    ],
)
def test_a_value_equals_one_of_its_own_kind(value, wanted):
    assert told(value, equals(wanted)).status is CheckStatus.PASSED


@pytest.mark.parametrize(
    ("value", "operator"),
    [
        (None, equals(0)),
        ("0", equals(0)),
        (0, equals("0")),
        (1, equals(True)),
        (True, equals(1)),
        ("true", equals(True)),
        ("x", Equality(Operator.MUST_NOT_BE, True)),
        (None, Equality(Operator.MUST_NOT_BE, "x")),
        ("5", Threshold(Operator.MUST_NOT_BE, (4,))),
        (float("nan"), Threshold(Operator.MUST_NOT_BE, (4,))),
        (float("inf"), Threshold(Operator.GREATER_THAN, (4,))),
        (Decimal("NaN"), Threshold(Operator.MUST_NOT_BE, (4,))),
        ([1], equals(1)),
        ({"a": 1}, equals("a")),
        (b"x", equals("x")),
    ],
)
def test_what_cannot_be_compared_is_an_error_never_a_pass(value, operator):
    result = told(value, operator)
    assert result.status is CheckStatus.ERROR
    assert result.note


@pytest.mark.parametrize(
    ("value", "is_finite", "told_of"),
    [
        (date.max, False, "infinite"),
        (datetime.min, False, "infinite"),
        ("20000-01-01 00:00:00", True, "beyond the years"),
    ],
)
def test_a_moment_no_calendar_has_is_no_value_to_compare(value, is_finite, told_of):
    answer = read_moment([(value, is_finite)], 3)
    assert (answer.value, answer.rows) == (None, 3)
    assert told_of in answer.problem
    assert answer.problem.endswith("which cannot be compared")


def test_the_last_day_of_the_calendar_is_a_value_like_any_other():
    assert read_moment([(date.max, True)], 3).value == "9999-12-31"
    assert read_moment([(None, None)], 3).problem == "the query returned null"


def test_a_value_that_breaks_an_operator_fails_with_its_number():
    result = told(7, Threshold(Operator.LESS_THAN, (5,)), Threshold(Operator.GREATER_THAN, (1,)))
    assert (result.status, result.value, result.rows_evaluated) == (CheckStatus.FAILED, 7, 3)
    assert result.operator == "mustBeLessThan 5 and mustBeGreaterThan 1"


@pytest.mark.parametrize(("columns", "rows"), [(1, []), (2, [(1, 2)]), (1, [(1,), (2,)]), (0, [])])
def test_no_row_and_more_cells_than_one_are_an_error(columns, rows):
    answer = read_answer(columns, rows, 1)
    assert answer.value is None
    assert answer.problem


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-100, max_value=100), st.integers(-100, 100)
)
def test_decimals_are_compared_exactly(value, bound):
    passed = told(value, Threshold(Operator.GREATER_THAN, (bound,))).status is CheckStatus.PASSED
    assert passed is (value > bound)
