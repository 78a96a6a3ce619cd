"""Promises: what each is measured in, and its value as something that compares."""

import math
import re
from dataclasses import dataclass
from datetime import datetime, time
from enum import Enum
from fractions import Fraction
from typing import Any, TypeVar

_T = TypeVar("_T", datetime, time)


class Measure(Enum):
    """What a promise is measured in, in words."""

    DURATION = "a number with a unit of time, such as value: 4, unit: d"
    PERCENT = "a percentage between 0 and 100, such as 99.9"
    RATE = "a number"
    INSTANT = "a moment with an offset, such as 2030-01-31T00:00:00Z"
    TIME = "a time of day with an offset, such as 09:00-08:00"


_NAMES = {
    "latency": ("ly", Measure.DURATION),
    "frequency": ("fy", Measure.DURATION),
    "retention": ("re", Measure.DURATION),
    "timeToDetect": ("td", Measure.DURATION),
    "timeToNotify": ("tn", Measure.DURATION),
    "timeToRepair": ("tr", Measure.DURATION),
    "availability": ("av", Measure.PERCENT),
    "errorRate": ("er", Measure.PERCENT),
    "throughput": ("th", Measure.RATE),
    "generalAvailability": ("ga", Measure.INSTANT),
    "endOfSupport": ("es", Measure.INSTANT),
    "endOfLife": ("el", Measure.INSTANT),
    "timeOfAvailability": ("", Measure.TIME),
}
MEASURES = {name: measure for name, (_, measure) in _NAMES.items()}
"""The promises of the standard."""

_WORDS = {word: name for name, (short, _) in _NAMES.items() for word in (name.lower(), short) if word}
_UNIT_WORDS = {
    "s": "s sec secs second seconds",
    "min": "min mins minute minutes",
    "h": "h hr hrs hour hours",
    "d": "d day days",
    "w": "w wk week weeks",
    "mo": "mo mon month months",
    "y": "y yr yrs year years",
}
_UNITS = {word: unit for unit, words in _UNIT_WORDS.items() for word in words.split()}
_PERCENT = frozenset({"", "%", "percent", "pct"})
_SCALE = {"s": ("s", 1), "min": ("s", 60), "h": ("s", 3600), "d": ("s", 86_400), "w": ("s", 604_800)}
_SCALE |= {"mo": ("mo", 1), "y": ("mo", 12)}


@dataclass(frozen=True)
class Promise:
    """A promise as it compares: the base unit of `amount`, seconds or months, or empty."""

    name: str
    base: str
    amount: Fraction | datetime | time


def promise_name(written: str) -> str | None:
    """Return the promise a word stands for, its short forms and blanks in it included; None when it is none."""
    return _WORDS.get(re.sub(r"[\s_-]", "", written).lower())


def is_ambiguous(unit: str | None) -> bool:
    """Return whether a unit is a bare `m`, which may be minutes or months."""
    return (unit or "").strip().lower() == "m"


def meaning_of_m(name: str) -> str:
    """Return what a bare `m` is taken for: months of a retention, else minutes."""
    return "mo" if name == "retention" else "min"


def unit_of(name: str, written: str | None) -> str | None:
    """Return the unit of a promise, empty where it has none; None when what was written is not one of its units."""
    word = (written or "").strip().lower()
    if MEASURES[name] is Measure.DURATION:
        return meaning_of_m(name) if word == "m" else _UNITS.get(word)
    if MEASURES[name] is Measure.PERCENT:
        return "" if word in _PERCENT else None
    return ""


def read_promise(name: str, value: Any, unit: str) -> Promise | None:
    """Return a promise; None when its value does not belong to its measure."""
    measure = MEASURES[name]
    if measure is Measure.INSTANT:
        moment = _parsed(datetime, value)
        return Promise(name, "", moment) if moment is not None and moment.tzinfo is not None else None
    if measure is Measure.TIME:
        clock = _parsed(time, value)
        return Promise(name, "", clock) if clock is not None and clock.tzinfo is not None else None
    number = _number(
        value.strip().removesuffix("%") if measure is Measure.PERCENT and isinstance(value, str) else value
    )
    if (
        number is None
        or number < 0
        or (name == "retention" and number == 0)
        or (measure is Measure.PERCENT and number > 100)
    ):
        return None
    base, factor = _SCALE.get(unit, ("", 1))
    return Promise(name, base, number * factor)


def _parsed(kind: type[_T], value: Any) -> _T | None:
    try:
        return kind.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _number(value: Any) -> Fraction | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, str) and not re.fullmatch(r"\s*\d{1,18}(?:\.\d{1,18})?\s*", value, re.ASCII):
        return None
    return Fraction(str(value).strip())
