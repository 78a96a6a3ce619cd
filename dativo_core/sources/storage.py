"""What file sources ask of the place their files lie in, whichever it is."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import pyarrow as pa

from dativo_core.flow import FileIdentity
from dativo_core.net.check import NetworkRules
from dativo_core.sources.file_hints import FileHint


class References(Protocol):
    """Replaces `${…}` by its value, in the process that needs it. Picklable: knows where values are, and none of them."""

    def resolve(self, text: str, key_path: str) -> str:
        """Return `text` with its references replaced; `key_path` is its place in the plan.

        Raises SecretError when one has no value, ConfigError when it may not stand there.
        """

    def network_rules(self, key_path: str, written: str) -> NetworkRules:
        """Return what the address may be that is `written`, with its references, at `key_path` of the plan."""

    def refresh(self) -> None:
        """Let the next value be read anew where it is kept; for a login that is refused and may have been changed."""


class OpenFile(Protocol):
    """A file that is read from front to back."""

    @property
    def position(self) -> int:
        """The offset of the next byte, in the file as it is stored."""

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most `size` of them and none at the end; with -1 all that are left.

        Raises SourceError, SourceChanged when the bytes would no longer be those of the planned file.
        """

    def verify(self) -> None:
        """Raise SourceChanged unless all that was read belongs to the planned file.

        May read what is left of it, or all of it where reading began behind its start. A file that was opened by its
        path alone always passes.
        """


class Storage(Protocol):
    """A place of files, each known by a path that `match` returned. Picklable; opens what it needs when first asked."""

    def match(
        self, patterns: Sequence[str], may_be_gone: Collection[str] | None = None, *, may_be_empty: bool = False
    ) -> tuple[str, ...]:
        """Return the paths that paths and globs name, sorted, each once; a wildcard matches no hidden name.

        With `may_be_gone` (paths that were found before), a pattern need not match any more where one of them is gone,
        with `may_be_empty` no pattern need match. Raises SourceError with everything that is wrong, a pattern without a
        match among it.
        """

    def hints(self, patterns: Sequence[str]) -> Iterator[FileHint]:
        """Yield what a listing tells of the files that paths and globs name, in bounded memory; nothing need be there.

        A file that two patterns name comes twice. Raises SourceError where nothing may be listed.
        """

    def named(self, pattern: str) -> str:
        """Return a pattern as the paths it matches are written."""

    def require_directory(self, pattern: str) -> None:
        """Raise SourceError when the directory a pattern names before its first wildcard is not there.

        Where there are no directories, nothing is.
        """

    def identify(self, path: str) -> FileIdentity:
        """Return what a file is by content. Raises SourceError, SourceChanged when it is gone."""

    def size_bytes(self, path: str) -> int:
        """Return the bytes of a file as it is stored. Raises as `identify` does."""

    def open(self, file: FileIdentity | str, start: int = 0) -> AbstractContextManager[OpenFile]:
        """Open a planned file, or whatever a path names now, for reading from byte `start` on, in bounded memory.

        Raises SourceError, SourceChanged when the file is gone or is not the planned one.
        """

    def open_random_access(self, file: FileIdentity) -> AbstractContextManager[pa.NativeFile]:
        """Open a planned file for seeking and reading; `verify` tells afterwards whether it was the planned one.

        Raises as `open` does, also out of the Arrow functions that read the file.
        """

    def verify(self, file: FileIdentity) -> None:
        """Raise SourceChanged unless the file still is the planned one; reads it wherever reading did not tell."""
