"""What all sources of files share: which files there are, and which of them a run covers."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from dativo_core.errors import SourceChanged, SourceError, SourceUnavailable
from dativo_core.flow import FileIdentity, RunState, Slice, Window
from dativo_core.model.source_options import FileOptions
from dativo_core.sources.base import WindowPolicy
from dativo_core.sources.file_window import file_slices, plan_files, removable_paths
from dativo_core.sources.storage import Storage

Options = TypeVar("Options", bound=FileOptions)


@dataclass(frozen=True)
class FileSource(Generic[Options]):
    """The files of one source object, wherever `storage` finds them. Picklable, holds no secret."""

    options: Options
    object_name: str
    storage: Storage

    def window(self, state: RunState | None, policy: WindowPolicy) -> Window:
        """Fix the files this run covers; every file is identified. Raises SourceError naming all that cannot be loaded."""
        found: list[FileIdentity] = []
        unreadable: list[tuple[str, SourceError]] = []
        for path in self.paths(removable_paths(state, policy)):
            try:
                found.append(self.storage.identify(path))
            except (SourceChanged, SourceUnavailable):
                raise
            except SourceError as error:
                unreadable.append((path, error))
        window = plan_files(tuple(found), state, policy, tuple(unreadable))
        if unreadable and (window.is_empty or not policy.leaves_unreadable):
            raise SourceError("; ".join(error.message for _, error in unreadable), hint=unreadable[0][1].hint)
        return window

    def slices(self, window: Window) -> tuple[Slice, ...]:
        """Return one slice per file."""
        return file_slices(window)

    def probe(self) -> str:
        """Return how many files there are and how large they are. Raises SourceError when there is none."""
        paths = self.paths()
        size_bytes = sum(self.storage.size_bytes(path) for path in paths)
        return f"{self.object_name}: {len(paths)} file(s), {size_bytes} bytes"

    def paths(self, may_be_gone: frozenset[str] | None = None) -> tuple[str, ...]:
        """Return the files there are now, sorted. Raises SourceError when there is none, as `Storage.match` does."""
        return self.storage.match(self.options.files, may_be_gone)


def file_of(part: Slice) -> FileIdentity:
    """Return the file a slice covers."""
    if part.file is None:
        message = "a slice of a file names no file"
        raise SourceError(message, hint="This is a bug in Dativo")
    return part.file
