"""Accepted rows that repeat a key, turned into rejects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.canonical_text import canonical_text
from dativo_core.contract.list_layout import joined_by_parent, row_numbers
from dativo_core.contract.rejects import Breach, reject_rows
from dativo_core.contract.uniqueness import Key
from dativo_core.contract.unnest import unnested
from dativo_core.flow import Batch, ConformedBatch
from dativo_core.odcs.contract import Column, Rule
from dativo_core.odcs.types import has_many

_REPEATS = "is not unique: an earlier row has it"
_HOLDS_REPEATED = "holds a value that is not unique: it came before"


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
                breaches.append(self._breach(rule, mask, batch, _Left(conformed.records.take(positions), rows)))
        kept = pc.invert(pc.is_in(pa.arange(0, conformed.records.num_rows), value_set=positions))
        rejects = pa.Table.from_batches([conformed.rejects, reject_rows(rows, breaches, batch.places)])
        return replace(
            conformed,
            records=conformed.records.filter(kept),
            rejects=rejects.combine_chunks().to_batches()[0],
            violations={**conformed.violations, **{breach.rule: breach.mask.true_count for breach in breaches}},
            row_numbers=pc.filter(_numbers(conformed), kept),
        )

    def _breach(self, rule: Rule, mask: pa.BooleanArray, batch: Batch, left: "_Left") -> Breach:
        columns = [self._columns[name] for name, *_ in rule.parts]
        is_hidden = any(column.classification for column in columns)
        if any(len(part) > 1 for part in rule.parts) or any(column.type.is_nested for column in columns):
            text = left.texts(rule.parts, batch.records.num_rows)
        else:
            text = _shown(batch.records, [column.source_name for column in columns])
        complaint = _HOLDS_REPEATED if any(map(has_many, rule.subjects)) else _REPEATS
        return Breach(rule.id, rule.subject, True, mask, complaint, text, is_hidden)


@dataclass(frozen=True)
class _Left:
    """Records that are left out, and the row of the batch that each was."""

    records: pa.RecordBatch
    rows: pa.UInt64Array

    def texts(self, parts: Sequence[tuple[str, ...]], row_count: int) -> pa.StringArray:
        """Return per row of the batch the text of some parts of it, where it is left out: all values, joined by commas."""
        found = unnested(self.records, parts)
        columns = [canonical_text(values) for values in found.columns]
        texts = pc.binary_join_element_wise(*columns, ", ") if len(columns) > 1 else columns[0]
        if found.rows is not None:
            # What lacks a part repeats nothing.
            texts = joined_by_parent(texts.drop_null(), found.rows.filter(texts.is_valid()), len(self.rows))
        return texts.take(pc.index_in(row_numbers(row_count), value_set=self.rows.cast(pa.int64())))


def _numbers(conformed: ConformedBatch) -> pa.UInt64Array:
    if conformed.row_numbers is not None:
        return conformed.row_numbers
    return pa.arange(0, conformed.records.num_rows).cast(pa.uint64())


def _shown(records: pa.RecordBatch, names: Sequence[str]) -> pa.StringArray:
    """Return a key as it was delivered, the values of several columns joined by commas."""
    texts = [records.column(name).cast(pa.string()) for name in names]
    return texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, ", ")
