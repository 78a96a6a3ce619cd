"""What the rules of a contract found in a whole run, as check results. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.conform import TYPES_RULE
from dativo_core.contract.rejects import HIDDEN
from dativo_core.flow import Batch, CheckResult, CheckStatus, ConformedBatch, RejectedRow, RowCounts
from dativo_core.odcs.contract import CheckSeverity, Column, Rule, UnexecutedRule
from dativo_core.telemetry.escape import escape_line

ACCOUNTING_RULE = "contract__row_accounting"
SAMPLES = 5

_TYPES_DESCRIPTION = "every row has the columns of the header and every cell is a value of its column's type"
_ACCOUNTING_DESCRIPTION = "every row read was written, quarantined or skipped for a stated reason"


@dataclass
class Tally:
    """Adds up what the batches of a run showed; tallies of slices read elsewhere are merged. Picklable.

    `samples` are up to five places per rule, `file:line: reason`, of rejected rows whose first broken rule it is.
    `newest` is the latest moment per rule that asks for it, in microseconds since 1970. `first_rejects` are the first five
    rejected rows of the source, as they stand there.
    """

    rows_evaluated: int = 0
    violations: Counter[str] = field(default_factory=Counter)
    samples: dict[str, tuple[str, ...]] = field(default_factory=dict)
    newest: dict[str, int] = field(default_factory=dict)
    first_rejects: tuple[RejectedRow, ...] = ()

    def add(self, batch: Batch, conformed: ConformedBatch) -> None:
        """Count one batch; rows that could not be split into columns count as broken types."""
        self.rows_evaluated += batch.rows_read
        self.count(conformed.violations, conformed.newest)
        self._keep_first(batch.rejects, conformed.rejects)
        if batch.rejects.num_rows:
            self.violations[TYPES_RULE] += batch.rejects.num_rows
            self._keep(TYPES_RULE, batch.rejects)
        for rule in conformed.violations:
            if self._has_room(rule):
                self._keep(rule, conformed.rejects.filter(pc.equal(conformed.rejects["rule"], rule)))

    def count(self, violations: Mapping[str, int], newest: Mapping[str, int]) -> None:
        """Count the rows that break each rule, and keep the latest moments."""
        self.violations.update(violations)
        self._remember(newest)

    def merge(self, other: "Tally") -> None:
        """Add what another tally counted."""
        self.rows_evaluated += other.rows_evaluated
        self.violations.update(other.violations)
        self._remember(other.newest)
        for rule, samples in other.samples.items():
            self.samples[rule] = (*self.samples.get(rule, ()), *samples)[:SAMPLES]
        self.first_rejects = (*self.first_rejects, *other.first_rejects)[:SAMPLES]

    def _keep_first(self, *rejects: pa.RecordBatch) -> None:
        if len(self.first_rejects) < SAMPLES:
            rows = [RejectedRow(**row) for each in rejects for row in each.slice(0, SAMPLES).to_pylist()]
            rows.sort(key=lambda row: row.line or 0)
            self.first_rejects = (*self.first_rejects, *rows)[:SAMPLES]

    def _remember(self, newest: Mapping[str, int]) -> None:
        self.newest |= {rule: max(moment, self.newest.get(rule, moment)) for rule, moment in newest.items()}

    def _has_room(self, rule: str) -> bool:
        return len(self.samples.get(rule, ())) < SAMPLES

    def _keep(self, rule: str, rejects: pa.RecordBatch) -> None:
        if rejects.num_rows and self._has_room(rule):
            self.samples[rule] = (*self.samples.get(rule, ()), *_places(rejects.slice(0, SAMPLES)))[:SAMPLES]


def check_results(
    tally: Tally, rules: tuple[Rule, ...], unexecuted_rules: tuple[UnexecutedRule, ...], counts: RowCounts
) -> tuple[CheckResult, ...]:
    """Return a result for the types, each rule, each rule that was not run, and the accounting of rows, in this order."""
    return (
        _result(tally, TYPES_RULE, CheckSeverity.ERROR, _TYPES_DESCRIPTION),
        *(_result(tally, rule.id, rule.severity, rule.description) for rule in rules),
        *(_unexecuted(rule) for rule in unexecuted_rules if not rule.is_text),
        _accounting(counts),
    )


def _result(tally: Tally, rule: str, severity: CheckSeverity, description: str) -> CheckResult:
    broken = tally.violations[rule]
    status = CheckStatus.FAILED if broken else CheckStatus.PASSED
    return CheckResult(rule, status, severity, tally.rows_evaluated, broken, tally.samples.get(rule, ()), description)


def _unexecuted(rule: UnexecutedRule) -> CheckResult:
    return CheckResult(rule.id, CheckStatus.UNEXECUTED, CheckSeverity.WARNING, 0, 0, (), rule.description)


def _accounting(counts: RowCounts) -> CheckResult:
    lost = abs(counts.read - counts.written - counts.quarantined - sum(counts.skipped.values()))
    status = CheckStatus.FAILED if lost else CheckStatus.PASSED
    return CheckResult(ACCOUNTING_RULE, status, CheckSeverity.ERROR, counts.read, lost, (), _ACCOUNTING_DESCRIPTION)


def shown_rejects(rows: Sequence[RejectedRow], columns: Sequence[Column]) -> tuple[RejectedRow, ...]:
    """Return rejected rows as they may be shown: a text of a row may hold any column's value, so one classified hides it."""
    is_hidden = any(column.classification for column in columns)
    return tuple(replace(row, raw=HIDDEN) if is_hidden else row for row in rows)


def _places(rejects: pa.RecordBatch) -> Iterator[str]:
    for row in rejects.to_pylist():
        yield escape_line(f"{row['file']}:{row['line']}: {row['reason']}")
