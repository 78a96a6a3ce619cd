"""The files of one table. What its metadata, manifests and states name is another party's word, also where it names a file."""

import os
from collections.abc import Sequence
from pathlib import Path

from pyiceberg.io import FileIO, InputFile, OutputFile
from pyiceberg.io.pyarrow import PyArrowFile
from pyiceberg.typedef import Properties

from dativo_core.errors import TargetError
from dativo_core.lake.durable_io import DurableFileIO

CATALOG_REMEDY = "Somebody else has changed the catalog; restore it, or drop the table from it to load it again"


class OwnFileIO(DurableFileIO):
    """Opens, writes and deletes local files below `directories` alone, once links are followed. Raises TargetError for others.

    The directories have no link in their own paths. `table` is the name in messages.
    """

    def __init__(self, properties: Properties, directories: Sequence[Path], table: str) -> None:
        super().__init__(properties)
        self._directories = tuple(directories)
        self._table = table

    def beside(self, directory: Path) -> "OwnFileIO":
        """Return one that opens the files below another directory, too."""
        return OwnFileIO(self.properties, (*self._directories, Path(os.path.realpath(directory))), self._table)

    def new_input(self, location: str) -> PyArrowFile:
        self.require_own(location)
        return super().new_input(location)

    def new_output(self, location: str) -> PyArrowFile:
        self.require_own(location)
        return super().new_output(location)

    def delete(self, location: str | InputFile | OutputFile) -> None:
        self.require_own(location if isinstance(location, str) else location.location)
        super().delete(location)

    def require_own(self, location: str) -> None:
        """Raise TargetError for a place that is not the table's; looks at no more than where links lead."""
        scheme, _, path = self.parse_location(location, self.properties)
        real = Path(os.path.realpath(path))
        if scheme != "file" or not any(real.is_relative_to(each) for each in self._directories):
            message = f"a file of table {self._table} does not lie in its own directory of the warehouse"
            raise TargetError(message, hint=CATALOG_REMEDY)


def opening_also(files: FileIO, directory: Path) -> FileIO:
    """Return what opens the files of a table, and those below another directory, too."""
    return files.beside(directory) if isinstance(files, OwnFileIO) else files
