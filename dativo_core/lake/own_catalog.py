"""The embedded catalog, held to what it says: a table lies where its name puts it, and nothing in it names code or places.

What a catalog returns is another party's word: whoever can write to it, or to the files it names, could send a tenant's rows
into the tables of another.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pyiceberg.catalog.sql import IcebergTables, SqlCatalog
from pyiceberg.io import FileIO
from pyiceberg.table import Table
from pyiceberg.typedef import EMPTY_DICT, Identifier, Properties

from dativo_core.errors import TargetError
from dativo_core.lake.own_files import CATALOG_REMEDY, OwnFileIO
from dativo_core.lake.table_properties import redirecting

_NAME = re.compile(r"[a-z][a-z0-9_]{0,254}\Z")
_FILES = "file://"


def require_names(names: Sequence[str]) -> None:
    """Raise TargetError unless each part of a table's name can stand in a path without leading anywhere else."""
    strange = [name for name in names if _NAME.match(name) is None]
    if strange:
        message = f"{strange[0]!r} cannot be a part of a table's name"
        raise TargetError(message, hint="A name is a-z, 0-9 and _, and starts with a letter")


class OwnCatalog(SqlCatalog):
    """A catalog in a local database whose tables lie below `warehouse`, each in `<namespace>/<table>`.

    Every table that is loaded is checked, also the one a commit is made to, and opens no file that lies elsewhere. Raises
    TargetError for one that is elsewhere.
    """

    def load_table(self, identifier: str | Identifier) -> Table:
        names = self._names(identifier)
        table = super().load_table(identifier)
        self._require_own(table, names)
        table.io = OwnFileIO(table.io.properties, [self._real_directory(names)], ".".join(names))
        return table

    def _convert_orm_to_iceberg(self, orm_table: IcebergTables) -> Table:
        # PyIceberg opens the metadata file here, wherever the catalog says it is.
        names = (*self.identifier_to_tuple(orm_table.table_namespace), orm_table.table_name)
        self._require_no_link(orm_table.metadata_location or "", names)
        return super()._convert_orm_to_iceberg(orm_table)

    def create_table(self, identifier: str | Identifier, *arguments: Any, **options: Any) -> Table:
        # A namespace may have a location of its own, which would count more than the warehouse.
        location = f"{_FILES}{self._directory(self._names(identifier))}"
        self._require_no_link(location, self._names(identifier))
        return super().create_table(identifier, *arguments, **{**options, "location": location})

    def create_namespace(self, namespace: str | Identifier, properties: Properties = EMPTY_DICT) -> None:
        require_names(self.identifier_to_tuple(namespace))
        super().create_namespace(namespace, properties)

    def _load_file_io(self, properties: Properties = EMPTY_DICT, location: str | None = None) -> FileIO:
        # PyIceberg would import whichever module a table names in `py-io-impl`.
        return super()._load_file_io(EMPTY_DICT, location)

    def _names(self, identifier: str | Identifier) -> tuple[str, ...]:
        names = self.identifier_to_tuple(identifier)
        require_names(names)
        return names

    def _directory(self, names: Sequence[str]) -> Path:
        return Path(self.properties["warehouse"].removeprefix(_FILES), ".".join(names[:-1]), names[-1])

    def _real_directory(self, names: Sequence[str]) -> Path:
        """Return where a table lies once links are followed, of which none may be below the warehouse."""
        own, warehouse = self._directory(names), Path(self.properties["warehouse"].removeprefix(_FILES))
        return Path(os.path.realpath(warehouse)) / own.relative_to(warehouse)

    def _require_own(self, table: Table, names: tuple[str, ...]) -> None:
        shown = ".".join(names)
        if found := redirecting(table.properties):
            message = f"table {shown} has the property {found[0]!r}, which sends its files elsewhere or names code"
            raise TargetError(message, hint=CATALOG_REMEDY)
        for location in (table.location(), table.metadata_location):
            self._require_no_link(location, names)

    def _require_no_link(self, location: str, names: tuple[str, ...]) -> None:
        """Raise TargetError unless a location, and what is written below it, is in the table's own directory."""
        own, expected = self._directory(names), self._real_directory(names)
        place = Path(location.removeprefix(_FILES))
        for each in (place, own / "data", own / "metadata"):
            if not Path(os.path.realpath(each)).is_relative_to(expected):
                message = f"table {'.'.join(names)} does not lie in its own directory of the warehouse"
                raise TargetError(message, hint=CATALOG_REMEDY)
