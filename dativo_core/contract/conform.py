"""A batch held against its contract: typed rows that satisfy every rule, and rejects that say why not."""

from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.convert import convert
from dativo_core.contract.ledger import arrow_schema
from dativo_core.contract.metrics import Metrics
from dativo_core.contract.rejects import Breach, reject_rows
from dativo_core.contract.row_rules import Cells, RowRule, compile_rules
from dativo_core.flow import REJECT_SCHEMA, Batch, ConformedBatch
from dativo_core.odcs.contract import Column, MetricRule, Rule
from dativo_core.odcs.types import FieldType, TypeKind

TYPES_RULE = "contract__types"
"""The rule every cell is held against: what was delivered is a value of the column's type."""

_EXPECTED = {
    TypeKind.INT: "an integer (int)",
    TypeKind.LONG: "an integer (long)",
    TypeKind.FLOAT: "a number (float)",
    TypeKind.DOUBLE: "a number (double)",
    TypeKind.BOOLEAN: "a boolean (true, false, 1, 0, yes, no, on, off, t, f, y, n)",
    TypeKind.DATE: "a date (YYYY-MM-DD)",
    TypeKind.TIME: "a time (HH:MM:SS)",
    TypeKind.TIMESTAMP: "a timestamp without offset (YYYY-MM-DD HH:MM:SS)",
    TypeKind.TIMESTAMPTZ: "a timestamp with offset (YYYY-MM-DDTHH:MM:SSZ)",
    TypeKind.UUID: "a uuid (32 hexadecimal digits)",
    TypeKind.BINARY: "binary (pairs of hexadecimal digits)",
}


class Conformer:
    """Compiled once per contract; `conform` has no effect but its result.

    Raises ContractError at once, naming every rule that cannot be evaluated.
    """

    def __init__(
        self, columns: tuple[Column, ...], rules: tuple[Rule, ...], metrics: tuple[MetricRule, ...] = ()
    ) -> None:
        self._columns = columns
        self._rules = compile_rules(columns, rules)
        self._metrics = Metrics(columns, metrics)
        self._schema = arrow_schema(columns)
        self._hidden = frozenset(column.name for column in columns if column.classification)

    def conform(self, batch: Batch) -> ConformedBatch:
        """Return the rows that break no rule of severity error, and a reject for each of the others."""
        cells, breaches = self._parse(batch.records)
        for rule in self._rules:
            breaches += self._breaches(rule, cells[rule.column])
        arrays = [cells[name].values for name in self._schema.names]
        records = pa.RecordBatch.from_arrays(arrays, schema=self._schema)
        blocking = [breach for breach in breaches if breach.is_error]
        violations = _violations(breaches) | self._metrics.violations(cells)
        newest = self._metrics.newest(cells)
        if not blocking:
            return ConformedBatch(records, _no_rejects(), violations, records, newest=newest)
        is_broken = reduce(pc.or_, (breach.mask for breach in blocking))
        rejects = reject_rows(pc.indices_nonzero(is_broken), blocking, batch.places)
        kept = pc.indices_nonzero(pc.invert(is_broken))
        return ConformedBatch(records.take(kept), rejects, violations, records, kept, newest)

    def _parse(self, records: pa.RecordBatch) -> tuple[dict[str, Cells], list[Breach]]:
        """Return every column's cells, and a breach per column that has values of another type."""
        cells: dict[str, Cells] = {}
        breaches: list[Breach] = []
        for column in self._columns:
            delivered = _delivered(records, column.source_name)
            values, bad = convert(delivered, column.type)
            cells[column.name] = Cells(delivered, values)
            if bad.true_count:
                complaint = _complaint(delivered.type, column.type)
                hidden = column.name in self._hidden
                breaches.append(Breach(TYPES_RULE, column.name, True, bad, complaint, cells[column.name].text, hidden))
        return cells, breaches

    def _breaches(self, rule: RowRule, cells: Cells) -> list[Breach]:
        broken = rule.broken(cells)
        mask = broken.fill_null(False) if broken is not None else None
        if mask is None or not mask.true_count:
            return []
        text = cells.text if rule.shows_value else None
        hidden = rule.column in self._hidden
        return [Breach(rule.id, rule.column, rule.is_error, mask, rule.complaint, text, hidden)]


def _delivered(records: pa.RecordBatch, name: str) -> pa.Array:
    index = records.schema.get_field_index(name)
    return records.column(index) if index >= 0 else pa.nulls(records.num_rows, pa.string())


def _complaint(delivered: pa.DataType, field_type: FieldType) -> str:
    """Say what was expected instead; where text would show nothing wrong, also what was delivered."""
    expected = _EXPECTED.get(field_type.kind, f"a {field_type}")
    if pa.types.is_string(delivered):
        return f"is not {expected}"
    if field_type.kind is TypeKind.DECIMAL and pa.types.is_floating(delivered):
        return f"is a float, which is not exactly {expected}: deliver text, integers or decimals"
    return f"({delivered}) is not {expected}"


def _violations(breaches: list[Breach]) -> dict[str, int]:
    """Count broken rows per rule; a row with two cells of a wrong type counts once."""
    masks: dict[str, pa.BooleanArray] = {}
    for breach in breaches:
        known = masks.get(breach.rule)
        masks[breach.rule] = breach.mask if known is None else pc.or_(known, breach.mask)
    return {rule: mask.true_count for rule, mask in masks.items()}


def _no_rejects() -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([], schema=REJECT_SCHEMA)
