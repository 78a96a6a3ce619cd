"""Files of a window as slices; a plain file that is large is cut at record ends, so that its parts are read alike."""

import hashlib
from dataclasses import replace

from dativo_core.errors import SourceChanged, SourceError
from dativo_core.flow import FileIdentity, Slice, Window
from dativo_core.sources.base import ReadLimits
from dativo_core.sources.compression import compression_of
from dativo_core.sources.csv_dialect import dialect_of
from dativo_core.sources.csv_files import CsvFiles, OpenFile
from dativo_core.sources.file_window import file_slices
from dativo_core.sources.text_encoding import encoding_name


def cut_slices(window: Window, files: CsvFiles) -> tuple[Slice, ...]:
    """Return the slices of a window: one per file, or several of about `slice_size_bytes` for a plain UTF-8 file.

    Their rows, rejects and lines are those of the file read whole. A file that cannot be cut since it is broken stays
    whole, so that reading it says why. Raises SourceChanged when a file is not what the window says.
    """
    parts = [part for whole in file_slices(window) for part in _parts(whole, files)]
    return tuple(replace(part, index=index) for index, part in enumerate(parts))


class RangeHashes:
    """Hashes ranges of a file while it is read; what was read of the next range already is kept."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._waiting = bytearray()
        self._position = 0

    def follow(self, chunk: bytes) -> None:
        """Take the next bytes of the file."""
        self._waiting += chunk

    def hash_to(self, offset: int) -> None:
        """Count the bytes up to an offset of the file to the current range."""
        count = offset - self._position
        self._hash.update(memoryview(self._waiting)[:count])
        del self._waiting[:count]
        self._position = offset

    def cut(self) -> str:
        """End the current range and return its SHA-256."""
        digest, self._hash = self._hash.hexdigest(), hashlib.sha256()
        return digest


def _parts(whole: Slice, files: CsvFiles) -> list[Slice]:
    if whole.file is None or not _is_large_and_plain(whole.file, files):
        return [whole]
    try:
        return _cut(whole, whole.file, files)
    except SourceChanged:
        raise
    except SourceError:
        return [whole]


def _is_large_and_plain(file: FileIdentity, files: CsvFiles) -> bool:
    options = files.options
    is_plain = compression_of(file.path, options.compression) == "none" and encoding_name(options.encoding) == "utf-8"
    # Cutting reads the file; from a service that would cost more than it saves.
    is_on_disk = file.etag is None
    # Where a terminator can begin inside another one, the end of a part could be taken for that of the file.
    can_end = dialect_of(options).ends_at_last
    return file.size_bytes > options.slice_size_bytes and is_plain and is_on_disk and can_end


def _cut(whole: Slice, file: FileIdentity, files: CsvFiles) -> list[Slice]:
    hashes = RangeHashes()
    # How long records may be decides about none but those that no slice can end in.
    with files.open(whole, ReadLimits(), hashes.follow) as opened:
        whole = replace(whole, header=opened.header or (), header_line=opened.header_line)
        parts = _cut_open(whole, opened, hashes, files.options.slice_size_bytes)
        opened.stream.raw.verify()
        hashes.hash_to(opened.stream.raw.position)
    return [*parts[:-1], replace(parts[-1], sha256=hashes.cut())] if len(parts) > 1 else [Slice(0, file)]


def _cut_open(part: Slice, opened: OpenFile, hashes: RangeHashes, size_bytes: int) -> list[Slice]:
    """Return the parts of a file, the last one without its hash."""
    parts, total = [], part.file.size_bytes if part.file else 0
    for _ in opened.reader.blocks():
        offset = min(opened.stream.mark_bytes + opened.reader.position, opened.stream.raw.position)
        hashes.hash_to(offset)
        if offset - part.start >= size_bytes and offset < total:
            parts.append(replace(part, stop=offset, sha256=hashes.cut()))
            part = replace(part, start=offset, first_line=opened.reader.line)
    return [*parts, part]
