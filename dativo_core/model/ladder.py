"""How sensitive a classification is, by the operator's list of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from dativo_core.model.names import same_name


@dataclass(frozen=True)
class Ladder:
    """The classifications from the least to the most sensitive, in any case; no steps: nothing is known of them."""

    steps: tuple[str, ...] = ()

    def step(self, classification: str) -> int | None:
        """Return the place of a classification, from 0; None when it is no step."""
        return self._places.get(same_name(classification))

    def is_raised(self, old: Iterable[str], new: Iterable[str]) -> bool:
        """Return whether the most sensitive of `new` is more so than that of `old`.

        What is not classified is the least sensitive. Where the ladder does not say which of two is more so, it may be the
        new one, and counts as raised.
        """
        before, after = ({same_name(each) for each in words} for words in (old, new))
        if after <= before:
            return False
        places = [self.step(word) for word in before], [self.step(word) for word in after - before]
        known = [[place for place in each if place is not None] for each in places]
        if not before or len(known[1]) < len(places[1]) or not known[0]:
            return True
        return max(known[1]) > max(known[0])

    @cached_property
    def _places(self) -> dict[str, int]:
        return {same_name(step): at for at, step in enumerate(self.steps)}
