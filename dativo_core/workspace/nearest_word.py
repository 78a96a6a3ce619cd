"""Which word a misspelt one may be."""

from collections.abc import Iterable
from difflib import get_close_matches

NEAR = 0.6
"""How alike two words are that may be one, from 0 to 1."""


def nearest_word(word: str, known: Iterable[str], cutoff: float = NEAR) -> str | None:
    """Return the known word most like `word`; None when none is at least as like it as `cutoff`."""
    # Comparing costs time by the length of a word, which may be all of a file; no length far from it can be near.
    able = [each for each in known if 2 * min(len(each), len(word)) >= cutoff * (len(each) + len(word))]
    return next(iter(get_close_matches(word, able, n=1, cutoff=cutoff)), None) if able else None
