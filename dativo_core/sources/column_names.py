"""Column names in messages: those that were not found with the nearest there is, and never more than a reader reads."""

from collections.abc import Collection, Sequence
from difflib import get_close_matches

MAX_COMPARED_NAMES = 1000
"""Among more names the nearest is not looked for: a header of millions of them would take minutes."""

SHOWN_NAMES = 20


def with_nearest(name: str, names: Collection[str]) -> str:
    """Return a missing name in quotes, followed by the nearest of the names there are, if these are not too many."""
    if len(names) > MAX_COMPARED_NAMES:
        return repr(name)
    by_lower = {candidate.strip().lower(): candidate for candidate in names}
    near = get_close_matches(name.lower(), by_lower, n=1)
    return f"{name!r} (did you mean {by_lower[near[0]]!r}?)" if near else repr(name)


def listed(names: Sequence[str], separator: str = ", ") -> str:
    """Return the first twenty of some shown names, and how many more there are."""
    more = len(names) - SHOWN_NAMES
    return separator.join(names[:SHOWN_NAMES]) + (f" and {more:,} more" if more > 0 else "")
