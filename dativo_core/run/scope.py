"""What a run is about to publish, and the rows that its rules are about: what readers would see afterwards.

Between that and the commit another job may load into the same table; its rows are then in no answer of this run.
"""

from dataclasses import dataclass
from typing import Protocol

from pyiceberg.table import Table

from dativo_core.flow import StagedFile
from dativo_core.lake.live_rows import LiveFile
from dativo_core.lake.published_rows import remaining_rows, rows_of_partitions, staged_rows
from dativo_core.lake.replacement import Removal, Replacement
from dativo_core.lake.snapshots import live_data_files
from dativo_core.model.names import TableName
from dativo_core.odcs.contract import RuleScope
from dativo_core.plan.types import StreamPlan, WriteMode
from dativo_core.run.siblings import ALONE, Siblings


class Tables(Protocol):
    """Where tables are looked up."""

    def load(self, name: TableName) -> Table | None:
        """Return a table, None when there is none."""


@dataclass(frozen=True)
class Published:
    """What a run is about to publish: staged files, what it replaces in the table, and the streams that are run beside it."""

    stream: StreamPlan
    lake: Tables
    staged: tuple[StagedFile, ...]
    replacement: Replacement | None
    siblings: Siblings = ALONE

    @property
    def staged_count(self) -> int:
        """How many rows the run adds."""
        return sum(file.record_count for file in self.staged)

    def files(self, table: Table, scope: RuleScope) -> list[LiveFile]:
        """Return the files of the stream's own table whose rows are in a scope.

        Raises TargetError when the table's files cannot be told apart by what is replaced, or by partition.
        """
        staged = staged_rows(table, self.staged)
        if scope is RuleScope.RUN:
            return staged
        kept = remaining_rows(table, self._removal(table))
        if scope is RuleScope.PARTITION:
            kept = rows_of_partitions(table, kept, {file.partition for file in self.staged})
        return kept + staged

    def _removal(self, table: Table) -> Removal:
        if self.stream.write_mode is WriteMode.OVERWRITE:
            return Removal(tuple(live_data_files(table)))
        return self.replacement.removal(table) if self.replacement is not None else Removal()
