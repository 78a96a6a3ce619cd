"""How long rows are kept, in days (Open Data Contract Standard, section Service-Level Agreement)."""

import math
from fractions import Fraction
from typing import Any

_DAYS = {
    **dict.fromkeys(("s", "sec", "second"), Fraction(1, 86400)),
    **dict.fromkeys(("min", "minute"), Fraction(1, 1440)),
    **dict.fromkeys(("h", "hr", "hour"), Fraction(1, 24)),
    **dict.fromkeys(("d", "day"), Fraction(1)),
    **dict.fromkeys(("w", "week"), Fraction(7)),
    **dict.fromkeys(("m", "mo", "month"), Fraction(30)),
    **dict.fromkeys(("y", "yr", "year"), Fraction(365)),
}
"""Units by their singular; a bare `m` is a month, since nobody keeps rows for minutes."""


def is_retention(name: str) -> bool:
    """Return whether a promise of this name says how long rows are kept."""
    return name.strip().lower() in {"retention", "re"}


def days_kept(value: Any, unit: str | None) -> int:
    """Return a promise of retention in whole days, rounded up: a month has 30, a year 365.

    Raises ValueError when value or unit cannot be understood.
    """
    word = (unit or "").strip().lower()
    days = _DAYS.get(word, _DAYS.get(word.removesuffix("s")))
    if days is None:
        message = f"the retention has the unit '{unit}', which is not known" if unit else "the retention has no unit"
        raise ValueError(message)
    return math.ceil(_number(value) * days)


def _number(value: Any) -> Fraction:
    try:
        number = Fraction(str(value).strip()) if not isinstance(value, bool) else Fraction(0)
    except (ValueError, ZeroDivisionError):
        number = Fraction(0)
    if number <= 0:
        message = f"the retention is {value!r}, not a number above 0"
        raise ValueError(message)
    return number
