"""A part of a file that hashes what is read from it, as it is stored."""

import hashlib
from collections.abc import Callable

from dativo_core.errors import SourceChanged
from dativo_core.sources.storage import OpenFile

CHUNK_BYTES = 1024 * 1024


class FilePart:
    """The bytes of an open file up to `stop` (None: its end), which have to have this SHA-256."""

    def __init__(self, path: str, opened: OpenFile, stop: int | None, sha256: str) -> None:
        self._path = path
        self._opened = opened
        self._stop = stop
        self._sha256 = sha256
        self._hash = hashlib.sha256()

    @property
    def position(self) -> int:
        """The offset of the next byte in the file."""
        return self._opened.position

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, none at the end of the part."""
        if self._stop is not None:
            left = max(0, self._stop - self.position)
            size = left if size < 0 else min(size, left)
        chunk = self._opened.read(size)
        self._hash.update(chunk)
        return chunk

    def verify(self) -> None:
        """Raise SourceChanged unless the part is the planned one, reading what is left of it."""
        while self.read(CHUNK_BYTES):
            pass
        if self._hash.hexdigest() != self._sha256:
            message = f"file {self._path} changed between planning and reading"
            raise SourceChanged(message, hint="Run again once it is written completely")


class FollowedFile:
    """An open file that tells `follow` every byte that is read from it."""

    def __init__(self, opened: OpenFile, follow: Callable[[bytes], None]) -> None:
        self._opened = opened
        self._follow = follow

    @property
    def position(self) -> int:
        """The offset of the next byte in the file."""
        return self._opened.position

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, none at the end."""
        chunk = self._opened.read(size)
        self._follow(chunk)
        return chunk

    def verify(self) -> None:
        """Read what is left; raise SourceChanged unless the file is the planned one."""
        while self.read(CHUNK_BYTES):
            pass
        self._opened.verify()
