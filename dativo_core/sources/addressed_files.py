"""Files on the disk and in S3 side by side, by how each of them is written."""

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager

import pyarrow as pa

from dativo_core.errors import ConfigError, SourceError
from dativo_core.flow import FileIdentity
from dativo_core.model.partition_paths import FILE_SCHEME
from dativo_core.model.s3_connection import S3Connection
from dativo_core.sources.boundary import Boundary
from dativo_core.sources.file_hints import FileHint
from dativo_core.sources.local_files import LocalFiles
from dativo_core.sources.s3_address import SCHEME as S3_SCHEME
from dativo_core.sources.storage import OpenFile, References, Storage

_ANY_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


class AddressedFiles:
    """What begins with `s3://` is in S3, reached by `connection`; everything else is on the disk.

    Nothing is looked at beyond `boundary`: a pattern before anything is listed, and a match before it is opened.

    The client library of S3 is imported when the first such file is asked for. Picklable.
    """

    def __init__(self, boundary: Boundary, connection: S3Connection | None, references: References) -> None:
        self._boundary = boundary
        self._connection = connection
        self._references = references
        self._local = LocalFiles(boundary.root, boundary)
        self._s3: Storage | None = None

    def match(
        self, patterns: Sequence[str], may_be_gone: Collection[str] | None = None, *, may_be_empty: bool = False
    ) -> tuple[str, ...]:
        """Return the files of both kinds, sorted; SourceError with the problems of both, or for one beyond the boundary."""
        self._boundary.require(*patterns)
        strange = [pattern for pattern in patterns if _is_strange(pattern)]
        problems = {f"{pattern!r} is no address of files": "Write a path, file:// or s3://" for pattern in strange}
        found: list[str] = []
        for is_remote in (False, True):
            chosen = [each for each in patterns if each not in strange and each.startswith(S3_SCHEME) is is_remote]
            try:
                if chosen:
                    found += self._storage_of(chosen[0]).match(chosen, may_be_gone, may_be_empty=may_be_empty)
            except SourceError as error:
                if error.retryable:
                    raise
                problems[error.message] = error.hint
        if problems:
            raise SourceError("; ".join(problems), hint="; ".join(dict.fromkeys(problems.values())))
        self._boundary.require_found(found)
        return tuple(sorted(found))

    def hints(self, patterns: Sequence[str]) -> Iterator[FileHint]:
        """Yield what listings of disk and S3 tell of the files that patterns name."""
        for pattern in patterns:
            yield from self._boundary.passed(self._storage_of(pattern).hints([pattern]), lambda hint: hint.path)

    def named(self, pattern: str) -> str:
        """Return a pattern as the paths it matches are written."""
        return self._storage_of(pattern).named(pattern)

    def require_directory(self, pattern: str) -> None:
        """Raise SourceError when the directory a pattern names before its first wildcard is not there."""
        self._storage_of(pattern).require_directory(pattern)

    def identify(self, path: str) -> FileIdentity:
        """Return what a file is, as its storage knows it."""
        return self._storage_of(path).identify(path)

    def size_bytes(self, path: str) -> int:
        """Return the bytes of a file as it is stored."""
        return self._storage_of(path).size_bytes(path)

    def open(self, file: FileIdentity | str, start: int = 0) -> AbstractContextManager[OpenFile]:
        """Open a file from byte `start` on."""
        return self._storage_of(file if isinstance(file, str) else file.path).open(file, start)

    def open_random_access(self, file: FileIdentity) -> AbstractContextManager[pa.NativeFile]:
        """Open a file for seeking and reading."""
        return self._storage_of(file.path).open_random_access(file)

    def verify(self, file: FileIdentity) -> None:
        """Raise SourceChanged unless the file still is the planned one."""
        self._storage_of(file.path).verify(file)

    def _storage_of(self, path: str) -> Storage:
        self._boundary.require(path)
        if not path.startswith(S3_SCHEME):
            return self._local
        if self._s3 is None:
            self._s3 = self._opened_s3()
        return self._s3

    def _opened_s3(self) -> Storage:
        if self._connection is None:
            message = "the files are in S3, and source.connection does not say how to reach it"
            raise ConfigError(message, hint="Add connection: with endpoint and keys, or region for a public bucket")
        from dativo_core.sources.s3_files import S3Files

        return S3Files(self._connection, self._references)

    def __reduce__(self) -> tuple[type["AddressedFiles"], tuple[Boundary, S3Connection | None, References]]:
        return AddressedFiles, (self._boundary, self._connection, self._references)


def _is_strange(pattern: str) -> bool:
    return _ANY_SCHEME.match(pattern) is not None and not pattern.startswith((FILE_SCHEME, S3_SCHEME))
