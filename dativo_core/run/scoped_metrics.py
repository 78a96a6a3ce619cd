"""Library rules about partitions and tables: what manifests tell of their metrics, and what only the rows do.

The rows are those readers would see after publishing. They are held against the same tests as rows that are read, so that a
rule means the same in every scope.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

from pyiceberg.schema import Schema
from pyiceberg.table import Table

from dativo_core.contract.checks import Tally
from dativo_core.contract.metrics import Measured, Metrics
from dativo_core.contract.published_cells import published_cells
from dativo_core.contract.uniqueness import run_keys
from dativo_core.errors import DativoError
from dativo_core.lake.live_rows import LiveFile
from dativo_core.lake.manifest_facts import field_of, newest_moments, row_count
from dativo_core.lake.published_rows import Rows
from dativo_core.odcs.contract import Metric, MetricRule, RuleScope
from dativo_core.plan.types import StreamPlan
from dativo_core.run.scope import Published
from dativo_core.run.surplus import count_surplus

TIME_LIMIT_S = 300.0
TOO_LONG = "counting took longer than all library rules about a table may take together"


@dataclass(frozen=True)
class ScopedRules:
    """The library rules of a stream that are about one scope of its table."""

    scope: RuleScope
    rules: tuple[MetricRule, ...]


def compile_scoped(stream: StreamPlan) -> tuple[ScopedRules, ...]:
    """Return the rules to measure before publishing, by scope. Raises ContractError for arguments that cannot be evaluated."""
    library = [rule for rule in stream.metric_rules if rule.query is None and not rule.is_counted_while_reading]
    Metrics(stream.columns, tuple(library))
    scopes = [ScopedRules(scope, tuple(rule for rule in library if rule.scope is scope)) for scope in RuleScope]
    return tuple(each for each in scopes if each.rules)


def measure(
    scopes: Sequence[ScopedRules], published: Published, now: datetime, time_limit_s: float = TIME_LIMIT_S
) -> dict[str, Measured]:
    """Return what was measured for each rule, by its id; a rule that cannot be measured says why.

    The limit of time is that of all rules together. The rows of a scope are read once for all rules about single rows, and
    once for each key; memory does not grow with them.
    """
    deadline = monotonic() + time_limit_s
    found: dict[str, Measured] = {}
    for each in scopes:
        sums = _sums(each, published, deadline)
        found |= {
            rule.id: Measured(
                *(sums.rows, sums.violations, sums.newest, now),
                problem=sums.problems.get(rule.id, sums.problem),
                values=sums.values,
            )
            for rule in each.rules
        }
    return found


@dataclass
class _Sums:
    """What the rows of a scope add up to; `problems` say per rule id why it has no sum, `problem` why none has.

    `values` are per rule id what its violations are of, where that is not rows.
    """

    rows: int
    violations: Counter[str] = field(default_factory=Counter)
    newest: dict[str, int] = field(default_factory=dict)
    values: dict[str, int] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    problem: str = ""


def _sums(scoped: ScopedRules, published: Published, deadline: float) -> _Sums:
    stream = published.stream
    table = published.lake.load(stream.table)
    if table is None:
        return _Sums(published.staged_count, problem=f"the table {stream.table} is gone")
    try:
        files = published.files(table, scoped.scope)
    except DativoError as error:
        return _Sums(published.staged_count, problem=error.message)
    reading = _Reading(stream, table, files, deadline)
    counted = row_count(files)
    sums = _Sums(reading.rows(()).count if counted is None else counted)
    looked_at = [rule for rule in scoped.rules if not reading.is_told(rule, sums)]
    if looked_at or counted is None:
        problem = reading.look_at(looked_at, sums)
        # Without the number of rows nothing about them can be told.
        sums.problem = problem if counted is None else ""
    reading.count_surplus(scoped.rules, sums)
    return sums


class _Reading:
    """Reads the rows of one scope of a stream's table, as often as rules need it."""

    def __init__(self, stream: StreamPlan, table: Table, files: Sequence[LiveFile], deadline: float) -> None:
        self._columns = {column.name: column for column in stream.columns}
        self._table = table
        self._files = files
        self._deadline = deadline

    def rows(self, names: Iterable[str]) -> Rows:
        """Return the rows with some columns; with one, since a row without columns cannot be counted, where none is named."""
        schema = self._table.schema()
        named = [schema.find_field(name) for name in dict.fromkeys(names)]
        return Rows(self._table, self._files, Schema(*(named or schema.fields[:1])))

    def is_told(self, rule: MetricRule, sums: _Sums) -> bool:
        """Whether a rule needs no look at single rows; a moment that manifests tell is among the sums then."""
        if rule.metric is not Metric.FRESHNESS:
            return not rule.tests
        asked = field_of(self._table.schema(), rule.parts[0])
        moments = newest_moments(self._files, asked) if asked is not None else None
        if moments:
            sums.newest[rule.id] = max(moments)
        return moments is not None

    def look_at(self, rules: Sequence[MetricRule], sums: _Sums) -> str:
        """Add up what single rows tell, and how many there are; return why that cannot be done, if it cannot."""
        columns = tuple(self._columns[name] for name in dict.fromkeys(name for rule in rules for name in rule.columns))
        metrics, tally, count = Metrics(columns, tuple(rules)), Tally(), 0
        try:
            for batch in self.rows(column.name for column in columns).batches():
                if monotonic() > self._deadline:
                    raise TimeoutError
                cells = published_cells(batch, columns)
                tally.count(metrics.violations(cells), metrics.newest(cells))
                count += batch.num_rows
        except (DativoError, OSError) as error:
            sums.problems.update(dict.fromkeys((rule.id for rule in rules), _told(error)))
            return _told(error)
        sums.rows = count
        sums.violations.update(tally.violations)
        sums.newest.update(tally.newest)
        return ""

    def count_surplus(self, rules: Sequence[MetricRule], sums: _Sums) -> None:
        """Add how many rows, or elements of lists, repeat a key, for each key that rules ask about."""
        for key in run_keys((), rules):
            try:
                surplus = count_surplus(self.rows(key.columns), key, self._deadline - monotonic())
                sums.violations.update(dict.fromkeys(key.rules, surplus.count))
                if key.has_many:
                    sums.values.update(dict.fromkeys(key.rules, surplus.of))
            except (DativoError, OSError) as error:
                sums.problems.update(dict.fromkeys(key.rules, _told(error)))


def _told(error: Exception) -> str:
    if isinstance(error, DativoError):
        return error.message
    return TOO_LONG if isinstance(error, TimeoutError) else f"a file of the table cannot be read: {error}"
