"""Keys whose values must not repeat in a run: which they are, and the order of their values."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.odcs.contract import Metric, MetricRule, Rule, RuleKind
from dativo_core.odcs.types import MANY


@dataclass(frozen=True)
class Key:
    """Parts of columns that together identify a row, or an element of lists. What lacks a value in one repeats nothing.

    `parts` are columns, each with the steps to a part of it. `filters` is whether rows that repeat a key are rejected: then
    only rows that break no rule of a single row count. Otherwise they are counted among all rows read. `rules` are the ids of
    the rules that ask for it.
    """

    parts: tuple[tuple[str, ...], ...]
    filters: bool
    rules: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that its parts are in, each once."""
        return tuple(dict.fromkeys(column for column, *_ in self.parts))

    @property
    def has_many(self) -> bool:
        """Whether a row has any number of its values."""
        return any(step in MANY for _, *steps in self.parts for step in steps)


def run_keys(rules: Sequence[Rule], metrics: Sequence[MetricRule]) -> tuple[Key, ...]:
    """Return the keys to follow through a run, each set of parts once per purpose; those that filter come first."""
    asked: dict[tuple[tuple[tuple[str, ...], ...], bool], list[str]] = {}
    for rule in rules:
        if rule.kind is RuleKind.UNIQUE:
            asked.setdefault((rule.parts, True), []).append(rule.id)
    for metric in metrics:
        if metric.metric is Metric.DUPLICATE_VALUES:
            asked.setdefault((metric.parts, False), []).append(metric.id)
    return tuple(Key(parts, filters, tuple(ids)) for (parts, filters), ids in asked.items())


def complete_rows(values: pa.RecordBatch) -> pa.BooleanArray:
    """Return which rows have a value in every column."""
    return reduce(pc.and_, (pc.is_valid(column) for column in values.columns))


@dataclass(frozen=True)
class KeyOrder:
    """Whether keys came strictly ascending, so that none repeats; `first` and `last` are batches of one row.

    Composite keys compare column by column from the left. Immutable and picklable.
    """

    is_ascending: bool = True
    first: pa.RecordBatch | None = None
    last: pa.RecordBatch | None = None

    def then(self, values: pa.RecordBatch) -> "KeyOrder":
        """Return the order after a further batch of keys."""
        if not self.is_ascending:
            return self
        complete = (
            values if all(not column.null_count for column in values.columns) else values.filter(complete_rows(values))
        )
        if complete.num_rows == 0:
            return self
        ends = KeyOrder(_is_ascending(complete), complete.slice(0, 1), complete.slice(complete.num_rows - 1))
        return self.followed_by(ends.compact())

    def followed_by(self, other: "KeyOrder") -> "KeyOrder":
        """Return the order of these keys and then the others."""
        if self.last is None or other.first is None:
            known = other if self.last is None else self
            return replace(known, is_ascending=self.is_ascending and other.is_ascending)
        joined = pa.Table.from_batches([self.last, other.first]).combine_chunks().to_batches()[0]
        holds = self.is_ascending and other.is_ascending and _is_ascending(joined)
        return KeyOrder(holds, self.first, other.last)

    def compact(self) -> "KeyOrder":
        """Return the same without a hold on the batches its ends were taken from."""
        return replace(self, first=_copied(self.first), last=_copied(self.last))


def _copied(row: pa.RecordBatch | None) -> pa.RecordBatch | None:
    return None if row is None else row.take(pa.array([0]))


def _is_ascending(values: pa.RecordBatch) -> bool:
    count = values.num_rows - 1
    if count < 1:
        return True
    holds: pa.BooleanArray | None = None
    for column in reversed(values.columns):
        left, right = column.slice(0, count), column.slice(1)
        less = pc.less(left, right)
        holds = less if holds is None else pc.or_(less, pc.and_(pc.equal(left, right), holds))
    return pc.all(holds).as_py() is True
