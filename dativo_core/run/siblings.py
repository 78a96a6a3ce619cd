"""The other streams of a run, as far as rules of one of them are about their tables."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dativo_core.flow import StreamOutcome, StreamReport
from dativo_core.model.names import TableName

_RING = (
    "this job loads it later, as the tables point to each other: for the first load, make the relationship a warning"
    " (dativoSeverity: warning)"
)


@dataclass(frozen=True)
class Siblings:
    """The streams of a run of `job` beside one: `reports` of those that came before, and the tables of those `later`."""

    job: str = ""
    reports: Mapping[TableName, StreamReport] = field(default_factory=dict)
    later: frozenset[TableName] = frozenset()

    def remedy(self, table: TableName, job: str, again: str = "") -> str:
        """Return what is to be done before rows can be held against a table that `job` loads, as the end of a sentence."""
        if self._failed(table):
            return ": this run could not load it"
        if job != self.job:
            return f"; run the job {job} {again}first"
        if table in self.later:
            return f"; {_RING}"
        return "; this job loads it too: load that table first"

    def remark(self, tables: Iterable[TableName]) -> str:
        """Return which of the tables lack what this run was to load into them, empty if none."""
        failed = [str(table) for table in tables if self._failed(table)]
        return f"this run could not load {', '.join(failed)}" if failed else ""

    def unpublished(self, tables: Iterable[TableName]) -> str:
        """Return which of the tables a dry run left without the rows a load would have published first, empty if none."""
        left = [str(table) for table in tables if self._is_left_out(table)]
        return ", ".join(left)

    def _failed(self, table: TableName) -> bool:
        return table in self.reports and self.reports[table].outcome is StreamOutcome.FAILED

    def _is_left_out(self, table: TableName) -> bool:
        report = self.reports.get(table)
        return report is not None and report.outcome is StreamOutcome.CHECKED


ALONE = Siblings()
