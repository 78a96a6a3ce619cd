"""Entries of an array that are no value of the type they are meant to become, and why."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.list_layout import first_of, fold


@dataclass(frozen=True)
class Misfit:
    """Entries that do not fit, all at one place of the type: `steps` lead there, none for the entry as a whole.

    `text` holds the value that does not fit, and `complaint` completes the sentence; without `text` it stands alone.
    """

    mask: pa.BooleanArray
    complaint: str | pa.StringArray
    text: pa.StringArray | None = None
    steps: tuple[str, ...] = ()

    def below(self, step: str) -> "Misfit":
        """Return the misfit as one of a member that `step` leads to."""
        return replace(self, steps=(step, *self.steps))

    def folded(self, step: str, parents: pa.Int64Array, rows: int) -> "Misfit":
        """Return a misfit of elements as one of the rows they belong to, each shown with its first element."""
        text, complaint = self.text, self.complaint
        return Misfit(
            fold(self.mask, parents, rows),
            complaint if isinstance(complaint, str) else first_of(complaint, self.mask, parents, rows),
            None if text is None else first_of(text, self.mask, parents, rows),
            (step, *self.steps),
        )


def any_misfit(misfits: Iterable[Misfit], rows: int) -> pa.BooleanArray:
    """Return which entries have a misfit."""
    masks = [misfit.mask.fill_null(False) for misfit in misfits]
    return reduce(pc.or_, masks) if masks else pa.repeat(pa.scalar(value=False), rows)
