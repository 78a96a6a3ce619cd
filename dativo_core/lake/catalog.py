"""Opening the catalog a plan names. `local`: SQLite and a directory, so that the first run needs no server."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import NamespaceAlreadyExistsError, NoSuchTableError, ValidationError
from pyiceberg.table import Table
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from dativo_core.errors import StateLost, TargetError
from dativo_core.lake.durable_io import FILE_MODE, make_directories
from dativo_core.lake.locks import courtesy_lock
from dativo_core.lake.own_catalog import OwnCatalog, require_names
from dativo_core.lake.places import DATABASE, UNREADABLE, WAREHOUSE
from dativo_core.model.names import TableName

CATALOG_NAME = "dativo"
REF = "main"
BUSY_TIMEOUT_S = 30

IO_PROPERTIES = {"py-io-impl": "dativo_core.lake.durable_io.DurableFileIO"}


@dataclass(frozen=True)
class Lake:
    """An open catalog with the directory its lock files live in."""

    catalog: Catalog
    directory: Path

    def load(self, name: TableName) -> Table | None:
        """Return the table as the catalog has it now, None when there is none.

        Raises StateLost when its metadata cannot be read, TargetError when it is not where the table's name puts it.
        """
        try:
            return self.catalog.load_table(name.identifier)
        except NoSuchTableError:
            return None
        except ValidationError:
            message = f"the metadata file of table {name} cannot be read as Iceberg metadata"
            hint = "Restore the warehouse directory, or drop the table from the catalog to load it again"
            raise StateLost(message, hint=hint) from None
        except FileNotFoundError as error:
            message = f"table {name} is in the catalog but its metadata file is gone: {error}"
            hint = "Restore the warehouse directory, or drop the table from the catalog to load it again"
            raise StateLost(message, hint=hint) from None

    def lock(self, name: TableName) -> AbstractContextManager[bool]:
        """Queue behind other writers of the table on this machine. Raises TargetError for a name that leads elsewhere."""
        require_names(name.identifier)
        return courtesy_lock(self.directory / "locks" / f"{name}.lock")

    def create_namespace(self, name: TableName) -> None:
        """Create the table's namespace unless it is there, whoever creates it first."""
        try:
            self.catalog.create_namespace(name.namespace)
        except (NamespaceAlreadyExistsError, IntegrityError):
            return


@contextmanager
def open_lake(directory: Path) -> Iterator[Lake]:
    """Open the embedded catalog in `directory` (absolute), creating it on first use; closed on exit.

    Raises TargetError when the directory cannot be used or holds something else.
    """
    if found := UNREADABLE & set(str(directory)):
        message = (
            f"the lake directory {directory} has {' '.join(sorted(found))} in its path, which Iceberg readers misread"
        )
        raise TargetError(message, hint="Choose a directory without these characters")
    try:
        catalog = _open_local(directory)
    except OSError as error:
        message = f"the lake directory {directory} cannot be used: {error.strerror or error}"
        raise TargetError(message, hint="Check that it exists, is writable and has free space") from None
    except DBAPIError as error:
        message = f"{directory / DATABASE} is not a catalog that can be used: {error.orig}"
        raise TargetError(message, hint="Restore it, or move it away to begin with an empty catalog") from None
    try:
        yield Lake(catalog, directory)
    finally:
        catalog.engine.dispose()


def _open_local(directory: Path) -> OwnCatalog:
    warehouse = directory / WAREHOUSE
    make_directories(warehouse)
    make_directories(directory / "locks")
    database = directory / DATABASE
    # Six processes creating the catalog's tables at once fail in a third of all cases; behind a lock, in none.
    with courtesy_lock(directory / "locks" / "catalog.lock"):
        database.touch(mode=FILE_MODE)
        try:
            return _sql_catalog(database, warehouse)
        except OperationalError:
            # The lock is only a courtesy: a rival that did not wait for it has created the tables meanwhile.
            return _sql_catalog(database, warehouse)


def _sql_catalog(database: Path, warehouse: Path) -> OwnCatalog:
    return OwnCatalog(
        CATALOG_NAME,
        uri=f"sqlite:///{database}?timeout={BUSY_TIMEOUT_S}",
        # Not as_uri(): PyIceberg does not decode percent signs, a blank in the path would become "%20" on disk.
        warehouse=f"file://{warehouse}",
        **IO_PROPERTIES,
    )
