"""Numbers of JSON: what is hidden of one has to become text, or the JSON around it is none."""

import re
from bisect import bisect_right
from collections.abc import Sequence

from dativo_core.telemetry.values import Span

_STRING_OR_NUMBER = re.compile(
    r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|(?P<before>[\[,:]\s*)(?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?=\s*[,}\]])',
    re.DOTALL,
)


def bare_numbers(text: str) -> list[Span]:
    """Return where the numbers of a JSON text stand, those in its strings left out, in order and linear time."""
    return [match.span("number") for match in _STRING_OR_NUMBER.finditer(text) if match["number"]]


def touched(numbers: Sequence[Span], hidden: Sequence[Span]) -> list[Span]:
    """Return the numbers a part of which is hidden, and nothing beyond them; all spans are apart and in order."""
    ends = [stop for _, stop in numbers]
    found = []
    for start, stop in hidden:
        at = bisect_right(ends, start)
        if at < len(numbers) and numbers[at][0] <= start and stop <= numbers[at][1]:
            found.append(numbers[at])
    return list(dict.fromkeys(found))
