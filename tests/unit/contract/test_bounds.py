"""Bounds, exact in every type."""

import math
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dativo_core.contract.bounds import breaks_bound
from dativo_core.contract.ledger import arrow_type
from dativo_core.odcs.contract import RuleKind
from tests.unit.contract.build import field_type

HOLDS = {
    RuleKind.MINIMUM: lambda value, bound: value >= bound,
    RuleKind.EXCLUSIVE_MINIMUM: lambda value, bound: value > bound,
    RuleKind.MAXIMUM: lambda value, bound: value <= bound,
    RuleKind.EXCLUSIVE_MAXIMUM: lambda value, bound: value < bound,
}
KINDS = st.sampled_from(list(HOLDS))
BOUNDS = st.one_of(
    st.integers(-(2**70), 2**70),
    st.integers(-4, 4),
    st.sampled_from([2**63 - 1, -(2**63), 2**63, 0.5, -1.25, "1e30", 99.99, -99.99]),
    st.decimals(-1000, 1000, places=4).map(str),
)


def broken(kind, type_text, bound, values):
    test = breaks_bound(kind, field_type(type_text), bound)
    mask = test(pa.array(values, arrow_type(field_type(type_text))))
    return [False] * len(values) if mask is None else mask.fill_null(False).to_pylist()


@settings(max_examples=300, deadline=None)
@given(
    kind=KINDS,
    bound=BOUNDS,
    values=st.lists(st.one_of(st.none(), st.integers(-5, 5), st.integers(-(2**63), 2**63 - 1))),
)
@example(kind=RuleKind.EXCLUSIVE_MAXIMUM, bound=-(2**63), values=[-(2**63)])
def test_integers_are_compared_exactly(kind, bound, values):
    exact = Fraction(str(bound))
    expected = [value is not None and not HOLDS[kind](value, exact) for value in values]
    assert broken(kind, "long", bound, values) == expected


@settings(max_examples=300, deadline=None)
@given(kind=KINDS, bound=BOUNDS, values=st.lists(st.one_of(st.none(), st.decimals("-99.99", "99.99", places=2))))
@example(kind=RuleKind.EXCLUSIVE_MINIMUM, bound="0.005", values=[Decimal("0.00"), Decimal("0.01")])
def test_decimals_are_compared_exactly(kind, bound, values):
    exact = Fraction(str(bound))
    expected = [value is not None and not HOLDS[kind](Fraction(value), exact) for value in values]
    assert broken(kind, "decimal(4,2)", bound, values) == expected


@pytest.mark.parametrize("kind", list(HOLDS))
def test_nan_satisfies_no_bound(kind):
    assert broken(kind, "double", 0, [math.nan, None]) == [True, False]


def test_a_float_bound_is_compared_as_it_is():
    assert broken(RuleKind.MINIMUM, "double", 0.1, [0.1, 0.09, math.inf]) == [False, True, False]


@pytest.mark.parametrize("bound", ["2024-01-01", "2024-01-01T00:00:00", "2024-01-01T01:00+01:00"])
def test_an_instant_without_offset_is_in_utc(bound):
    test = breaks_bound(RuleKind.MINIMUM, field_type("timestamptz"), bound)
    texts = pa.array(["2024-01-01T00:00:00Z", "2023-12-31T23:59:59Z"]).cast(pa.timestamp("us", "UTC"))
    assert test(texts).to_pylist() == [False, True]


@pytest.mark.parametrize("argument", ["nan", "inf", "x", True])
def test_a_bound_that_is_no_number_is_refused(argument):
    with pytest.raises(ValueError, match="is not a number"):
        breaks_bound(RuleKind.MINIMUM, field_type("int"), argument)


@pytest.mark.parametrize("type_text", ["decimal(38,0)", "decimal(38,2)"])
def test_a_bound_of_many_digits_keeps_all_of_them(type_text):
    scale = field_type(type_text).scale
    bound = Decimal(f"12345678901234567890123456789012345678E-{scale}")
    above = Decimal(f"12345678901234567890123456789012345679E-{scale}")
    assert broken(RuleKind.MAXIMUM, type_text, str(bound), [bound, above]) == [False, True]
