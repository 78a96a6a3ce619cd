"""Rules about numbers with more digits than a decimal of a table has, which are stored as text: compared one by one, exactly."""

from collections.abc import Callable
from fractions import Fraction

import pyarrow as pa

from dativo_core.contract.scalar_text import scalar_text


def breaks_wide(holds: Callable[[Fraction], bool]) -> Callable[[pa.Array], pa.BooleanArray]:
    """Return the test for numbers of which something does not hold: true there, null for null."""

    def broken(values: pa.Array) -> pa.BooleanArray:
        texts = scalar_text(values).to_pylist()
        return pa.array([None if text is None else not holds(Fraction(text)) for text in texts], pa.bool_())

    return broken
