"""Files that are not what their name says, or no files at all."""

import gzip
import os
import socket
import zlib
from collections.abc import Callable
from pathlib import Path

from tests.hostile.csv_text import GOOD, HEADER, MEGABYTE
from tests.hostile.outcomes import Delivery, Loaded, Outcome, Refused

CONTENT = HEADER + GOOD * 50_000
PACKED = gzip.compress(CONTENT)


def packed(name: str, is_about: str, content: bytes, outcome: Outcome) -> Delivery:
    """Return a delivery of one file `a.csv.gz`."""
    return Delivery(name, is_about, lambda folder: _write(folder / "a.csv.gz", content), outcome)


def placed(
    name: str, is_about: str, write: Callable[[Path], object], outcome: Outcome, files: str = "in/*"
) -> Delivery:
    """Return a delivery that is more than the bytes of one file."""
    return Delivery(name, is_about, lambda folder: write(folder) and None, outcome, files=files)


def _write(path: Path, content: bytes = HEADER + GOOD) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _socket(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(folder)  # the address of a socket may be 107 bytes long
        try:
            listener.bind("a.csv")
        finally:
            os.chdir(here)


def _linked(folder: Path, target: str) -> None:
    (folder / "a.csv").symlink_to(target)


def _twice(folder: Path) -> None:
    _write(folder / "a.csv")
    (folder / "b.csv").symlink_to("a.csv")


def _inside(folder: Path) -> None:
    _write(folder / "kept" / "a.csv")
    (folder / "b.csv").symlink_to("kept/a.csv")


def _bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    chunk = b"1,a,1\n" * (MEGABYTE // 6)
    return packer.compress(HEADER) + b"".join(packer.compress(chunk) for _ in range(100)) + packer.flush()


COMPRESSED = (
    packed("gzip", "what it should be", PACKED, Loaded(50_000)),
    packed("gzip cut in its header", "the first 5 bytes", PACKED[:5], Refused("not a whole gzip file")),
    packed("gzip cut in its body", "half of it", PACKED[: len(PACKED) // 2], Refused("not a whole gzip file")),
    packed("gzip cut in its trailer", "all but 3 bytes", PACKED[:-3], Refused("not a whole gzip file")),
    packed(
        "gzip with a wrong checksum",
        "one bit is another",
        PACKED[:-5] + bytes([PACKED[-5] ^ 1]) + PACKED[-4:],
        Refused("not a whole gzip file"),
    ),
    packed(
        "gzip with a wrong length",
        "the trailer lies",
        PACKED[:-1] + bytes([PACKED[-1] ^ 1]),
        Refused("not a whole gzip file"),
    ),
    packed("gzip followed by garbage", "text behind the end", PACKED + b"garbage", Refused("not a whole gzip file")),
    packed(
        "gzip of several members",
        "two files in one, as `cat` makes them",
        gzip.compress(HEADER) + gzip.compress(GOOD),
        Loaded(1),
    ),
    packed("gzip bomb", "100 MB in 300 kB", _bomb(), Refused("expands to more than")),
    packed("empty gzip", "no byte under a .gz name", b"", Refused("")),
    packed("text named .gz", "the name lies", CONTENT, Refused("not a whole gzip file")),
    placed(
        "gzip without .gz",
        "the name does not say so",
        lambda folder: _write(folder / "a.csv", PACKED),
        Refused("compressed with gzip"),
    ),
)

PLACES = (
    placed(
        "named pipe",
        "reading it would wait for ever",
        lambda folder: os.mkfifo(folder / "a.csv"),
        Refused("a named pipe"),
    ),
    placed("socket", "a socket in the file's place", _socket, Refused("a socket")),
    placed(
        "directory", "a directory named like a file", lambda folder: (folder / "a.csv").mkdir(), Refused("a directory")
    ),
    placed("device by link", "a link to /dev/zero", lambda folder: _linked(folder, "/dev/zero"), Refused("a device")),
    placed("device by path", "/dev/zero itself", lambda folder: None, Refused("a device"), files="/dev/zero"),
    placed(
        "dangling link", "a link to nothing", lambda folder: _linked(folder, "nothing.csv"), Refused("does not exist")
    ),
    placed("link to itself", "a loop", lambda folder: _linked(folder, "a.csv"), Refused("cannot be read")),
    placed(
        "link out of the directory",
        "a link to a file elsewhere",
        lambda folder: _write(folder.parent / "other" / "x.csv") or _linked(folder, "../other/x.csv"),
        Refused("leads out of"),
    ),
    placed("link inside the directory", "a link to a file below", _inside, Loaded(1), files="in/*.csv"),
    placed(
        "path out of the workspace",
        "dots that lead up",
        lambda folder: _write(folder.parent.parent / "x.csv"),
        Refused("leads out of the workspace"),
        files="../*.csv",
    ),
    placed("one file under two names", "its rows would be loaded twice", _twice, Refused("are the same file")),
    placed("no file", "a pattern that matches nothing", lambda folder: None, Refused("no file matches")),
    placed(
        "hidden file",
        "a wildcard matches no hidden name",
        lambda folder: (_write(folder / ".a.csv", b"junk"), _write(folder / "a.csv")),
        Loaded(1),
    ),
    placed(
        "strange names",
        "blank, percent, quote, line end, emoji, dash",
        lambda folder: [
            _write(folder / f"{name}.csv") for name in ("a b", "100%", "it's", "two\nlines", "ünï☃", "-rf")
        ],
        Loaded(6),
    ),
    placed("very long name", "250 characters", lambda folder: _write(folder / f"{'n' * 250}.csv"), Loaded(1)),
    placed(
        "one bad file among good ones",
        "all are named at once",
        lambda folder: (_write(folder / "a.csv"), os.mkfifo(folder / "b.csv"), (folder / "c.csv").mkdir()),
        Refused("a named pipe, not a regular file; in/c.csv: a directory"),
    ),
)

DELIVERIES = (*COMPRESSED, *PLACES)
