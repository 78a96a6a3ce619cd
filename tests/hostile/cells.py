"""Cells that look like a value, or like none."""

from datetime import date, datetime, time
from decimal import Decimal

from tests.hostile.entry import Entry, Loaded, Reject, Row, content
from tests.unit.contract.build import column

WORDS = ("NULL", "null", "None", "NA", "N/A", "nan", "-", "\\N", "Null", "NONE", " ", "#N/A", "undefined")
FORMULAS = (
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    '=HYPERLINK("http://x")',
    "\t=1",
    "<script>",
    "'; DROP TABLE x; --",
)


def _cells(
    name: str, description: str, type_text: str, good: dict[str, object], bad: tuple[str, ...], why: str
) -> Entry:
    """Return an entry of one typed column: the texts that are values with their values, then those that are none."""
    texts = (*good, *bad)
    text = "n,x\n" + "".join(f'{number},"{cell}"\n' for number, cell in enumerate(texts))
    rows: tuple[Row, ...] = tuple((number, value) for number, value in enumerate(good.values()))
    first_bad = 2 + len(good)
    rejects = tuple(Reject(first_bad + number, why, "contract__types") for number in range(len(bad)))
    columns = (column("n", "long"), column("x", type_text))
    return Entry(name, description, content(text), Loaded(rows, rejects), columns=columns, rules=())


def _texts(name: str, description: str, cells: tuple[str, ...], nulls: tuple[str, ...] = ()) -> Entry:
    text = "n,x\n" + "".join(f"{number},{cell}\n" for number, cell in enumerate(cells))
    rows: tuple[Row, ...] = tuple((number, None if cell in nulls else cell) for number, cell in enumerate(cells))
    columns = (column("n", "long"), column("x"))
    return Entry(name, description, content(text), Loaded(rows), columns=columns, rules=(), options={"quote_char": ""})


NOT_LONG, NOT_INT = "is not an integer (long)", "is not an integer (int)"
NOT_DOUBLE, NOT_DECIMAL = "is not a number (double)", "is not a decimal(5,2)"
INT64_MAX, INT64_MIN = 2**63 - 1, -(2**63)

CELLS = (
    _texts("cells-that-look-like-null", "Only the texts of `null_values` mean null, exactly so.", WORDS, WORDS[:3]),
    _texts("formulas", "Formulas of spreadsheets, markup and SQL are text and stay as they are.", FORMULAS),
    _cells(
        "integers",
        "Signs, leading zeros, blanks around them and a fraction of zeros are fine; hexadecimal, underscores, "
        "thousands separators, other scripts' digits, exponents and fractions are not.",
        "long",
        {"-0": 0, "+7": 7, "00501": 501, " 42 ": 42, "1.0": 1, "12.": 12},
        (
            "0x1F",
            "1_000",
            "1,000",
            "1 000",
            "1'000",
            "١٢٣",
            "\uff11\uff12",
            "1e3",
            "1.5",
            "--1",
            "1-",
            "",
            " ",
            "NaN",
            "²",
            "0b1",
        ),
        NOT_LONG,
    ),
    _cells(
        "integers-beyond-64-bits",
        "The least and the greatest 64-bit integer fit, one more does not; nothing wraps around.",
        "long",
        {str(INT64_MAX): INT64_MAX, str(INT64_MIN): INT64_MIN, "0" * 40 + "1": 1},
        (str(INT64_MAX + 1), str(INT64_MIN - 1), str(2**64), str(2**64 + 1), "9" * 400),
        NOT_LONG,
    ),
    _cells(
        "integers-beyond-32-bits",
        "The same for 32 bits.",
        "int",
        {"2147483647": 2**31 - 1, "-2147483648": -(2**31)},
        ("2147483648", "-2147483649", "4294967296", "4294967295"),
        NOT_INT,
    ),
    _cells(
        "floats",
        "`NaN` and infinities are kept when written as such; numbers beyond the range are refused, never made infinite.",
        "double",
        {"-0": 0.0, "1e5": 1e5, ".5": 0.5, "5.": 5.0, "inf": float("inf"), "-Infinity": float("-inf"), "1e-400": 0.0},
        ("1e400", "-1e400", "1,5", "1.5.5", "0x1p3", "1_0.0", "1e", "e5", "٣.١٤", "$5", "5%", "1.5f", "nan(1)", ""),
        NOT_DOUBLE,
    ),
    Entry(
        "nan-under-a-minimum",
        "NaN satisfies no bound.",
        content("id,name,amount\n1,one,NaN\n2,two,-0\n"),
        Loaded(((2, "two", 0.0),), (Reject(2, "amount: 'NaN'", "amount__minimum"),)),
    ),
    _cells(
        "decimals",
        "Every digit counts: one beyond scale or precision rejects the row, zeros there do not.",
        "decimal(5,2)",
        {"123.45": Decimal("123.45"), "-0.01": Decimal("-0.01"), "1.500": Decimal("1.50"), "1e2": Decimal("100.00")},
        ("1.005", "1234.5", "1000", "1e3", "1,5", "NaN", "inf", "0x1", "1e999999999", "9" * 400, "1e-400", ""),
        NOT_DECIMAL,
    ),
    _cells(
        "dates",
        "Only days of the calendar, from year 1 to 9999, written `YYYY-MM-DD`.",
        "date",
        {
            "2024-02-29": date(2024, 2, 29),
            "0001-01-01": date.min,
            "9999-12-31": date.max,
            "2000-02-29": date(2000, 2, 29),
        },
        (
            "2023-02-29",
            "1900-02-29",
            "2024-13-01",
            "2024-00-10",
            "2024-04-31",
            "0000-01-01",
            "10000-01-01",
            "-0001-01-01",
            "2024-1-1",
            "01.02.2024",
            "02/01/2024",
            "20240201",
            "2024-02-01T00:00",
            "today",
            "1706745600",
            "",
        ),
        "is not a date (YYYY-MM-DD)",
    ),
    _cells(
        "times",
        "Hours to 23, minutes and seconds to 59; no `24:00`, no leap second, no zone.",
        "time",
        {"00:00": time(0, 0), "23:59:59.999999": time(23, 59, 59, 999999), "12:30:00.5": time(12, 30, 0, 500000)},
        (
            "24:00",
            "24:00:00",
            "23:60",
            "23:59:60",
            "1:30",
            "12:30 PM",
            "12:30:00Z",
            "12.30",
            "-01:00",
            "12:30:00.1234567",
        ),
        "is not a time (HH:MM:SS)",
    ),
    _cells(
        "timestamps",
        "A timestamp without zone refuses an offset; one that does not exist is refused.",
        "timestamp",
        {
            "2024-02-29T12:00:00": datetime(2024, 2, 29, 12),
            "2024-02-29 12:00": datetime(2024, 2, 29, 12),
            "2024-02-29": datetime(2024, 2, 29),
            "9999-12-31T23:59:59.999999": datetime.max,
        },
        (
            "2023-02-29T12:00:00",
            "2024-02-29T24:00:00",
            "2024-02-29T12:00:60",
            "2024-02-29T12:00:00Z",
            "0000-01-01T00:00:00",
            "2024-02-29T12:00:00+02:00",
            "10000-01-01T00:00:00",
            "1709208000",
            "2024-02-29T12:00:00.1234567",
            "now",
        ),
        "is not a timestamp without offset",
    ),
    _cells(
        "booleans",
        "The usual spellings in any case, and no other.",
        "boolean",
        {
            **dict.fromkeys(("true", "TRUE", "True", "1", "yes", "Y", "on", "t", " true "), True),
            **dict.fromkeys(("false", "FALSE", "0", "no", "N", "off", "F"), False),
        },
        ("2", "-1", "wahr", "oui", "ja", "enabled", "truee", "1.0", "tru", "✓", ""),
        "is not a boolean",
    ),
    _cells(
        "uuids",
        "Thirty-two hexadecimal digits, with hyphens in the usual places or none.",
        "uuid",
        {},
        (
            "not-a-uuid",
            "123e4567-e89b-12d3-a456-42661417400",
            "{123e4567-e89b-12d3-a456-426614174000}",
            "0x" + "0" * 30,
        ),
        "is not a uuid",
    ),
    _cells(
        "bytes",
        "Pairs of hexadecimal digits.",
        "binary",
        {"0xff": b"\xff", "00ff": b"\0\xff", "": b""},
        ("f", "0xgg"),
        "is not binary",
    ),
)
