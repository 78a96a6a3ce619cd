"""Files that are compressed, as the bytes they stand for: streamed, refused when broken, cut short or grown beyond measure."""

import gzip
import zlib
from collections.abc import Callable
from typing import BinaryIO, Protocol, cast

import pyarrow as pa

from dativo_core.errors import SourceError
from dativo_core.sources.storage import OpenFile
from dativo_core.sources.zip_directory import Entry
from dativo_core.sources.zip_member import ZipMember

MAX_EXPANSION = 200
EXPANSION_CHECKED_FROM_BYTES = 64 * 1024 * 1024
"""A file that grows by more than this ratio is refused once it is this large."""

ENDINGS = {".gz": "gzip", ".gzip": "gzip", ".zip": "zip", ".zst": "zstd", ".zstd": "zstd"}
MAGIC = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"PK\x05\x06": "zip", b"\x28\xb5\x2f\xfd": "zstd"}
HEAD_BYTES = 4
"""How much of a file shows that it is compressed."""


class Readable(Protocol):
    """Anything bytes are read from in order."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, none at the end."""


def compression_of(path: str, option: str) -> str:
    """Return `none`, `gzip`, `zip` or `zstd` for a file and the option `compression`."""
    if option != "auto":
        return option
    return next((kind for ending, kind in ENDINGS.items() if path.lower().endswith(ending)), "none")


class Expanded:
    """The content of a file of one kind of compression, or of none. Raises SourceError for whatever is wrong with it.

    `raw` is the stored file, `entry` looks up what a zip archive's directory says of its file.
    """

    def __init__(self, path: str, raw: OpenFile, kind: str, max_bytes: int | None, entry: Callable[[], Entry]) -> None:
        self._path, self._kind = path, kind
        self._raw = raw
        self._max = max_bytes
        self._size = 0
        self._stream = self._open(entry)

    def read(self, size: int) -> bytes:
        """Return the next bytes, none at the end."""
        try:
            chunk = self._stream.read(size)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise self._broken(str(error)) from error
        except OSError as error:
            # Arrow reports broken content as an error of the system without a number.
            if error.errno is not None:
                raise
            raise self._broken(str(error)) from error
        if not chunk and self._kind != "none" and self._raw.position == 0:
            empty = "it is empty"
            raise self._broken(empty)
        self._size += len(chunk)
        self._check_size()
        return chunk

    def _open(self, entry: Callable[[], Entry]) -> Readable:
        if self._kind == "gzip":
            # GzipFile asks no more of a file than `read`.
            return gzip.GzipFile(fileobj=cast(BinaryIO, self._raw), mode="rb")
        if self._kind == "zip":
            return ZipMember(self._path, entry(), self._raw)
        if self._kind == "zstd":
            stream: Readable = pa.CompressedInputStream(pa.PythonFile(_ForArrow(self._raw), "r"), "zstd")
            return stream
        return self._raw

    def _check_size(self) -> None:
        if self._kind == "none":
            return
        if self._max is not None and self._size > self._max:
            message = f"file {self._path} expands to more than {self._max} bytes"
            raise SourceError(message, hint="Raise the engine option max_expanded_bytes if it is genuine")
        if self._size > max(EXPANSION_CHECKED_FROM_BYTES, MAX_EXPANSION * self._raw.position):
            message = f"file {self._path} expands to more than {MAX_EXPANSION} times its size"
            raise SourceError(message, hint="Deliver it uncompressed if it is genuine")

    def _broken(self, why: str) -> SourceError:
        hint = (
            f"Deliver it again, or set the engine option compression if it is not compressed with {self._kind}; "
            "nothing was loaded"
        )
        return SourceError(f"file {self._path} is not a whole {self._kind} file: {why}", hint=hint)


class _ForArrow:
    """An open file as Arrow wants it; closing it is its owner's part."""

    closed = False

    def __init__(self, opened: OpenFile) -> None:
        self.read = opened.read

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        """Do nothing."""


def refuse_compressed(path: str, head: bytes, kind: str) -> None:
    """Raise SourceError when content that was read with compression `kind` begins like compressed content."""
    found = next((name for magic, name in MAGIC.items() if head.startswith(magic)), None)
    if found is None:
        return
    if kind != "none":
        message = f"file {path} holds a file that is compressed with {found} once more"
        raise SourceError(message, hint="Deliver it compressed once")
    message = f"file {path} is compressed with {found}, and neither its name nor the option compression says so"
    ending = next(ending for ending, name in ENDINGS.items() if name == found)
    raise SourceError(
        message, hint=f"Give it a name that ends in {ending}, or set the engine option compression: {found}"
    )
