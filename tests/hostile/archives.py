"""Compressed files: cut, damaged, under a wrong name, or not what their directory says."""

import gzip
import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from tests.hostile.entry import Entry, FileRefused, Loaded, Outcome, content

GZIP, ZIP, ZSTD = "a.csv.gz", "a.csv.zip", "a.csv.zst"
TEXT = b"id,name,amount\n1,one,1\n2,two,2\n"
ROWS = ((1, "one", 1.0), (2, "two", 2.0))
LONG_TEXT = TEXT + b"".join(b"%d,%d,%d\n" % (n, n * 7919 % 1009, n) for n in range(3, 5000))
NO_HEADER = FileRefused("has no header line")
NOT_GZIP, NOT_ZIP, NOT_ZSTD = (FileRefused(f"is not a whole {kind} file") for kind in ("gzip", "zip", "zstd"))


def _zip(*names: str, text: bytes = TEXT, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name in names:
            archive.writestr(name, text)
    return file.getvalue()


def _zstd(text: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as packer:
        packer.write(text)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def _marked_encrypted(archive: bytes) -> bytes:
    """Return an archive whose file is said to be encrypted, in its own header and in the directory."""
    at = archive.index(b"PK\x01\x02") + 8
    (flags,) = struct.unpack_from("<H", archive, at)
    marked = archive[:at] + struct.pack("<H", flags | 1) + archive[at + 2 :]
    return marked[:6] + struct.pack("<H", flags | 1) + marked[8:]


def _changed(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


def _packed(file: str, outcome: Outcome, *entries: tuple[str, str, bytes]) -> tuple[Entry, ...]:
    return tuple(Entry(name, description, content(data, file), outcome) for name, description, data in entries)


SMALL, LARGE = gzip.compress(TEXT, mtime=0), gzip.compress(LONG_TEXT, mtime=0)
BUILDERS: dict[str, Callable[[Path], object]] = {
    "gzip": content(SMALL),
    "zip": content(_zip("a.csv")),
    "zstd": content(_zstd(TEXT)),
}

OF_GZIP = (
    *_packed(
        GZIP,
        Loaded(ROWS),
        ("gzip", "A gzip file.", SMALL),
        (
            "gzip-of-several-members",
            "Gzip files joined by `cat` are one file.",
            gzip.compress(TEXT[:20]) + gzip.compress(b"") + gzip.compress(TEXT[20:]),
        ),
        (
            "gzip-and-zeros",
            "Zero bytes after the end of a gzip file, as tapes and block devices leave them, are padding.",
            SMALL + bytes(100),
        ),
    ),
    *_packed(
        GZIP,
        NOT_GZIP,
        ("gzip-cut-in-its-header", "A gzip file cut in its header.", SMALL[:6]),
        ("gzip-cut-in-its-body", "A gzip file cut in the middle.", LARGE[: len(LARGE) // 2]),
        ("gzip-cut-in-its-trailer", "A gzip file that lacks its last bytes.", LARGE[:-3]),
        ("gzip-with-wrong-checksum", "A gzip file whose checksum is of other content.", _changed(LARGE, -6)),
        ("gzip-with-wrong-length", "A gzip file whose length is of other content.", _changed(LARGE, -2)),
        ("gzip-damaged", "A gzip file with another byte in the middle.", _changed(LARGE, 300)),
        ("gzip-and-garbage", "Bytes after the end of a gzip file.", SMALL + b"garbage"),
        ("text-named-gzip", "Plain text named `.csv.gz`.", TEXT),
        ("zip-named-gzip", "A zip archive named `.gz`.", _zip("a.csv")),
        ("empty-file-named-gzip", "A file of no bytes named `.csv.gz`.", b""),
    ),
    *_packed(GZIP, NO_HEADER, ("gzip-of-nothing", "A gzip file without content.", gzip.compress(b""))),
    *_packed(
        GZIP,
        FileRefused("holds a file that is compressed with gzip once more"),
        ("gzip-of-gzip", "A gzip file in a gzip file.", gzip.compress(SMALL)),
    ),
)

OF_ZIP = (
    *_packed(
        ZIP,
        Loaded(ROWS),
        ("zip", "A zip archive of one file.", _zip("a.csv")),
        ("zip-without-compression", "The same, only stored.", _zip("a.csv", method=zipfile.ZIP_STORED)),
        ("zip-with-text-before-its-end", "A zip archive with a comment.", _zip("a.csv")[:-2] + b"\x05\0hello"),
    ),
    *_packed(
        ZIP,
        NOT_ZIP,
        ("zip-cut", "A zip archive without its directory.", _zip("a.csv", text=LONG_TEXT)[:500]),
        (
            "zip-damaged",
            "A zip archive with another byte in its content.",
            _changed(_zip("a.csv", text=LONG_TEXT), 500),
        ),
        ("zip-and-garbage", "Bytes after the end of a zip archive.", _zip("a.csv") + b"garbage"),
        ("text-named-zip", "Plain text named `.zip`.", TEXT),
        ("empty-file-named-zip", "A file of no bytes named `.zip`.", b""),
    ),
    *_packed(
        ZIP,
        FileRefused("not of exactly one file"),
        ("zip-of-two-files", "A zip archive of two files.", _zip("a.csv", "b.csv")),
        ("zip-of-nothing", "A zip archive without a file.", _zip()),
    ),
    *_packed(
        ZIP,
        FileRefused("is not the name of a file"),
        ("zip-that-climbs", "A zip archive whose file is called `../../a.csv`.", _zip("../../a.csv")),
        ("zip-of-a-directory", "A zip archive that holds a directory.", _zip("a/", text=b"")),
    ),
    *_packed(
        ZIP,
        FileRefused("is encrypted"),
        ("zip-with-password", "An encrypted zip archive.", _marked_encrypted(_zip("a.csv"))),
    ),
    *_packed(
        ZIP,
        FileRefused("is packed with lzma"),
        ("zip-of-other-method", "A zip archive packed with LZMA.", _zip("a.csv", method=zipfile.ZIP_LZMA)),
    ),
)

OF_ZSTD = (
    *_packed(
        ZSTD,
        Loaded(ROWS),
        ("zstd", "A zstd file.", _zstd(TEXT)),
        ("zstd-of-several-frames", "Zstd files joined by `cat` are one file.", _zstd(TEXT[:20]) + _zstd(TEXT[20:])),
    ),
    *_packed(
        ZSTD,
        NOT_ZSTD,
        ("zstd-cut", "A zstd file cut in the middle.", _zstd(LONG_TEXT)[:-100]),
        ("zstd-damaged", "A zstd file with another byte at its beginning.", _changed(_zstd(LONG_TEXT), 5)),
        ("zstd-and-garbage", "Bytes after the end of a zstd file.", _zstd(TEXT) + b"garbage"),
        ("text-named-zstd", "Plain text named `.zst`.", TEXT),
        ("gzip-named-zstd", "A gzip file named `.zst`.", SMALL),
    ),
)

UNNAMED = tuple(
    Entry(
        f"{kind}-named-csv",
        f"A {kind} file whose name does not say so.",
        build,
        FileRefused(f"is compressed with {kind}, and neither its name nor the option compression says so"),
    )
    for kind, build in BUILDERS.items()
)

ARCHIVES = (*OF_GZIP, *OF_ZIP, *OF_ZSTD, *UNNAMED)
