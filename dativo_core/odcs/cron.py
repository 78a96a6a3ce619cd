"""Cron: five fields or a word, checked without a clock."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY_NAMES = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_DAYS = {name: number for number, name in enumerate(_DAY_NAMES)}
_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("weekday", 0, 7, _DAYS),
)
_ITEM = re.compile(r"(?:(?P<all>\*)|(?P<low>\w+)(?:-(?P<high>\w+))?)(?:/(?P<step>\d+))?\Z")
_SPELT_OUT = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
WORDS = tuple(_SPELT_OUT)

_WALKED = [date(2027, 1, 1) + timedelta(days=offset) for offset in range(9 * 366)]
"""Days enough for the rarest schedule, on 29 February, to come three times."""
_LONGEST_MONTH = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}


def check_cron(text: str) -> None:
    """Raise ValueError saying what is wrong with a cron expression."""
    if text.startswith("@"):
        if text not in WORDS:
            message = f"'{text}' is none of {', '.join(WORDS)}"
            raise ValueError(message)
        return
    fields = text.split()
    if len(fields) != len(_FIELDS):
        message = f"it has {len(fields)} fields, not five: minute hour day month weekday"
        raise ValueError(message)
    values = [_values(field, *bounds) for field, bounds in zip(fields, _FIELDS, strict=True)]
    days, months = values[2], values[3]
    if fields[4] == "*" and all(min(days) > _LONGEST_MONTH.get(month, 31) for month in months):
        message = f"day {min(days)} never comes in month {', '.join(map(str, sorted(months)))}"
        raise ValueError(message)


@cache
def longest_gap(text: str) -> timedelta:
    """Return the longest time between two moments of a cron expression that passed `check_cron`, time zones aside."""
    fields = _SPELT_OUT.get(text, text).split()
    values = [_values(field, *bounds) for field, bounds in zip(fields, _FIELDS, strict=True)]
    moments = [timedelta(hours=hour, minutes=minute) for hour in sorted(values[1]) for minute in sorted(values[0])]
    days = [day for day in _WALKED if _is_on(day, fields, values)]
    within = (later - earlier for earlier, later in pairwise(moments))
    between = (later - earlier - moments[-1] + moments[0] for earlier, later in pairwise(days))
    return max((*within, *between), default=timedelta())


def _is_on(day: date, fields: Sequence[str], values: Sequence[set[int]]) -> bool:
    """Return whether a day is one of a cron's: where both its day and its weekday are given, either is enough."""
    if day.month not in values[3]:
        return False
    matches = (day.day in values[2], not values[4].isdisjoint({day.isoweekday() % 7, day.isoweekday()}))
    return any(matches) if fields[2] != "*" and fields[4] != "*" else all(matches)


def _values(field: str, name: str, lowest: int, highest: int, words: dict[str, int]) -> set[int]:
    values: set[int] = set()
    for item in field.split(","):
        match = _ITEM.match(item)
        if match is None:
            message = f"the {name} '{item}' is not understood"
            raise ValueError(message)
        low, high = lowest, highest
        if not match["all"]:
            low = _number(match["low"], name, words)
            high = _number(match["high"], name, words) if match["high"] else highest if match["step"] else low
        if low > high and match["high"]:
            message = f"the {name} '{item}' ends before it begins"
            raise ValueError(message)
        step = int(match["step"] or 1)
        if not lowest <= low <= high <= highest or step < 1:
            message = f"the {name} '{item}' is not within {lowest}-{highest}"
            raise ValueError(message)
        values.update(range(low, high + 1, step))
    return values


def _number(text: str, name: str, words: dict[str, int]) -> int:
    if text.lower() in words:
        return words[text.lower()]
    if not text.isascii() or not text.isdigit():
        message = f"the {name} '{text}' is no number"
        raise ValueError(message)
    return int(text)
