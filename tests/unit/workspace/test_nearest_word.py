"""The nearest known word is the one difflib finds, and a text as long as a file costs no time."""

from difflib import get_close_matches

from hypothesis import given
from hypothesis import strategies as st

from dativo_core.workspace.nearest_word import NEAR, nearest_word

WORDS = st.text("abc_", max_size=12)


@given(WORDS, st.lists(WORDS, max_size=8))
def test_it_is_what_comparing_with_every_word_finds(word, known):
    assert nearest_word(word, known) == next(iter(get_close_matches(word, known, n=1, cutoff=NEAR)), None)


def test_a_text_far_longer_than_every_word_is_near_to_none():
    assert nearest_word("type" * 1_000_000, ["type", "types"]) is None
