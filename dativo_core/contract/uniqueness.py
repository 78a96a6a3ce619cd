"""Keys whose values must not repeat in a run: which they are, their exact form, their order, and rows that repeat one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.rejects import Breach, reject_rows
from dativo_core.flow import Batch, ConformedBatch
from dativo_core.odcs.contract import Column, Metric, MetricRule, Rule, RuleKind

_BITS = {
    pa.float32(): pa.int32(),
    pa.float64(): pa.int64(),
    pa.string(): pa.binary(),
    pa.bool_(): pa.int8(),
    pa.date32(): pa.int32(),
    pa.time64("us"): pa.int64(),
    pa.timestamp("us"): pa.int64(),
    pa.timestamp("us", "UTC"): pa.int64(),
}
"""Types whose values are compared by their bits or bytes; the others compare exactly as they are."""


@dataclass(frozen=True)
class Key:
    """Columns that together identify a row. A row without a value in one of them repeats nothing.

    `filters` is whether rows that repeat a key are rejected: then only rows that break no rule of a single row count.
    Otherwise they are counted among all rows read. `rules` are the ids of the rules that ask for it.
    """

    columns: tuple[str, ...]
    filters: bool
    rules: tuple[str, ...]


def run_keys(rules: Sequence[Rule], metrics: Sequence[MetricRule]) -> tuple[Key, ...]:
    """Return the keys to follow through a run, each set of columns once per purpose; those that filter come first."""
    asked: dict[tuple[tuple[str, ...], bool], list[str]] = {}
    for rule in rules:
        if rule.kind is RuleKind.UNIQUE:
            asked.setdefault((tuple(map(str, rule.arguments)), True), []).append(rule.id)
    for metric in metrics:
        if metric.metric is Metric.DUPLICATE_VALUES:
            asked.setdefault((metric.columns, False), []).append(metric.id)
    return tuple(Key(columns, filters, tuple(ids)) for (columns, filters), ids in asked.items())


def key_values(records: pa.RecordBatch, key: Key) -> pa.RecordBatch:
    """Return a key's columns in the form in which equal bytes are equal values of the table.

    As in Iceberg, -0.0 and 0.0 are two values; all NaN are one.
    """
    arrays = [_exact(records.column(name)) for name in key.columns]
    return pa.RecordBatch.from_arrays(arrays, [f"k{index}" for index in range(len(arrays))])


def _exact(values: pa.Array) -> pa.Array:
    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    if pa.types.is_floating(values.type):
        values = pc.if_else(pc.is_nan(values), pa.scalar(float("nan"), values.type), values)
        return values.view(_BITS[values.type])
    target = pa.binary() if pa.types.is_fixed_size_binary(values.type) else _BITS.get(values.type)
    return values if target is None else values.cast(target)


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


class DuplicateRejects:
    """Turns accepted rows that repeat a key into rejects, of a table's columns and the keys that filter."""

    def __init__(self, columns: Sequence[Column], rules: Sequence[Rule], keys: Sequence[Key]) -> None:
        self._columns: Mapping[str, Column] = {column.name: column for column in columns}
        rules_by_id = {rule.id: rule for rule in rules}
        self._rules = [(bit, rules_by_id[rule]) for bit, key in enumerate(keys) if key.filters for rule in key.rules]

    def reject(
        self, batch: Batch, conformed: ConformedBatch, positions: pa.Int64Array, broken: pa.Int64Array
    ) -> ConformedBatch:
        """Return the batch without the records at `positions`; bit n of `broken` says that the row repeats key n."""
        if len(positions) == 0:
            return conformed
        rows = positions.cast(pa.uint64()) if conformed.row_numbers is None else conformed.row_numbers.take(positions)
        numbers = pa.arange(0, batch.records.num_rows)
        breaches: list[Breach] = []
        for bit, rule in self._rules:
            repeats = rows.filter(pc.not_equal(pc.bit_wise_and(broken, 1 << bit), 0))
            if len(repeats):
                mask = pc.is_in(numbers, value_set=repeats.cast(pa.int64()))
                breaches.append(self._breach(rule, mask, batch))
        kept = pc.invert(pc.is_in(pa.arange(0, conformed.records.num_rows), value_set=positions))
        rejects = pa.Table.from_batches([conformed.rejects, reject_rows(rows, breaches, batch.places)])
        return replace(
            conformed,
            records=conformed.records.filter(kept),
            rejects=rejects.combine_chunks().to_batches()[0],
            violations={**conformed.violations, **{breach.rule: breach.mask.true_count for breach in breaches}},
            row_numbers=pc.filter(_numbers(conformed), kept),
        )

    def _breach(self, rule: Rule, mask: pa.BooleanArray, batch: Batch) -> Breach:
        names = tuple(map(str, rule.arguments))
        is_hidden = any(self._columns[name].classification for name in names)
        text = _shown(batch.records, [self._columns[name].source_name for name in names])
        return Breach(rule.id, rule.column, True, mask, "is not unique: an earlier row has it", text, is_hidden)


def _numbers(conformed: ConformedBatch) -> pa.UInt64Array:
    if conformed.row_numbers is not None:
        return conformed.row_numbers
    return pa.arange(0, conformed.records.num_rows).cast(pa.uint64())


def _shown(records: pa.RecordBatch, names: Sequence[str]) -> pa.StringArray:
    """Return a key as it was delivered, the values of several columns joined by commas."""
    texts = [records.column(name).cast(pa.string()) for name in names]
    return texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, ", ")
