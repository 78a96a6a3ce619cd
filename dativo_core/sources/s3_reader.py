"""Bytes of one version of an object, over as many requests as the network needs."""

import io
import random
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import HTTPClientError, IncompleteReadError
from urllib3.exceptions import HTTPError

from dativo_core.errors import SourceUnavailable
from dativo_core.flow import FileIdentity
from dativo_core.sources.s3_access import S3Access
from dativo_core.sources.s3_address import Address

PIECE_BYTES = 256 * 1024
"""What is lost at most when a connection breaks."""

MAX_RESUMES = 5
"""Broken connections in a row, none of which brought a single piece."""

FIRST_WAIT_S = 0.2
MAX_WAIT_S = 5.0
READ_AHEAD_BYTES = 1024 * 1024


class ObjectReader:
    """Reads a planned object from `start` to before `stop`; every request asks for the planned version alone.

    A connection that breaks is opened again where it broke. Raises SourceChanged when the object is another one by then,
    SourceUnavailable when it keeps breaking.
    """

    def __init__(
        self, access: S3Access, file: FileIdentity, at: Address, start: int = 0, stop: int | None = None
    ) -> None:
        self._access = access
        self._etag = file.etag
        self._at = at
        self._stop = file.size_bytes if stop is None else min(stop, file.size_bytes)
        self._body: Any = None
        self._failures = 0
        self.position = start

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, exactly `size` of them unless the end comes first; with -1 all that are left."""
        left = max(0, self._stop - self.position)
        wanted = left if size < 0 else min(size, left)
        pieces = bytearray()
        while len(pieces) < wanted:
            pieces += self._piece(min(PIECE_BYTES, wanted - len(pieces)))
        return bytes(pieces)

    def verify(self) -> None:
        """Do nothing: the service answered every request with the planned version, or not at all."""

    def close(self) -> None:
        """Give up the open connection, if there is one."""
        if self._body is not None:
            self._body.close()
            self._body = None

    def _piece(self, size: int) -> bytes:
        """Return at least one byte, from another connection when one breaks."""
        while True:
            body = self._opened()
            try:
                chunk: bytes = body.read(size)
            except (HTTPClientError, IncompleteReadError, HTTPError):
                chunk = b""
            if chunk:
                self.position += len(chunk)
                self._failures = 0
                return chunk
            self.close()
            self._wait()

    def _opened(self) -> Any:
        """Return the answer that is being read; a request that fails was tried several times by the client itself."""
        if self._body is None:
            wanted = {"IfMatch": f'"{self._etag}"', "Range": f"bytes={self.position}-{self._stop - 1}"}
            answer = self._access.ask(
                self._at, lambda client: client.get_object(Bucket=self._at.bucket, Key=self._at.key, **wanted)
            )
            self._body = answer["Body"]
        return self._body

    def _wait(self) -> None:
        """Wait before the next connection, ever longer and never in step with others."""
        self._failures += 1
        if self._failures > MAX_RESUMES:
            message = f"{self._at}: the connection to {self._access.client.meta.endpoint_url} keeps breaking"
            raise SourceUnavailable(message, hint="Check the network, then run again")
        time.sleep(random.uniform(0, min(MAX_WAIT_S, FIRST_WAIT_S * 2**self._failures)))


class RandomAccessObject(io.RawIOBase):
    """A planned object that can be sought in; small reads fetch ahead, so that they do not cost a request each."""

    def __init__(self, fetch: Callable[[int, int], bytes], size_bytes: int) -> None:
        self._fetch = fetch
        self._size = size_bytes
        self._position = 0
        self._ahead = b""
        self._ahead_start = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to `offset` bytes from begin, here or the end."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        """Return `size` bytes, fewer only at the end."""
        left = max(0, self._size - self._position)
        wanted = left if size is None or size < 0 else min(size, left)
        found = self._at_hand(wanted)
        if found is None:
            found = self._fetch_ahead(wanted)
        self._position += len(found)
        return found

    def _at_hand(self, size: int) -> bytes | None:
        begin = self._position - self._ahead_start
        return self._ahead[begin : begin + size] if begin >= 0 and begin + size <= len(self._ahead) else None

    def _fetch_ahead(self, size: int) -> bytes:
        if size >= READ_AHEAD_BYTES:
            return self._fetch(self._position, self._position + size)
        self._ahead_start = self._position
        self._ahead = self._fetch(self._position, min(self._size, self._position + READ_AHEAD_BYTES))
        return self._ahead[:size]


def random_access(access: S3Access, file: FileIdentity, at: Address) -> RandomAccessObject:
    """Return a planned object for seeking and reading; raises as ObjectReader does."""

    def fetch(start: int, stop: int) -> bytes:
        reader = ObjectReader(access, file, at, start, stop)
        try:
            return reader.read()
        finally:
            reader.close()

    return RandomAccessObject(fetch, file.size_bytes)
