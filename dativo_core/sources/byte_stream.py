"""A file as UTF-8 bytes: decompressed, decoded, without a byte order mark."""

import codecs
import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from dativo_core.errors import SourceError
from dativo_core.flow import FileIdentity
from dativo_core.sources.storage import OpenFile, Storage

MAX_EXPANSION = 200
EXPANSION_CHECKED_FROM_BYTES = 64 * 1024 * 1024
"""A file that grows by more than this ratio is refused once it is this large."""

GZIP_MAGIC = b"\x1f\x8b"
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
MARK = "\ufeff"
MARK_ROOM = 16
"""The first piece of text has to hold a whole mark."""


class GzipText:
    """The content of a gzip file, of one or several members; refuses what is broken or grows beyond measure."""

    def __init__(self, path: str, raw: OpenFile) -> None:
        self._path = path
        self._raw = raw
        # GzipFile asks no more of a file than `read`.
        self._gzip = gzip.GzipFile(fileobj=cast(BinaryIO, raw), mode="rb")
        self._expanded = 0

    def read(self, size: int) -> bytes:
        """Return the next expanded bytes, none at the end. Raises SourceError."""
        try:
            chunk = self._gzip.read(size)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            message = f"file {self._path} is not a whole gzip file: {error}"
            raise SourceError(
                message, hint="Deliver it again, or without .gz in its name if it is not compressed; nothing was loaded"
            ) from error
        self._expanded += len(chunk)
        if self._expanded > max(EXPANSION_CHECKED_FROM_BYTES, MAX_EXPANSION * self._raw.position):
            message = f"file {self._path} expands to more than {MAX_EXPANSION} times its size"
            raise SourceError(message, hint="Deliver it uncompressed if it is genuine")
        return chunk


class ByteStream:
    """Reads the text of a file; `raw` tells how far the stored file was read."""

    def __init__(self, path: str, raw: OpenFile, encoding: str) -> None:
        self.raw = raw
        self._path = path
        self._expanded = GzipText(path, raw) if path.endswith(".gz") else raw
        self._decode = _decoder(path, encoding)
        self._is_begin = True

    def read(self, size: int) -> bytes:
        """Return about `size` bytes of UTF-8 text, none at the end; bytes of no character stay as they are.

        Raises SourceError when the file is not what its name and its encoding say.
        """
        while True:
            chunk = self._expanded.read(max(size, MARK_ROOM))
            text = self._decode(chunk)
            if self._is_begin and text:
                text = self._without_mark(text)
                self._is_begin = False
            if text or not chunk:
                return text

    def _without_mark(self, text: bytes) -> bytes:
        if text.startswith(GZIP_MAGIC):
            message = f"file {self._path} is compressed with gzip, and its name does not say so"
            raise SourceError(message, hint="Give it a name that ends in .gz")
        if text.startswith(UTF16_MARKS):
            message = f"file {self._path} begins like UTF-16 text, not UTF-8"
            raise SourceError(message, hint="Set the engine option encoding: utf-16")
        return text.removeprefix(MARK.encode())


@contextmanager
def open_stream(storage: Storage, file: FileIdentity | str, encoding: str) -> Iterator[ByteStream]:
    """Open a planned file, or whatever a path names now, `.gz` or not, for reading as UTF-8 text. Raises SourceError."""
    with storage.open(file) as raw:
        yield ByteStream(file if isinstance(file, str) else file.path, raw, encoding)


def _decoder(path: str, encoding: str) -> Callable[[bytes], bytes]:
    """Return what turns the next bytes of a file into UTF-8; UTF-8 itself is passed on and checked with the rows."""
    try:
        "a".encode(encoding)
        name = codecs.lookup(encoding).name
    except (LookupError, UnicodeError) as error:
        message = f"encoding {encoding!r} is not known"
        raise SourceError(
            message, hint="Set the engine option encoding, e.g. utf-8, utf-16, latin-1 or cp1252"
        ) from error
    if name in {"utf-8", "utf-8-sig"}:
        return bytes
    # Bytes the encoding does not define come out as they are, so that they spoil their own row and no other.
    decoder = codecs.getincrementaldecoder(encoding)(errors="surrogateescape")

    def decode(chunk: bytes) -> bytes:
        try:
            return decoder.decode(chunk, final=not chunk).encode(errors="surrogateescape")
        except UnicodeError as error:
            message = f"file {path} is not {encoding} text: {error}"
            raise SourceError(message, hint="Set the engine option encoding to the file's encoding") from error

    return decode
