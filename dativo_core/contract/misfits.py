"""Entries of an array that are no value of the type they are meant to become, and why."""

from collections.abc import Iterable, Sequence
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


def joined(blocks: Sequence[tuple[int, Sequence[Misfit]]]) -> list[Misfit]:
    """Return the misfits of arrays that follow each other, given with their lengths, as those of all entries together.

    Misfits of one place and complaint become one.
    """
    places = {_place(misfit): misfit for _, misfits in blocks for misfit in misfits}
    found: list[Misfit] = []
    for place, one in places.items():
        parts = [(rows, [each for each in misfits if _place(each) == place]) for rows, misfits in blocks]
        found.append(
            replace(one, mask=_concat(parts, "mask"), text=None if one.text is None else _concat(parts, "text"))
        )
        if not isinstance(one.complaint, str):
            found[-1] = replace(found[-1], complaint=_concat(parts, "complaint"))
    return found


def _place(misfit: Misfit) -> tuple[object, ...]:
    complaint = misfit.complaint if isinstance(misfit.complaint, str) else None
    return misfit.steps, complaint, misfit.text is None


def _concat(parts: Sequence[tuple[int, Sequence[Misfit]]], name: str) -> pa.Array:
    """Return one array of all misfits end to end; where a block has several at one place, the first that speaks does."""
    kind = pa.bool_() if name == "mask" else pa.string()
    arrays = [
        reduce(pc.coalesce, [_spoken(each, name) for each in misfits], pa.nulls(rows, kind)) for rows, misfits in parts
    ]
    whole = pa.concat_arrays(arrays)
    return whole.fill_null(False) if name == "mask" else whole


def _spoken(misfit: Misfit, name: str) -> pa.Array:
    """Return what a misfit holds where its mask is true, null elsewhere."""
    values = getattr(misfit, name)
    return pc.if_else(misfit.mask, values, pa.scalar(None, values.type))
