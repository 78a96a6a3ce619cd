"""Operators of quality rules: what they let pass, and which sets of them make no sense."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.odcs.operators import AGE, COUNT, SHARE
from dativo_core.odcs.thresholds import PAIRS, Operator, Threshold, are_satisfiable, redundant

NUMBERS = st.one_of(st.integers(-3, 8), st.sampled_from([0.5, 2.5, 3.1]))


@st.composite
def thresholds(draw):
    operator = draw(st.sampled_from(Operator))
    bounds = draw(st.lists(NUMBERS, min_size=2, max_size=2, unique=True).map(sorted))
    return Threshold(operator, tuple(bounds[: 2 if operator in PAIRS else 1]), draw(st.booleans()))


@pytest.mark.parametrize(
    ("operator", "bounds", "passing", "failing"),
    [
        (Operator.MUST_BE, (0.1,), ["0.1"], ["0.10000000000000001"]),
        (Operator.MUST_NOT_BE, (3,), ["2", "4"], ["3"]),
        (Operator.GREATER_THAN, (3,), ["3.01"], ["3", "2"]),
        (Operator.GREATER_OR_EQUAL_TO, (3,), ["3"], ["2.99"]),
        (Operator.LESS_THAN, (3,), ["2.99"], ["3"]),
        (Operator.LESS_OR_EQUAL_TO, (3,), ["3"], ["3.01"]),
        (Operator.BETWEEN, (1, 3), ["2"], ["1", "3", "0"]),
        (Operator.NOT_BETWEEN, (1, 3), ["1", "3", "0"], ["2"]),
    ],
)
def test_each_operator_compares_exactly(operator, bounds, passing, failing):
    threshold = Threshold(operator, bounds)
    assert all(threshold.holds(Fraction(text)) for text in passing)
    assert not any(threshold.holds(Fraction(text)) for text in failing)


def test_inclusive_bounds_count_as_between():
    assert Threshold(Operator.BETWEEN, (1, 3), is_inclusive=True).holds(Fraction(3))
    assert not Threshold(Operator.NOT_BETWEEN, (1, 3), is_inclusive=True).holds(Fraction(3))


@given(given_thresholds=st.lists(thresholds(), min_size=1, max_size=3))
def test_a_count_that_satisfies_all_operators_is_found_if_there_is_one(given_thresholds):
    possible = [count for count in range(20) if all(each.holds(Fraction(count)) for each in given_thresholds)]
    assert are_satisfiable(given_thresholds, COUNT) is bool(possible)


@given(given_thresholds=st.lists(thresholds(), min_size=1, max_size=3))
def test_a_share_that_satisfies_all_operators_is_found_if_there_is_one(given_thresholds):
    grid = [Fraction(step, 20) for step in range(20 * 20)]
    possible = [share for share in grid if all(each.holds(share) for each in given_thresholds)]
    assert are_satisfiable(given_thresholds, SHARE) is bool(possible)


@given(given_thresholds=st.lists(thresholds(), min_size=2, max_size=3, unique=True))
def test_an_operator_that_is_called_redundant_changes_nothing(given_thresholds):
    idle = redundant(given_thresholds, COUNT)
    others = [each for each in given_thresholds if each is not idle]
    counts = [Fraction(count) for count in range(20)]
    both = [[all(each.holds(count) for each in chosen) for count in counts] for chosen in (given_thresholds, others)]
    assert idle is None or both[0] == both[1]


def test_an_age_may_be_below_zero():
    assert are_satisfiable([Threshold(Operator.LESS_THAN, (0,))], AGE)
    assert not are_satisfiable([Threshold(Operator.LESS_THAN, (0,))], COUNT)
