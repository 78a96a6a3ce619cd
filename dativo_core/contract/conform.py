"""A batch held against its contract: typed rows that satisfy every rule, and rejects that say why not."""

from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.convert import convert_cells
from dativo_core.contract.convert_nested import as_stored, with_required_members
from dativo_core.contract.ledger import arrow_schema
from dativo_core.contract.metrics import Metrics
from dativo_core.contract.misfits import Misfit
from dativo_core.contract.nested_rules import part_type, required_parts
from dativo_core.contract.parts import Parts, parts_of
from dativo_core.contract.rejects import Breach, reject_rows, stop_at
from dativo_core.contract.row_rules import Cells, RowRule, compile_rules
from dativo_core.flow import REJECT_SCHEMA, Batch, ConformedBatch
from dativo_core.odcs.contract import Column, MetricRule, Rule
from dativo_core.odcs.types import OnLoss, member_path

TYPES_RULE = "contract__types"
"""The rule every cell is held against: what was delivered is a value of the column's type."""


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
        self._nested = tuple(column for column in columns if required_parts(column.type.stored))
        self._hidden = frozenset(column.name for column in columns if column.classification)

    def conform(self, batch: Batch) -> ConformedBatch:
        """Return the rows that break no rule which holds them back, and a reject for each of the others.

        Raises ContractError when a value does not fit a column whose loss policy is fail.
        """
        cells, breaches = self._parse(batch.records)
        parts: dict[tuple[str, tuple[str, ...]], Parts] = {}
        for rule in self._rules:
            place = rule.column, rule.member
            if place not in parts:
                parts[place] = parts_of(cells[rule.column], rule.member)
            breaches += self._breaches(rule, parts[place], batch.records.num_rows)
        stop_at([breach for breach in breaches if breach.stops], batch.places)
        stored = [as_stored(cells[column.name].values, column.type) for column in self._columns]
        records = pa.RecordBatch.from_arrays(stored, schema=self._schema)
        blocking = [breach for breach in breaches if breach.rejects]
        violations = _violations(breaches) | self._metrics.violations(cells)
        newest = self._metrics.newest(cells)
        if not blocking:
            finished = self._finished(records)
            return ConformedBatch(finished, _no_rejects(), violations, records, newest=newest)
        is_broken = reduce(pc.or_, (breach.mask for breach in blocking))
        rejects = reject_rows(pc.indices_nonzero(is_broken), blocking, batch.places)
        kept = pc.indices_nonzero(pc.invert(is_broken))
        return ConformedBatch(self._finished(records.take(kept)), rejects, violations, records, kept, newest)

    def _parse(self, records: pa.RecordBatch) -> tuple[dict[str, Cells], list[Breach]]:
        """Return every column's cells, and a breach per column that has values of another type."""
        cells: dict[str, Cells] = {}
        breaches: list[Breach] = []
        for column in self._columns:
            delivered = _delivered(records, column.source_name)
            values, misfits = convert_cells(delivered, column.type)
            cells[column.name] = Cells(delivered, values)
            breaches += [self._misfit_breach(column, misfit) for misfit in misfits]
        return cells, breaches

    def _misfit_breach(self, column: Column, misfit: Misfit) -> Breach:
        subject, hidden = member_path(column.name, misfit.steps), column.name in self._hidden
        stops = part_type(column.type, misfit.steps).on_loss is OnLoss.FAIL
        mask = misfit.mask.fill_null(False)
        return Breach(TYPES_RULE, subject, True, mask, misfit.complaint, misfit.text, hidden, stops)

    def _breaches(self, rule: RowRule, parts: Parts, row_count: int) -> list[Breach]:
        broken = rule.broken(parts.cells)
        if broken is None or not broken.true_count:
            return []
        broken = broken.fill_null(False)
        text = parts.shown_text(broken, row_count) if rule.shows_value else None
        mask = parts.broken_rows(broken, row_count)
        subject, hidden = member_path(rule.column, rule.member), rule.column in self._hidden
        return [Breach(rule.id, subject, rule.rejects, mask, rule.complaint, text, hidden, rule.stops)]

    def _finished(self, records: pa.RecordBatch) -> pa.RecordBatch:
        """Return rows that broke nothing as they can be written."""
        for column in self._nested:
            at = self._schema.get_field_index(column.name)
            values = with_required_members(records.column(at), column.type.stored)
            records = records.set_column(at, self._schema.field(at), values)
        return records


def _delivered(records: pa.RecordBatch, name: str) -> pa.Array:
    index = records.schema.get_field_index(name)
    return records.column(index) if index >= 0 else pa.nulls(records.num_rows, pa.string())


def _violations(breaches: list[Breach]) -> dict[str, int]:
    """Count broken rows per rule; a row with two cells of a wrong type counts once."""
    masks: dict[str, pa.BooleanArray] = {}
    for breach in breaches:
        known = masks.get(breach.rule)
        masks[breach.rule] = breach.mask if known is None else pc.or_(known, breach.mask)
    return {rule: mask.true_count for rule, mask in masks.items()}


def _no_rejects() -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([], schema=REJECT_SCHEMA)
