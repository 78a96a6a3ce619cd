"""The directory at the end of a zip archive: the one file it must list, and no other."""

import struct
from dataclasses import dataclass

import pyarrow as pa

from dativo_core.errors import SourceError

CENTRAL, END, END_64, LOCATOR_64 = b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
END_RECORD = struct.Struct("<4sHHHHIIH")
LOCATOR_RECORD_64 = struct.Struct("<4sIQI")
END_RECORD_64 = struct.Struct("<4sQHHIIQQQQ")
CENTRAL_RECORD = struct.Struct("<4sHHHHHHIIIHHHHHII")
MAX_COMMENT_BYTES = 65_535
MAX_DIRECTORY_BYTES = CENTRAL_RECORD.size + 3 * 65_535
UNKNOWN_16, UNKNOWN_32 = 0xFFFF, 0xFFFFFFFF
STORED, DEFLATED = 0, 8
METHODS = {12: "bzip2", 14: "lzma", 93: "zstd", 95: "xz", 99: "AES"}
ENCRYPTED = 0x2041
"""Flags of content, or of a directory, that needs a key."""
SIZES_64 = 1


@dataclass(frozen=True)
class Entry:
    """What the directory says of the archive's file; sizes in bytes, `directory_start` is an offset in the archive."""

    name: bytes
    method: int
    crc: int
    packed_bytes: int
    size_bytes: int
    directory_start: int


@dataclass(frozen=True)
class _Place:
    """Where the directory is, and how many files it lists."""

    entries: int
    start: int
    size_bytes: int


def read_directory(path: str, archive: pa.NativeFile) -> Entry:
    """Return the only entry of an archive. Raises SourceError when it cannot be used."""
    place = _find(path, archive)
    if place.entries != 1:
        what = "no file" if place.entries == 0 else f"{place.entries} entries"
        message = f"file {path} is a zip archive of {what}, not of exactly one file"
        raise SourceError(message, hint="Pack each file on its own, without directories")
    if place.size_bytes > MAX_DIRECTORY_BYTES:
        raise broken(path, "its directory is longer than one file needs")
    record = _read_at(archive, place.size_bytes, place.start)
    if len(record) < CENTRAL_RECORD.size or not record.startswith(CENTRAL):
        raise broken(path, "its directory is not where it should be")
    return _entry(path, record, place)


def broken(path: str, why: str) -> SourceError:
    """Return the error of an archive that is damaged or lies about itself."""
    hint = "Deliver it again, or set the engine option compression if it is no zip archive; nothing was loaded"
    return SourceError(f"file {path} is not a whole zip file: {why}", hint=hint)


def _find(path: str, archive: pa.NativeFile) -> _Place:
    size = archive.size()
    tail_start = max(size - END_RECORD.size - MAX_COMMENT_BYTES, 0)
    tail = _read_at(archive, size - tail_start, tail_start)
    at = tail.rfind(END)
    while at >= 0:
        record = tail[at : at + END_RECORD.size]
        # The comment behind it has to reach the end exactly, or it is part of a comment itself.
        if len(record) == END_RECORD.size and END_RECORD.unpack(record)[-1] == len(tail) - at - END_RECORD.size:
            return _place(path, archive, record, tail_start + at)
        at = tail.rfind(END, 0, at)
    raise broken(path, "it has no directory at its end")


def _read_at(archive: pa.NativeFile, size: int, offset: int) -> bytes:
    archive.seek(offset)
    return bytes(archive.read(size))


def _place(path: str, archive: pa.NativeFile, record: bytes, end_at: int) -> _Place:
    _, disk, first_disk, here, entries, size_bytes, start, _ = END_RECORD.unpack(record)
    located = _read_at(archive, LOCATOR_RECORD_64.size, max(end_at - LOCATOR_RECORD_64.size, 0))
    stop = end_at
    if UNKNOWN_16 in (here, entries) or UNKNOWN_32 in (size_bytes, start):
        if len(located) < LOCATOR_RECORD_64.size or not located.startswith(LOCATOR_64):
            raise broken(path, "its zip64 directory is missing")
        stop = LOCATOR_RECORD_64.unpack(located)[2]
        record = _read_at(archive, END_RECORD_64.size, stop) if stop < end_at else b""
        if len(record) < END_RECORD_64.size or not record.startswith(END_64):
            raise broken(path, "its zip64 directory is not where it should be")
        _, _, _, _, disk, first_disk, here, entries, size_bytes, start = END_RECORD_64.unpack(record)
    if disk or first_disk or here != entries:
        raise broken(path, "it is one of several parts")
    if start + size_bytes > stop:
        raise broken(path, "its directory is not where it should be")
    return _Place(entries, start, size_bytes)


def _entry(path: str, record: bytes, place: _Place) -> Entry:
    fields = CENTRAL_RECORD.unpack_from(record)
    _, _, _, flags, method, _, _, crc, packed, size, name_bytes, extra_bytes, comment_bytes, *_, offset = fields
    name = record[CENTRAL_RECORD.size :][:name_bytes]
    extra = record[CENTRAL_RECORD.size + name_bytes :][:extra_bytes]
    if CENTRAL_RECORD.size + name_bytes + extra_bytes + comment_bytes != len(record):
        raise broken(path, "its directory lists more than one file, or is cut short")
    wide = [size, packed, offset]
    size, packed, offset = _with_sizes_64(path, wide, extra) if UNKNOWN_32 in wide else wide
    _require_plain_file(path, name, flags, method)
    if offset != 0:
        raise broken(path, "it does not begin with its file")
    return Entry(name, method, crc, packed, size, place.start)


def _with_sizes_64(path: str, sizes: list[int], extra: bytes) -> list[int]:
    """Return sizes and offset, those that do not fit 32 bits from the extra field."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == SIZES_64:
            count = sizes.count(UNKNOWN_32)
            if length < 8 * count or at + 4 + length > len(extra):
                break
            wide = iter(struct.unpack_from(f"<{count}Q", extra, at + 4))
            return [next(wide) if size == UNKNOWN_32 else size for size in sizes]
        at += 4 + length
    raise broken(path, "its zip64 sizes are missing")


def _require_plain_file(path: str, name: bytes, flags: int, method: int) -> None:
    shown = name.decode(errors="replace")
    parts = shown.replace("\\", "/").split("/")
    if not name or name.endswith(b"/") or ".." in parts or "" in parts or ":" in parts[0] or "\0" in shown:
        message = f"the zip archive {path} holds {shown!r}, which is not the name of a file"
        raise SourceError(message, hint="Pack exactly one file, under a relative path without '..'")
    if flags & ENCRYPTED:
        message = f"the zip archive {path} is encrypted"
        raise SourceError(message, hint="Pack it without a password")
    if method not in (STORED, DEFLATED):
        message = f"the zip archive {path} is packed with {METHODS.get(method, f'method {method}')}"
        raise SourceError(message, hint="Pack it with deflate, which every program has")
