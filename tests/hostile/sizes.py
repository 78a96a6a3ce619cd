"""Files that are too large for something: for memory, for a record, for patience."""

import gzip
from collections.abc import Callable
from pathlib import Path

from tests.hostile.entry import Entry, FileRefused, Loaded, Reject, content
from tests.hostile.shapes import HEADER, ONE, THREE, TWO
from tests.unit.contract.build import column

MEGABYTE = 1024 * 1024
LONG_CELL = "x" * (10 * 1000 * 1000)
TOO_LONG = "longer than 16777216 bytes"
MANY = 100_000
WIDE = 100_000


def _pieces(*pieces: tuple[str, int]) -> Callable[[Path], object]:
    """Return a builder that writes each text as often as said, without holding the file in memory."""

    def build(inbox: Path) -> None:
        with (inbox / "a.csv").open("w") as file:
            for text, count in pieces:
                for _ in range(count):
                    file.write(text)

    return build


def _compressed(piece: bytes, count: int) -> Callable[[Path], object]:
    """Return a builder of a gzip file: the header, then a piece as often as said."""

    def build(inbox: Path) -> None:
        with gzip.open(inbox / "a.csv.gz", "wb") as file:
            file.write(HEADER.encode())
            for _ in range(count):
                file.write(piece)

    return build


def _wide_text() -> str:
    names = ",".join(["id", "name", "amount", *(f"c{number}" for number in range(WIDE - 3))])
    row = ",".join(["one", "1", *("0" for _ in range(WIDE - 3))])
    return f"{names}\n1,{row}\n"


def _all_wanted() -> Entry:
    """Return an entry of two thousand columns, every one of which is loaded."""
    names = [f"c{number}" for number in range(2000)]
    text = ",".join(names) + "\n" + ",".join("5" for _ in names) + "\n"
    columns = tuple(column(name, "long") for name in names)
    return Entry(
        "many-columns",
        "Two thousand columns.",
        content(text),
        Loaded(((5,) * 2000,)),
        columns=columns,
        rules=(),
        is_heavy=True,
    )


def _heavy(name: str, description: str, build: Callable[[Path], object], outcome: object, **changes: object) -> Entry:
    return Entry(name, description, build, outcome, is_heavy=True, **changes)


SIZES = (
    _heavy(
        "large-cell",
        "A cell of 10 MB.",
        _pieces((HEADER + "1,one,1\n2,", 1), (LONG_CELL, 1), (",2\n", 1)),
        Loaded((ONE, (2, LONG_CELL, 2.0))),
    ),
    _heavy(
        "large-quoted-cell",
        "A quoted cell of 10 MB in many lines.",
        _pieces((HEADER + '2,"', 1), ("line\n", 2_000_000), ('",2\n1,one,1\n', 1)),
        Loaded(((2, "line\n" * 2_000_000, 2.0), ONE)),
    ),
    _heavy(
        "record-too-large",
        "A record larger than the limit of 16 MiB.",
        _pieces((HEADER + "1,one,1\n9,", 1), ("x" * MEGABYTE, 17), (",9\n2,two,2\n", 1)),
        Loaded((ONE, TWO), (Reject(3, TOO_LONG),)),
    ),
    _heavy(
        "line-without-end",
        "100 MB without a line end after the header.",
        _pieces((HEADER, 1), ("x" * MEGABYTE, 100)),
        Loaded((), (Reject(2, TOO_LONG),)),
    ),
    _heavy(
        "header-without-end",
        "A header that does not end within the limit of a record.",
        _pieces(("x" * MEGABYTE, 40)),
        FileRefused("has no header line that ends"),
    ),
    _heavy(
        "open-quote-over-the-limit",
        "20 MB behind a quote that is never closed are not swallowed.",
        _pieces((HEADER + '9,"nine,9\n', 1), ("1,one,1." + "1" * 58 + "\n", 300_000)),
        Loaded(((1, "one", float("1." + "1" * 58)),) * 300_000, (Reject(2, "quote opened here is never closed"),)),
    ),
    _heavy(
        "quote-storm",
        "A million quotes in one row are the doubled quotes of one cell.",
        _pieces((HEADER + '1,"', 1), ('""', 499_999), ('",1\n2,two,2\n', 1)),
        Loaded(((1, '"' * 499_999, 1.0), TWO)),
    ),
    _heavy(
        "odd-quote-storm",
        "A million quotes and one more: the quote is never closed, and costs its line.",
        _pieces((HEADER + "1,", 1), ('"', 1_000_001), (",1\n2,two,2\n", 1)),
        Loaded((TWO,), (Reject(2, "quote opened here is never closed"),)),
    ),
    _heavy(
        "columns-nobody-wants",
        "100,000 columns of which the contract names three.",
        content(_wide_text()),
        FileRefused("columns not in the contract: 'c0', 'c1'"),
    ),
    _heavy(
        "columns-left-out",
        "The same where `target.mode` is `relaxed`.",
        content(_wide_text()),
        Loaded((ONE,)),
        drops_unknown=True,
    ),
    _heavy(
        "columns-of-another-file",
        "100,000 columns of which the contract names none; among so many the nearest names are not looked for.",
        content(_wide_text().replace("id,name,amount", "a,b,c", 1)),
        FileRefused("lacks columns of the contract: 'id'; 'name'; 'amount'"),
    ),
    _heavy(
        "columns-named-twice",
        "100,000 names, each twice; the message names the first of them.",
        content(",".join(f"c{number},c{number}" for number in range(WIDE)) + "\n"),
        FileRefused("the header names more than one column 'c0', 'c1'"),
    ),
    _all_wanted(),
    _heavy(
        "many-rows",
        "Very many rows, of which the one in the middle is bad.",
        _pieces((HEADER, 1), ("1,one,1\n", MANY), ("bad\n", 1), ("3,three,3\n", MANY)),
        Loaded(((ONE,) * MANY) + ((THREE,) * MANY), (Reject(MANY + 2, "has 1 field, the header has 3"),)),
    ),
    _heavy(
        "all-rows-bad",
        "Very many rows, all of them bad.",
        _pieces((HEADER, 1), ("bad\n", 20_000)),
        Loaded((), tuple(Reject(number + 2, "has 1 field") for number in range(20_000))),
    ),
    _heavy(
        "gzip-bomb",
        "A gzip file that grows by more than 200 times.",
        _compressed(b"1,one,1\n" * (MEGABYTE // 8), 80),
        FileRefused("more than 200 times"),
    ),
    _heavy(
        "gzip-of-one-line",
        "A gzip file of one line of 60 MB.",
        _compressed(b"x" * MEGABYTE, 60),
        Loaded((), (Reject(2, TOO_LONG, file="in/a.csv.gz"),)),
    ),
)
