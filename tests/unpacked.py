"""What a file says beyond its bytes: the content of archives, Parquet and Avro files, and of databases.

Nothing here fails on a broken or hostile file: its bytes as they stand are read by whoever asks.
"""

import gzip
import io
import sqlite3
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

MAX_PACKED = 4 << 20
"""Larger files are rows that tests of speed made; unpacking them would take minutes."""
MAX_UNPACKED = 32 << 20
_AVRO_MARK = 16


def unpacked(path: Path, content: bytes) -> Iterator[bytes]:
    """Yield what is packed in a file of that content, as far as it can be read; at most `MAX_UNPACKED` bytes a part."""
    reader = next((read for magic, read in _READERS.items() if content.startswith(magic)), None)
    if reader is None or len(content) > MAX_PACKED:
        return
    try:
        yield from reader(path, content)
    except (pa.ArrowException, sqlite3.Error, zipfile.BadZipFile, zlib.error, ValueError, RuntimeError):
        return
    except (OSError, EOFError, IndexError, NotImplementedError):
        return


def _gzip(_path: Path, content: bytes) -> Iterator[bytes]:
    with gzip.open(io.BytesIO(content)) as file:
        yield file.read(MAX_UNPACKED)


def _zstd(_path: Path, content: bytes) -> Iterator[bytes]:
    with pa.input_stream(pa.py_buffer(content), compression="zstd") as file:
        yield file.read(MAX_UNPACKED)


def _zip(_path: Path, content: bytes) -> Iterator[bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist()[:1000]:
            with archive.open(name) as member:
                yield member.read(MAX_UNPACKED)


def _zlib(_path: Path, content: bytes) -> Iterator[bytes]:
    yield zlib.decompressobj().decompress(content, MAX_UNPACKED)


def _parquet(_path: Path, content: bytes) -> Iterator[bytes]:
    file = pq.ParquetFile(io.BytesIO(content))
    if sum(file.metadata.row_group(at).total_byte_size for at in range(file.num_row_groups)) > MAX_UNPACKED:
        return
    names = [each.name for each in file.schema_arrow if not _is_number(each.type)]
    for column in file.read(columns=names, use_threads=False).columns if names else ():
        for chunk in column.chunks:
            yield from (bytes(buffer) for buffer in chunk.buffers() if buffer is not None)


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_primitive(kind)


def _avro(_path: Path, content: bytes) -> Iterator[bytes]:
    """Yield the blocks of a file of rows; each ends with the mark that ends the header."""
    for block in content.split(content[-_AVRO_MARK:])[1:-1]:
        _, after_count = _long(block, 0)
        _, start = _long(block, after_count)
        yield zlib.decompressobj(wbits=-15).decompress(block[start:], MAX_UNPACKED)


def _long(content: bytes, at: int) -> tuple[int, int]:
    """Return a number of variable length, still in zigzag, and where it ends."""
    value = shift = 0
    while True:
        value |= (content[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if content[at - 1] < 0x80:
            return value, at


def _database(path: Path, _content: bytes) -> Iterator[bytes]:
    """Yield every text and blob of every table, which the file may have in pieces, and what is packed in them."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=1)) as database:
        database.text_factory = bytes
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            yield from _rows(database, table.decode())


def _rows(database: sqlite3.Connection, table: str) -> Iterator[bytes]:
    for row in database.execute(f'SELECT * FROM "{table}"'):
        values = [value for value in row if isinstance(value, bytes)]
        yield b"\n".join(values)
        for value in values:
            if value.startswith((b"\x78\x9c", b"\x78\xda", b"\x78\x01")):
                yield from unpacked(Path(), value)


_READERS: dict[bytes, Callable[[Path, bytes], Iterator[bytes]]] = {
    b"\x1f\x8b": _gzip,
    b"\x28\xb5\x2f\xfd": _zstd,
    b"PK\x03\x04": _zip,
    b"PAR1": _parquet,
    b"Obj\x01": _avro,
    b"SQLite format 3\0": _database,
    b"\x78\x9c": _zlib,
    b"\x78\xda": _zlib,
    b"\x78\x01": _zlib,
}
