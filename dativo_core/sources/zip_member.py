"""The only file of a zip archive, streamed: what the archive says of it is held against what is in it.

The directory at the archive's end is read first and without moving the file; then everything from the first byte on is
read in order, so that the archive is hashed as it is read.
"""

import struct
import zlib

from dativo_core.errors import SourceError
from dativo_core.sources.storage import OpenFile
from dativo_core.sources.zip_directory import DEFLATED, UNKNOWN_32, Entry, broken

LOCAL = b"PK\x03\x04"
LOCAL_HEADER = struct.Struct("<4sHHHHHIIIHH")
SIZES_FOLLOW = 0x8
"""Flag of a file whose size and checksum stand behind it, in a descriptor."""
MAX_DESCRIPTOR_BYTES = 24
PIECE_BYTES = 256 * 1024


class ZipMember:
    """The content of the archive's only file, as `entry` describes it. Raises SourceError when the archive is broken."""

    def __init__(self, path: str, entry: Entry, raw: OpenFile) -> None:
        self._path, self._raw = path, raw
        self._entry = entry
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS) if self._entry.method == DEFLATED else None
        self._packed_left = self._entry.packed_bytes
        self._input = b""
        self._size = self._crc = 0
        self._at_end = self._begun = False

    def read(self, size: int) -> bytes:
        """Return the next bytes of the file, none at its end."""
        if not self._begun:
            self._read_local_header()
            self._begun = True
        while not self._at_end:
            chunk, is_last = self._next(size)
            self._size += len(chunk)
            self._crc = zlib.crc32(chunk, self._crc)
            self._at_end = is_last
            if is_last:
                self._check_end()
            if chunk:
                return chunk
        return b""

    def _next(self, size: int) -> tuple[bytes, bool]:
        """Return the next bytes, and whether they are the last."""
        if self._inflate is None:
            return self._packed(size), not self._packed_left
        if not self._input:
            self._input = self._packed(PIECE_BYTES)
        has_input = bool(self._input)
        chunk = self._inflate.decompress(self._input, size)
        self._input = self._inflate.unconsumed_tail
        if not (has_input or chunk or self._inflate.eof):
            raise self._cut_short()
        return chunk, self._inflate.eof

    def _packed(self, size: int) -> bytes:
        chunk = self._raw.read(min(size, self._packed_left))
        if not chunk and self._packed_left:
            raise self._cut_short()
        self._packed_left -= len(chunk)
        return chunk

    def _cut_short(self) -> SourceError:
        return broken(self._path, "its file is cut short")

    def _read_local_header(self) -> None:
        header = self._raw.read(LOCAL_HEADER.size)
        if len(header) < LOCAL_HEADER.size or not header.startswith(LOCAL):
            raise broken(self._path, "it does not begin with its file")
        _, _, flags, method, _, _, crc, packed, size, name_bytes, extra_bytes = LOCAL_HEADER.unpack(header)
        name = self._raw.read(name_bytes)
        self._raw.read(extra_bytes)
        entry = self._entry
        said = [(method, entry.method)]
        if not flags & SIZES_FOLLOW:
            said += [
                (crc, entry.crc),
                *((each, real) for each, real in _sizes(packed, size, entry) if each != UNKNOWN_32),
            ]
        if name != entry.name or any(here != there for here, there in said):
            raise broken(self._path, "what stands before its file and its directory contradict each other")

    def _check_end(self) -> None:
        entry = self._entry
        unused = self._packed_left or len(self._inflate.unused_data if self._inflate else b"")
        if unused or self._size != entry.size_bytes:
            raise broken(self._path, "its file is not of the size that its directory says")
        if self._crc != entry.crc:
            raise broken(self._path, "its file and its checksum contradict each other")
        if not 0 <= entry.directory_start - self._raw.position <= MAX_DESCRIPTOR_BYTES:
            raise broken(self._path, "it holds more than its directory says")


def _sizes(packed: int, size: int, entry: Entry) -> list[tuple[int, int]]:
    return [(packed, entry.packed_bytes), (size, entry.size_bytes)]
