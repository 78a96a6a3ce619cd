"""Multiples against exact arithmetic in Python."""

from decimal import Decimal, localcontext
from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dativo_core.contract.multiples import breaks_multiple
from tests.unit.contract.build import field_type

LONGS = st.integers(-(2**63), 2**63 - 1)
STEPS = st.one_of(st.integers(1, 10**38), st.integers(1, 100), st.sampled_from([2**63, 2**63 - 1, 10**37, 3 * 10**37]))
SCALES = st.integers(-5, 5)


def is_broken(values, step, type_text, arrow_type):
    return breaks_multiple(step, field_type(type_text))(pa.array(values, arrow_type)).to_pylist()


@settings(deadline=None)
@given(values=st.lists(LONGS), digits=STEPS, scale=SCALES, factor=st.integers(-50, 50))
def test_integers(values, digits, scale, factor):
    step = digits * Fraction(10) ** scale
    nearby = factor * step
    values += [int(nearby)] if abs(nearby) < 2**63 else []
    assert is_broken(values, step, "long", pa.int64()) == [(value / step).denominator != 1 for value in values]


@settings(deadline=None)
@given(data=st.data(), precision=st.integers(1, 38), digits=STEPS, step_scale=SCALES)
def test_decimals_of_every_precision(data, precision, digits, step_scale):
    scale, step = data.draw(st.integers(0, precision)), digits * Fraction(10) ** step_scale
    largest = 10**precision - 1
    numbers = data.draw(st.lists(st.integers(-largest, largest)))
    multiple = data.draw(st.integers(-5, 5)) * step * 10**scale
    numbers += [int(multiple)] if abs(multiple) <= largest else []
    with localcontext(prec=80):
        values = [Decimal(number).scaleb(-scale) for number in numbers]
    found = is_broken(values, step, f"decimal({precision},{scale})", pa.decimal128(precision, scale))
    assert found == [(Fraction(number, 10**scale) / step).denominator != 1 for number in numbers]


@settings(deadline=None)
@given(values=st.lists(st.floats(allow_nan=False, allow_infinity=False)), digits=st.integers(1, 10**25), scale=SCALES)
def test_floats_by_their_shortest_text(values, digits, scale):
    step = digits * Fraction(10) ** scale
    values += [float(step), float(7 * step)]
    found = is_broken(values, step, "double", pa.float64())
    assert found == [(Fraction(repr(value)) / step).denominator != 1 for value in values]


def test_a_float_that_is_only_nearly_a_multiple_is_none():
    assert is_broken([0.3, 0.1 + 0.2, None], Fraction("0.1"), "double", pa.float64()) == [False, True, None]


def test_a_float_of_32_bits_is_the_text_it_shows():
    assert is_broken([0.3, 0.25], Fraction("0.1"), "float", pa.float32()) == [False, True]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_finite_is_a_multiple_of_nothing(value):
    assert is_broken([value, 2.0], Fraction(2), "double", pa.float64()) == [True, False]


def test_a_part_of_an_array_is_tested_at_its_own_rows():
    whole = pa.array([Decimal("1.0"), Decimal("1.5"), None, Decimal("2.5")], pa.decimal128(4, 1))
    found = breaks_multiple(Fraction(1), field_type("decimal(4,1)"))(whole.slice(1))
    assert found.to_pylist() == [True, None, True]


def test_text_has_no_multiples():
    with pytest.raises(ValueError, match="values of type string have no multiples"):
        breaks_multiple(Fraction(1), field_type("string"))
