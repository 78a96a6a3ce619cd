"""Operators of quality rules: what a metric must satisfy, compared exactly."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from math import floor


class Operator(StrEnum):
    """The operators of the standard, as they are written."""

    MUST_BE = "mustBe"
    MUST_NOT_BE = "mustNotBe"
    GREATER_THAN = "mustBeGreaterThan"
    GREATER_OR_EQUAL_TO = "mustBeGreaterOrEqualTo"
    LESS_THAN = "mustBeLessThan"
    LESS_OR_EQUAL_TO = "mustBeLessOrEqualTo"
    BETWEEN = "mustBeBetween"
    NOT_BETWEEN = "mustNotBeBetween"


PAIRS = frozenset({Operator.BETWEEN, Operator.NOT_BETWEEN})


@dataclass(frozen=True)
class Threshold:
    """One operator with its one or two bounds, as written; `is_inclusive` counts the bounds of a pair as between."""

    operator: Operator
    bounds: tuple[int | float, ...]
    is_inclusive: bool = False

    def holds(self, value: Fraction) -> bool:
        """Return whether a metric satisfies the operator."""
        bounds = self.exact_bounds
        low, high = bounds[0], bounds[-1]
        match self.operator:
            case Operator.MUST_BE:
                return value == low
            case Operator.MUST_NOT_BE:
                return value != low
            case Operator.GREATER_THAN:
                return value > low
            case Operator.GREATER_OR_EQUAL_TO:
                return value >= low
            case Operator.LESS_THAN:
                return value < low
            case Operator.LESS_OR_EQUAL_TO:
                return value <= low
        is_between = low <= value <= high if self.is_inclusive else low < value < high
        return is_between is (self.operator is Operator.BETWEEN)

    @property
    def exact_bounds(self) -> tuple[Fraction, ...]:
        """The bounds as the numbers that were written, not the floats nearest to them."""
        return tuple(Fraction(str(bound)) for bound in self.bounds)

    def is_edge(self, value: Fraction) -> bool:
        """Return whether a metric equals a bound of a pair, where conventions differ."""
        return self.operator in PAIRS and value in self.exact_bounds

    @property
    def edge_note(self) -> str:
        """What is told of a metric that equals a bound of a pair."""
        included = "counts" if self.is_inclusive else "does not count"
        return f"between-edge: the bound itself {included} as between (dativoBounds)"

    def __str__(self) -> str:
        bounds = f"[{self.bounds[0]}, {self.bounds[1]}]" if self.operator in PAIRS else str(self.bounds[0])
        return f"{self.operator} {bounds}" + (" (inclusive)" if self.is_inclusive and self.operator in PAIRS else "")


@dataclass(frozen=True)
class Equality:
    """`mustBe` or `mustNotBe` with a truth value or a text, for what a query returns; nothing is converted to compare."""

    operator: Operator
    value: bool | str

    def holds(self, found: bool | str) -> bool:
        """Return whether a value of the same kind satisfies the operator."""
        return (found == self.value) is (self.operator is Operator.MUST_BE)

    def __str__(self) -> str:
        value = str(self.value).lower() if isinstance(self.value, bool) else repr(self.value)
        return f"{self.operator} {value}"


@dataclass(frozen=True)
class Domain:
    """The values a metric can have: at least `lowest`, at most `highest` where they are given, whole or not."""

    lowest: int | None = None
    highest: int | None = None
    is_whole: bool = False

    def __contains__(self, value: Fraction) -> bool:
        above = self.lowest is None or value >= self.lowest
        below = self.highest is None or value <= self.highest
        return above and below and (value.denominator == 1 or not self.is_whole)


def are_satisfiable(thresholds: Sequence[Threshold], domain: Domain) -> bool:
    """Return whether any value of a metric satisfies all operators."""
    return any(all(each.holds(value) for each in thresholds) for value in _samples(thresholds, domain))


def implies(one: Sequence[Threshold], other: Sequence[Threshold], domain: Domain) -> bool:
    """Return whether every value that satisfies all of `one` satisfies all of `other`."""
    return all(
        all(each.holds(value) for each in other)
        for value in _samples([*one, *other], domain)
        if all(each.holds(value) for each in one)
    )


def redundant(thresholds: Sequence[Threshold], domain: Domain) -> Threshold | None:
    """Return the first operator that the others together imply; None when each says something."""
    samples = list(_samples(thresholds, domain))
    for each in thresholds:
        others = [other for other in thresholds if other is not each]
        if others and all(each.holds(value) for value in samples if all(other.holds(value) for other in others)):
            return each
    return None


def _samples(thresholds: Sequence[Threshold], domain: Domain) -> Iterator[Fraction]:
    """Yield values of a metric such that each way to satisfy or break the operators is among them.

    Between two neighbouring bounds nothing changes, so one value there, each bound, and one beyond both ends are enough.
    """
    ends = [Fraction(end) for end in (domain.lowest, domain.highest) if end is not None]
    bounds = sorted({*ends, *(bound for each in thresholds for bound in each.exact_bounds)})
    found = {*bounds, *(bound + step for bound in bounds for step in (-1, 1))}
    found |= {Fraction(floor(bound) + step) for bound in bounds for step in (0, 1)}
    found |= {(low + high) / 2 for low, high in pairwise(bounds)}
    yield from sorted(value for value in found if value in domain)
