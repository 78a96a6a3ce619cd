"""Names that were not found, told with the nearest one there is."""

from collections.abc import Iterable
from difflib import get_close_matches


def with_nearest(name: str, names: Iterable[str]) -> str:
    """Return a missing name in quotes, followed by the nearest of the names there are."""
    by_lower = {candidate.strip().lower(): candidate for candidate in names}
    near = get_close_matches(name.lower(), by_lower, n=1)
    return f"{name!r} (did you mean {by_lower[near[0]]!r}?)" if near else repr(name)
