"""What an error from a catalog means for a commit, and how long to wait before the next attempt.

Only two meanings matter. *Undecided*: the request may have landed or not, so look again and try again. Anything else is
final, but even then one more look decides whether it landed before it failed.
"""

import random
import time
from collections.abc import Callable

from pyiceberg.exceptions import CommitFailedException, CommitStateUnknownException, ServiceUnavailableError
from pyiceberg.table import Table
from sqlalchemy.exc import DBAPIError

from dativo_core.errors import CommitConflict, CommitUnknown, TargetError
from dativo_core.failpoints import fp
from dativo_core.lake.catalog import Lake
from dativo_core.lake.snapshots import TableChange
from dativo_core.model.names import TableName

BACKOFF_BASE_S = 0.05
BACKOFF_CAP_S = 5.0
CHANGE_ATTEMPTS = 20

CATALOG_ERRORS = (
    CommitFailedException,
    CommitStateUnknownException,
    ServiceUnavailableError,
    DBAPIError,
    OSError,
)
"""Every class a catalog or its storage fails with; anything else is a bug and not caught."""

# A conflict is among them: a proxy may answer 409 to the replay of a request that succeeded.
_UNDECIDED = (
    CommitFailedException,
    CommitStateUnknownException,
    ServiceUnavailableError,
    TimeoutError,
    ConnectionError,
)
_BUSY = ("locked", "busy")


def is_undecided(error: Exception) -> bool:
    """Whether another attempt can help: a conflict, an unknown outcome, a time-out, a reset, or a busy database."""
    if isinstance(error, DBAPIError):
        return any(word in str(error.orig) for word in _BUSY)
    return isinstance(error, _UNDECIDED)


def cause_of(error: Exception) -> str:
    """Return an error's own words, without the SQL and the links that database errors carry."""
    return str(error.orig) if isinstance(error, DBAPIError) else str(error) or type(error).__name__


def back_off(attempt: int) -> None:
    """Wait a random while that grows with the number of attempts, so that rivals fall out of step."""
    time.sleep(random.uniform(0, min(BACKOFF_CAP_S, BACKOFF_BASE_S * 2**attempt)))


def change_table(lake: Lake, name: TableName, draft: Callable[[Table], TableChange | None]) -> None:
    """Commit what `draft` makes of the table as it is at each attempt; None means that the change is there already.

    Only for changes that `draft` can recognise, so that one whose answer was lost is not made twice. Raises CommitConflict
    when the table is gone, CommitUnknown when no attempt was answered, TargetError when the catalog refuses for good.
    """
    last: Exception | None = None
    with lake.lock(name):
        for attempt in range(1, CHANGE_ATTEMPTS + 1):
            try:
                table = lake.load(name)
                if table is None:
                    message = f"table {name} was dropped while it was being changed"
                    raise CommitConflict(message, hint="Run again to load into the table as it is now")
                change = draft(table)
                if change is not None:
                    lake.catalog.commit_table(table, change.requirements, change.updates)
                    fp("change.after")
            except CATALOG_ERRORS as error:
                if not is_undecided(error):
                    if _is_there(lake, name, draft):
                        return
                    message = f"table {name} cannot be changed: {cause_of(error)}"
                    raise TargetError(
                        message, hint="Check space and permissions of the lake, then run again"
                    ) from error
                last = error
                back_off(attempt)
            else:
                return
    message = f"table {name} could not be changed in {CHANGE_ATTEMPTS} attempts: {cause_of(last) if last else ''}"
    raise CommitUnknown(message, hint="Run again; what was written so far is not visible and does no harm")


def _is_there(lake: Lake, name: TableName, draft: Callable[[Table], TableChange | None]) -> bool:
    """Take one more look after a final error: whether the change landed before it failed."""
    try:
        table = lake.load(name)
        return table is not None and draft(table) is None
    except CATALOG_ERRORS:
        return False
