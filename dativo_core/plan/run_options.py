"""What a run is asked for besides loading what is new."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RunOptions:
    """What whoever starts a run asks for beside what is new.

    `partitions`: load these again, each in place of what it loaded before; the incremental state stays as it is.
    `full_refresh`: read everything and replace the table. `limit`: read at most so many files of the window; a later run
    takes the others. `is_dry`: read and check, publish nothing.
    """

    partitions: tuple[str, ...] = ()
    full_refresh: bool = False
    limit: int | None = None
    is_dry: bool = False
