"""Delimited text that is broken in itself. Columns: id (long, required), name (string), amount (double, at least 0)."""

from pathlib import Path

from tests.hostile.outcomes import Delivery, Loaded, Outcome, Refused, Rejected

HEADER = b"id,name,amount\n"
GOOD = b"1,a,1.5\n"
MEGABYTE = 1024 * 1024


def text(name: str, is_about: str, content: bytes, outcome: Outcome, **options: object) -> Delivery:
    """Return a delivery of one file `a.csv`."""
    return Delivery(name, is_about, lambda folder: _write(folder, content), outcome, options=options)


def _write(folder: Path, content: bytes) -> None:
    (folder / "a.csv").write_bytes(content)


def _rows(*lines: bytes) -> bytes:
    return HEADER + b"".join(line + b"\n" for line in lines)


SHAPES = (
    text("empty file", "no byte at all", b"", Refused("no header line")),
    text("header only", "a header and no row", HEADER, Loaded(0)),
    text("header without its line end", "the file ends inside the header", HEADER[:-1], Loaded(0)),
    text("blank lines only", "nothing but line ends", b"\n\n\n", Refused("no header line")),
    text(
        "blank lines between rows", "lines without anything are no rows", _rows(b"", b"1,a,1", b"", b"2,b,2"), Loaded(2)
    ),
    text("no line end at the end", "the last row just stops", _rows(b"1,a,1") + b"2,b,2", Loaded(2)),
    text(
        "short row",
        "a row with a field too few",
        _rows(b"1,a,1", b"2,b", b"3,c,3"),
        Rejected(2, ((3, "has 2 fields"),)),
    ),
    text("long row", "a row with a field too many", _rows(b"1,a,1,x", b"2,b,2"), Rejected(1, ((2, "has 4 fields"),))),
    text(
        "delimiters only",
        "a row of nothing but commas",
        _rows(b",,", b"2,b,2"),
        Rejected(1, ((2, "id: value is required"),)),
    ),
    text(
        "trailing delimiters",
        "every line ends with a comma",
        b"id,name,amount,\n1,a,1,\n",
        Refused("columns not in the contract"),
    ),
    text("duplicate header", "two columns of one name", b"id,id,amount\n1,1,1\n", Refused("more than one column 'id'")),
    text("header in capitals", "the names differ in case", b"ID,NAME,AMOUNT\n1,a,1\n", Refused("did you mean 'ID'")),
    text(
        "missing column",
        "the header lacks a column of the contract",
        b"id,name\n1,a\n",
        Refused("lacks columns of the contract: 'amount'"),
    ),
    text(
        "unknown column",
        "a column the contract does not name",
        b"id,name,amount,secret\n1,a,1,x\n",
        Refused("columns not in the contract: 'secret'"),
    ),
    text("no header", "the first line is a row", b"1,a,5\n2,b,2\n", Refused("lacks columns of the contract")),
    text(
        "another delimiter",
        "tabs where commas are expected",
        b"id\tname\tamount\n1\ta\t1\n",
        Refused("lacks columns of the contract"),
    ),
    text("CR line ends", "lines end with a lone carriage return", b"id,name,amount\r1,a,1\r2,b,2\r", Loaded(2)),
    text("mixed line ends", "LF, CRLF and CR in one file", b"id,name,amount\r\n1,a,1\n2,b,2\r3,c,3\r\n", Loaded(3)),
    text(
        "CRLF over a block edge",
        "a line end that is cut by every block",
        b"id,name,amount\r\n" + b"1,a,1.55\r\n" * 2_000,
        Loaded(2_000),
        block_size_bytes=4_096,
    ),
    text(
        "100,000 columns",
        "a header wider than any table",
        b",".join(b"c%d" % n for n in range(100_000)) + b"\n",
        Refused("lacks columns of the contract"),
    ),
    text(
        "bad row in the middle of many",
        "one bad cell among 200,000 rows",
        HEADER + GOOD * 100_000 + b"x,a,1\n" + GOOD * 100_000,
        Rejected(200_000, ((100_002, "'x' is not an integer"),)),
    ),
)

QUOTES = (
    text(
        "open quote at the end",
        "the last field never closes",
        _rows(b"1,a,1", b'2,"b,2'),
        Rejected(1, ((3, "never closed"),)),
    ),
    text(
        "open quote in the middle",
        "rows behind it are not swallowed",
        _rows(b'1,"a,1', b"2,b,2", b"3,c,3"),
        Rejected(2, ((2, "never closed"),)),
    ),
    text("open quote in the header", "the header never ends", b'id,"name,amount\n1,a,1\n', Refused("no header line")),
    text("quote inside a field", "a quote that is not its first character is text", _rows(b'1,a"b,1'), Loaded(1)),
    text(
        "text behind a quote",
        "a closing quote that is followed by text",
        _rows(b'1,"a"b,1', b"2,b,2"),
        Rejected(1, ((2, "follows the closing quote"),)),
    ),
    text(
        "doubled quotes",
        "quotes within quotes, line ends and delimiters too",
        _rows(b'1,"say ""hi"",\r\nnow",1'),
        Loaded(1),
    ),
    text(
        "a field over many lines",
        "true line numbers behind a field of 1,000 lines",
        _rows(b'1,"' + b"x\n" * 1_000 + b'",1', b"x,b,2"),
        Rejected(1, ((1_003, "'x' is not an integer"),)),
    ),
    text("quote storm", "100,000 quotes in a row", _rows(b"1," + b'"' * 100_000 + b",1", b"2,b,2"), Loaded(2)),
    text(
        "odd quote storm",
        "100,001 quotes in a row",
        _rows(b"1," + b'"' * 100_001 + b",1", b"2,b,2"),
        Rejected(1, ((2, "never closed"),)),
    ),
)

CHARACTERS = (
    text("byte order mark", "a mark before the header", b"\xef\xbb\xbf" + _rows(b"1,a,1"), Loaded(1)),
    text("byte order mark only", "a mark and nothing else", b"\xef\xbb\xbf", Refused("no header line")),
    text("byte order mark inside", "a mark in the middle is a character", _rows("1,\ufeffa,1".encode()), Loaded(1)),
    text(
        "UTF-16 as UTF-8",
        "a file in UTF-16 that is read as UTF-8",
        "id,name,amount\n1,a,1\n".encode("utf-16"),
        Refused("UTF-16"),
    ),
    text(
        "UTF-16",
        "the same, said to be UTF-16",
        "id,name,amount\n1,ä,1\n".encode("utf-16"),
        Loaded(1),
        encoding="utf-16",
    ),
    text(
        "UTF-16, big end first",
        "the other byte order, told by its mark",
        b"\xfe\xff" + "id,name,amount\n1,ä,1\n".encode("utf-16-be"),
        Loaded(1),
        encoding="utf-16",
    ),
    text(
        "latin-1 as UTF-8",
        "one byte that is no UTF-8 spoils its row only",
        _rows(b"1,caf\xe9,1", b"2,b,2"),
        Rejected(1, ((2, "0xe9"),)),
    ),
    text("latin-1", "the same, said to be latin-1", _rows(b"1,caf\xe9,1"), Loaded(1), encoding="latin-1"),
    text(
        "undefined in cp1252",
        "a byte the encoding does not define",
        _rows(b"1,a\x81,1", b"2,b,2"),
        Rejected(1, ((2, "is not valid cp1252"),)),
        encoding="cp1252",
    ),
    text("overlong UTF-8", "a slash in two bytes", _rows(b"1,\xc0\xaf,1", b"2,b,2"), Rejected(1, ((2, "0xc0"),))),
    text("surrogate in UTF-8", "half of a pair", _rows(b"1,\xed\xa0\x80,1", b"2,b,2"), Rejected(1, ((2, "0xed"),))),
    text("NUL in a cell", "a NUL byte", _rows(b"1,a\x00b,1", b"2,b,2"), Rejected(1, ((2, "NUL"),))),
    text("NUL bytes only", "100 kB of NUL", b"\x00" * 100_000, Refused("header")),
    text("control characters", "escape sequences are text", _rows(b"1,\x1b[31mred,1"), Loaded(1)),
    text("formula cells", "what a spreadsheet would run is text", _rows(b"1,=cmd|' /C calc'!A0,1"), Loaded(1)),
)

VALUES = (
    text(
        "numbers of other kinds",
        "hexadecimal, underscores, thousands, letters",
        _rows(b"0x1F,a,1", b"1_000,a,1", b'"1,000",a,1', b"1e3,a,1", b"5,a,1"),
        Rejected(1, ((2, "'0x1F'"), (3, "'1_000'"), (4, "'1,000'"), (5, "'1e3'"))),
    ),
    text(
        "Arabic digits", "digits that are not ASCII", _rows("١٢,a,1".encode()), Rejected(0, ((2, "is not an integer"),))
    ),
    text(
        "beyond 64 bits",
        "one more than a long can hold",
        _rows(b"9223372036854775807,a,1", b"9223372036854775808,a,1"),
        Rejected(1, ((3, "is not an integer"),)),
    ),
    text(
        "fractions",
        "1.0 is whole, 1.5 is not",
        _rows(b"1.0,a,1", b"1.5,a,1"),
        Rejected(1, ((3, "'1.5' is not an integer"),)),
    ),
    text("leading zeros and signs", "007 and +7 are 7", _rows(b"007,a,1", b"+7,a,1"), Loaded(2)),
    text(
        "infinite by overflow",
        "1e400 is no double",
        _rows(b"1,a,1e400", b"2,a,1e308"),
        Rejected(1, ((2, "'1e400' is not a number"),)),
    ),
    text("not a number", "NaN satisfies no bound", _rows(b"1,a,NaN"), Rejected(0, ((2, "amount"),))),
    text("negative zero", "-0 is not below 0", _rows(b"1,a,-0"), Loaded(1)),
    text(
        "below the minimum",
        "a rule of the contract",
        _rows(b"1,a,-1", b"2,a,1"),
        Rejected(1, ((2, "'-1' is less than 0"),)),
    ),
    text(
        "null spellings", "NULL and None are null, nil is text", _rows(b"1,NULL,1", b"2,None,", b"3,nil,3"), Loaded(3)
    ),
    text(
        "quoted null",
        "a quoted empty field is text, not null",
        _rows(b'1,"",1', b'"",a,1'),
        Rejected(1, ((3, "'' is not an integer"),)),
    ),
    text("blanks around numbers", "spaces and tabs do not count", _rows(b" 1 ,a,\t1.5"), Loaded(1)),
)

SIZES = (
    text("a cell of 10 MB", "as large as a picture", _rows(b"1," + b"x" * 10 * MEGABYTE + b",1", b"2,b,2"), Loaded(2)),
    text(
        "a row over the limit",
        "more than 16 MiB in one row",
        _rows(b"1," + b"x" * 17 * MEGABYTE + b",1", b"2,b,2"),
        Rejected(1, ((2, "longer than"),)),
    ),
    text(
        "a line without end", "40 MB and no line end", HEADER + b"x" * 40 * MEGABYTE, Rejected(0, ((2, "longer than"),))
    ),
    text(
        "an open quote over the limit",
        "20 MB behind an open quote are not swallowed",
        _rows(b'1,"a,1') + GOOD * (20 * MEGABYTE // len(GOOD)),
        Rejected(20 * MEGABYTE // len(GOOD), ((2, "never closed"),)),
    ),
)

DELIVERIES = (*SHAPES, *QUOTES, *CHARACTERS, *VALUES, *SIZES)
