"""What every source satisfies.

A source knows its own client library and nothing of tenants, targets or plans. Its settings and slices are picklable and
hold secret references only, so that a slice can be read in another process.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from dativo_core.flow import Batch, RunState, Slice, Window
from dativo_core.odcs.types import FieldType


@dataclass(frozen=True)
class WindowPolicy:
    """How a window is chosen.

    `replaces`: the window's rows take the place of the table's, so everything is read whenever anything changed.
    `replaces_files`: the rows of single files can be replaced, so new and changed files are read; with `deletes_removed`
    the rows of files that are gone leave the table. With neither, only new files are read, and a changed file is an error.
    `refreshes`: everything is read even if nothing changed.
    `leaves_unreadable`: a file whose content cannot be told is left for a later run where there are others to load.
    """

    replaces: bool
    replaces_files: bool = False
    deletes_removed: bool = False
    leaves_unreadable: bool = False
    refreshes: bool = False


@dataclass(frozen=True)
class ReadLimits:
    """Bounds of one read: the largest record, in bytes, that is still taken for a record."""

    max_record_bytes: int = 16 * 1024 * 1024


@dataclass(frozen=True)
class WantedColumn:
    """A column to read: its name in the source, and the type its values are meant to become.

    A source delivers it as text, or in whatever Arrow type it holds it; turning that into `type` is the contract's part.
    """

    name: str
    type: FieldType


@dataclass(frozen=True)
class Discovered:
    """A source object as it is found: its name and its column names in order."""

    object: str
    columns: tuple[str, ...]


class Source(Protocol):
    """A place rows come from."""

    def discover(self) -> tuple[Discovered, ...]:
        """Return what there is to read, looked up now."""

    def window(self, state: RunState | None, policy: WindowPolicy) -> Window:
        """Fix what this run covers. Raises SourceError when the source is missing or cannot be loaded by `policy`."""

    def partition_window(
        self, partitions: tuple[str, ...], state: RunState | None, sequence: int, policy: WindowPolicy
    ) -> Window:
        """Fix what a run covers that loads some partitions again, whatever was loaded of them before.

        `state` is what the table holds now, `sequence` the number of this load. Raises ConfigError where the job has no
        such partition, SourceError as `window` does.
        """

    def slices(self, window: Window) -> tuple[Slice, ...]:
        """Split a window into parts that together cover it exactly once."""

    def read(self, part: Slice, columns: tuple[WantedColumn, ...], limits: ReadLimits) -> Iterator[Batch]:
        """Stream the wanted columns of a slice in bounded memory.

        Raises SourceError when one is missing or a file is broken, SourceChanged when it changed meanwhile.
        """

    def probe(self) -> str:
        """Return one sentence on whether the source can be reached; raises SourceError when it cannot."""
