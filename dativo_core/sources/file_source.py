"""What all sources of files share: which files there are, and which of them a run covers."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from dativo_core.errors import ConfigError, SourceChanged, SourceError, SourceUnavailable
from dativo_core.flow import FileIdentity, RunState, Slice, Window
from dativo_core.model.job_partitions import JobPartitions
from dativo_core.model.partition_paths import PartitionPath, glob_regex
from dativo_core.model.source_options import FileOptions
from dativo_core.sources.base import WindowPolicy
from dativo_core.sources.file_window import file_slices, moved_to, plan_files, plan_partitions, removable_paths
from dativo_core.sources.storage import Storage

Options = TypeVar("Options", bound=FileOptions)


@dataclass(frozen=True)
class FileSource(Generic[Options]):
    """The files of one source object, wherever `storage` finds them. Picklable, holds no secret."""

    options: Options
    object_name: str
    storage: Storage
    partitions: JobPartitions | None = None

    def window(self, state: RunState | None, policy: WindowPolicy) -> Window:
        """Fix the files this run covers; every file is identified. Raises SourceError naming all that cannot be loaded."""
        found, unreadable = self._identified(self.paths(removable_paths(state, policy)))
        return _readable(plan_files(found, state, policy, unreadable), policy)

    def partition_window(
        self, partitions: tuple[str, ...], state: RunState | None, sequence: int, policy: WindowPolicy
    ) -> Window:
        """Fix the files of some partitions; those that were loaded of them and are gone leave the table.

        Raises ConfigError where the job has no such partition, SourceError when there is no file of any partition at all.
        """
        places, known = self._places(), state.files if state else ()
        try:
            patterns = [place.of_one(key) for key in partitions for place in places]
        except ValueError as error:
            raise ConfigError(str(error), hint="Ask for a partition of the job") from None
        named = [re.compile(glob_regex(self.storage.named(pattern)), re.DOTALL) for pattern in patterns]
        loaded = [file for file in known if any(pattern.fullmatch(file.path) for pattern in named)]
        found, unreadable = self._identified(self._paths_of(patterns, places, is_known=bool(loaded)))
        moved = moved_to([file for file in found if file not in loaded], known, self._is_gone)
        return _readable(plan_partitions(partitions, found, loaded, sequence, unreadable, moved), policy)

    def _paths_of(self, patterns: Sequence[str], places: Sequence[PartitionPath], *, is_known: bool) -> tuple[str, ...]:
        """Return the files of some partitions, none where there are none.

        Raises SourceError where the directory of all partitions is gone, or where no partition has a file and none had.
        """
        paths = self.storage.match(patterns, may_be_empty=True)
        if not paths:
            for place in places:
                self.storage.require_directory(place.of_all)
            if not is_known:
                self.paths()
        return paths

    def _is_gone(self, path: str) -> bool:
        return not self.storage.match([path], may_be_empty=True)

    def _places(self) -> tuple[PartitionPath, ...]:
        if self.partitions is None:
            message = f"the job of {self.object_name} has no partitions"
            raise ConfigError(message, hint="Add partitions to the job, such as {type: daily, start: 2026-01-01}")
        return tuple(PartitionPath(pattern, self.partitions) for pattern in self.options.files)

    def _identified(self, paths: Iterable[str]) -> tuple[tuple[FileIdentity, ...], tuple[tuple[str, SourceError], ...]]:
        """Return what files are, and those of which it cannot be told, each with the reason."""
        found: list[FileIdentity] = []
        unreadable: list[tuple[str, SourceError]] = []
        for path in paths:
            try:
                found.append(self.storage.identify(path))
            except (SourceChanged, SourceUnavailable):
                raise
            except SourceError as error:
                unreadable.append((path, error))
        return tuple(found), tuple(unreadable)

    def slices(self, window: Window) -> tuple[Slice, ...]:
        """Return one slice per file."""
        return file_slices(window)

    def probe(self) -> str:
        """Return how many files there are and how large they are.

        Raises SourceError when there is none, or when the first cannot be opened.
        """
        paths = self.paths()
        with self.storage.open(paths[0]):
            pass
        size_bytes = sum(self.storage.size_bytes(path) for path in paths)
        return f"{self.object_name}: {len(paths)} file(s), {size_bytes} bytes"

    def paths(self, may_be_gone: frozenset[str] | None = None) -> tuple[str, ...]:
        """Return the files there are now, sorted. Raises SourceError when there is none, as `Storage.match` does."""
        patterns = self.options.files if self.partitions is None else [place.of_all for place in self._places()]
        return self.storage.match(patterns, may_be_gone)


def _readable(window: Window, policy: WindowPolicy) -> Window:
    """Raise SourceError when a window leaves files out that cannot be read, and may not or has no others."""
    if window.unreadable and (window.is_empty or not policy.leaves_unreadable):
        errors = [error for _, error in window.unreadable]
        raise SourceError("; ".join(error.message for error in errors), hint=errors[0].hint)
    return window


def file_of(part: Slice) -> FileIdentity:
    """Return the file a slice covers."""
    if part.file is None:
        message = "a slice of a file names no file"
        raise SourceError(message, hint="This is a bug in Dativo")
    return part.file
