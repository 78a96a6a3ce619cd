"""Metrics of all rows in a scope: what each batch adds to them, and how their sums compare with the contract's thresholds.

Metrics of a run are taken over the rows as they were read, before any other rule holds rows back: a share is of the rows
read, and a row that is rejected for something else still counts. A row that could not be split into columns counts as read.
Metrics of partitions and of the table are taken over the rows that will be there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.parts import parts_of
from dativo_core.contract.row_rules import Cells, RowRule, any_of, compile_tests
from dativo_core.flow import CheckResult, CheckStatus
from dativo_core.odcs.contract import Column, Metric, MetricRule, RuleScope

_DAY_US = 86_400_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EMPTY = {
    RuleScope.RUN: "no row was read",
    RuleScope.PARTITION: "no row is in the partitions written to",
    RuleScope.TABLE: "no row is in the table",
}
_UNITS_US = {"s": 1_000_000, "min": 60_000_000, "h": 3_600_000_000, "d": _DAY_US, "w": 7 * _DAY_US}


class Metrics:
    """The rules of a contract about metrics, compiled. Raises ContractError for arguments that cannot be evaluated."""

    def __init__(self, columns: tuple[Column, ...], rules: tuple[MetricRule, ...]) -> None:
        optional = {column.name: column for column in columns}
        self._tests: dict[str, tuple[str, list[RowRule]]] = {}
        for rule in rules:
            if rule.tests:
                (name,) = rule.columns
                compiled = compile_tests(optional[name], rule.tests)
                self._tests[rule.id] = name, list(compiled)
        self._ages = {rule.id: rule.parts[0] for rule in rules if rule.metric is Metric.FRESHNESS}

    def violations(self, cells: Mapping[str, Cells]) -> dict[str, int]:
        """Return how many rows break any test of a rule, per rule that rows break."""
        found: dict[str, int] = {}
        for rule, (name, tests) in self._tests.items():
            broken = any_of(_broken_rows(cells[name], test) for test in tests)
            if broken is not None and broken.true_count:
                found[rule] = broken.true_count
        return found

    def newest(self, cells: Mapping[str, Cells]) -> dict[str, int]:
        """Return the latest moment of each column or part whose age is asked for, in microseconds since 1970."""
        found = {
            rule: _newest(parts_of(cells[name], steps).cells.values) for rule, (name, *steps) in self._ages.items()
        }
        return {rule: moment for rule, moment in found.items() if moment is not None}


def _broken_rows(cells: Cells, test: RowRule) -> pa.BooleanArray | None:
    parts = parts_of(cells, test.member)
    broken = test.broken(parts.cells)
    return None if broken is None else parts.broken_rows(broken.fill_null(False), len(cells.values))


def _newest(values: pa.Array) -> int | None:
    """Dates count from their first moment in UTC, as do timestamps without a zone."""
    if pa.types.is_date32(values.type):
        day = pc.max(values.cast(pa.int32())).as_py()
        return None if day is None else day * _DAY_US
    moment: int | None = pc.max(values.cast(pa.int64())).as_py()
    return moment


@dataclass(frozen=True)
class Measured:
    """What was measured over a scope: all rows, rows per rule id that break or repeat, the latest moments, and the time.

    `values` are, per rule id, how many values what repeats is counted among, where it is not rows. `is_conserved` is whether
    all rows a run read are accounted for. `problem` says why nothing could be measured.
    """

    rows: int
    violations: Mapping[str, int]
    newest: Mapping[str, int]
    now: datetime
    is_conserved: bool = True
    problem: str = ""
    values: Mapping[str, int] = field(default_factory=dict)


def metric_result(rule: MetricRule, measured: Measured) -> CheckResult:
    """Compare a metric with its thresholds. Without a value, or without a row in scope, the result is an error."""
    rows, broken = measured.rows, measured.violations.get(rule.id, 0)
    value = None if measured.problem else _value(rule, measured, broken)
    has_scope = rule.metric is Metric.ROW_COUNT or rows > 0
    status = CheckStatus.ERROR if value is None or not has_scope else _status(rule, value, measured)
    return CheckResult(
        rule.id,
        status,
        rule.severity,
        rows,
        broken,
        description=rule.description,
        value=_shown(value),
        operator=rule.operators or "equals the rows accounted for",
        unit=rule.unit,
        note=measured.problem or _note(rule, value, rows),
    )


def _value(rule: MetricRule, measured: Measured, broken: int) -> Fraction | None:
    rows = measured.rows
    if rule.metric is Metric.ROW_COUNT:
        return Fraction(rows)
    if rule.metric is Metric.FRESHNESS:
        newest = measured.newest.get(rule.id)
        now_us = (measured.now - _EPOCH) // timedelta(microseconds=1)
        return None if newest is None else Fraction(now_us - newest, _UNITS_US[rule.unit])
    if rule.unit == "percent":
        total = measured.values.get(rule.id, rows)
        return Fraction(100 * broken, total) if total else Fraction(0)
    return Fraction(broken)


def _status(rule: MetricRule, value: Fraction, measured: Measured) -> CheckStatus:
    holds = all(each.holds(value) for each in rule.thresholds) if rule.thresholds else measured.is_conserved
    return CheckStatus.PASSED if holds else CheckStatus.FAILED


def _note(rule: MetricRule, value: Fraction | None, rows: int) -> str:
    if not rows and rule.metric is not Metric.ROW_COUNT:
        return f"scope_empty: {_EMPTY[rule.scope]}"
    if value is None:
        return f"{', '.join(rule.subjects)} has no value"
    edge = next((each for each in rule.thresholds if each.is_edge(value)), None)
    return "" if edge is None else edge.edge_note


def _shown(value: Fraction | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value.denominator == 1 else float(value)
