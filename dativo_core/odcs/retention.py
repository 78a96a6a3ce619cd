"""How long rows are kept, in days (Open Data Contract Standard, section Service-Level Agreement)."""

import math
from fractions import Fraction
from typing import Any

from dativo_core.odcs.sla_values import promise_name, read_promise, unit_of

_NAME = "retention"
_DAYS = {"s": Fraction(1, 86400), "mo": Fraction(30)}
_DAYS_OF_A_YEAR = 365


def is_retention(name: str) -> bool:
    """Return whether a promise of this name says how long rows are kept."""
    return promise_name(name) == _NAME


def days_kept(value: Any, unit: str | None) -> int | None:
    """Return a promise of retention in whole days, rounded up: a month has 30, a year 365.

    None when value or unit cannot be understood, which the findings about service levels say.
    """
    known = unit_of(_NAME, unit)
    promise = read_promise(_NAME, value, known or "")
    if known is None or promise is None or not isinstance(promise.amount, Fraction):
        return None
    days = promise.amount / 12 * _DAYS_OF_A_YEAR if known == "y" else promise.amount * _DAYS[promise.base]
    return math.ceil(days)
