"""Tables as a load would find and leave them, for a run that publishes nothing."""

from dataclasses import dataclass

from pyiceberg.table import Table
from pyiceberg.table.update import update_table_metadata

from dativo_core.lake.catalog import Lake
from dativo_core.lake.own_files import opening_also
from dativo_core.lake.table import TableDefinition, ensure_table, needed_change
from dativo_core.model.names import TableName


@dataclass(frozen=True)
class RehearsedTables:
    """The tables of `published` as they are, except the one a run would load into, which is `table`."""

    published: Lake
    name: TableName
    table: Table

    def load(self, name: TableName) -> Table | None:
        """Return a table, None when there is none."""
        return self.table if name == self.name else self.published.load(name)


def rehearse(published: Lake, aside: Lake, definition: TableDefinition) -> RehearsedTables:
    """Return the tables with what the definition asks of its own, whose new files go to the lake `aside`.

    The table has the rows, columns and ids it has when a load begins to write; nothing of `published` is touched. Raises
    TargetError where a load would.
    """
    stored = published.load(definition.name)
    table = ensure_table(aside, definition) if stored is None else _changed(stored, aside, definition)
    return RehearsedTables(published, definition.name, table)


def _changed(stored: Table, aside: Lake, definition: TableDefinition) -> Table:
    change = needed_change(stored, definition)
    metadata = update_table_metadata(stored.metadata, change.updates) if change else stored.metadata
    location = f"file://{aside.directory}/warehouse/{definition.name}"
    moved = metadata.model_copy(update={"location": location})
    files = opening_also(stored.io, aside.directory)
    return Table(stored.name(), moved, stored.metadata_location, files, stored.catalog)
