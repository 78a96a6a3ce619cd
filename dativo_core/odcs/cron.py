"""Cron: five fields or a word, checked without a clock."""

import re

WORDS = ("@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually")

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
