"""Parquet files that are broken, or hold what a table cannot."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.hostile.entry import Entry, FileRefused, Loaded, Outcome, Reject

FILE = "a.parquet"
GOOD = {"id": pa.array([1, 2]), "name": pa.array(["a", "b"]), "amount": pa.array([1.5, 2.5])}
ONE, TWO = (1, "a", 1.5), (2, "b", 2.5)
NOT_PARQUET = FileRefused("Parquet")


def _columns(name: str, description: str, columns: Mapping[str, pa.Array], outcome: Outcome) -> Entry:
    return _spoilt(name, description, columns, lambda data: data, outcome)


def _spoilt(
    name: str, description: str, columns: Mapping[str, pa.Array], spoil: Callable[[bytes], bytes], outcome: Outcome
) -> Entry:
    """Return an entry of a file whose bytes `spoil` changes."""

    def build(inbox: Path) -> None:
        sink = pa.BufferOutputStream()
        pq.write_table(pa.table(dict(columns)), sink, write_page_checksum=True)
        (inbox / FILE).write_bytes(spoil(sink.getvalue().to_pybytes()))

    return Entry(f"parquet-{name}", description, build, outcome, source_type="parquet")


def _rejected(line: int, reason: str, rule: str = "contract__types") -> tuple[Reject, ...]:
    return (Reject(line, reason, rule, f"in/{FILE}"),)


PARQUET_FILES = (
    _columns("as-it-should-be", "Two rows.", GOOD, Loaded((ONE, TWO))),
    _columns("no-rows", "A schema and no row.", {key: each[:0] for key, each in GOOD.items()}, Loaded(())),
    _spoilt("empty-file", "A file of no bytes.", GOOD, lambda data: b"", NOT_PARQUET),
    _spoilt("cut-off", "A file without its footer.", GOOD, lambda data: data[:-20], NOT_PARQUET),
    _spoilt("only-its-end", "A file without its beginning.", GOOD, lambda data: data[-30:], NOT_PARQUET),
    _spoilt("text", "A text file under another name.", GOOD, lambda data: b"id,name\n1,a\n" * 10, NOT_PARQUET),
    _spoilt(
        "footer-of-zeros",
        "A footer that is overwritten.",
        GOOD,
        lambda data: data[:-300] + bytes(292) + data[-8:],
        NOT_PARQUET,
    ),
    _spoilt(
        "footer-that-lies",
        "A footer said to be larger than the file.",
        GOOD,
        lambda data: data[:-8] + b"\xff\xff\xff\x7f" + data[-4:],
        NOT_PARQUET,
    ),
    _spoilt(
        "wrong-checksum",
        "A byte of a page is another.",
        GOOD,
        lambda data: data[:40] + bytes([data[40] ^ 255]) + data[41:],
        FileRefused("in/a.parquet"),
    ),
    _columns(
        "missing-column",
        "A column of the contract is not there.",
        {"id": GOOD["id"], "name": GOOD["name"]},
        FileRefused("'amount'"),
    ),
    _columns(
        "unknown-column",
        "A column the contract does not name.",
        {**GOOD, "secret": GOOD["id"]},
        FileRefused("columns not in the contract: 'secret'"),
    ),
    _columns(
        "other-number-types",
        "Smaller integers and floats are converted exactly.",
        {**GOOD, "id": GOOD["id"].cast(pa.uint8()), "amount": GOOD["amount"].cast(pa.float32())},
        Loaded((ONE, TWO)),
    ),
    _columns(
        "dictionary", "Text by reference.", {**GOOD, "name": GOOD["name"].dictionary_encode()}, Loaded((ONE, TWO))
    ),
    _columns(
        "beyond-a-long",
        "An unsigned integer too large.",
        {**GOOD, "id": pa.array([1, 2**64 - 1], pa.uint64())},
        Loaded((ONE,), _rejected(2, "'18446744073709551615' (uint64) is not an integer")),
    ),
    _columns(
        "numbers-as-text",
        "Text is read like a cell.",
        {**GOOD, "id": pa.array(["1", "x"])},
        Loaded((ONE,), _rejected(2, "'x' is not an integer")),
    ),
    _columns(
        "fractions",
        "A float that is no integer.",
        {**GOOD, "id": pa.array([1.0, 1.5])},
        Loaded((ONE,), _rejected(2, "'1.5' (double) is not an integer")),
    ),
    _columns(
        "required-and-null",
        "A required value is null.",
        {**GOOD, "id": pa.array([None, 2])},
        Loaded((TWO,), _rejected(1, "id: value is required", "id__required")),
    ),
    _columns(
        "timestamps-for-numbers",
        "A column of another kind than the contract's.",
        {**GOOD, "amount": pa.array([0, 1], pa.timestamp("us"))},
        Loaded((), (*_rejected(1, "is not a number (double)"), *_rejected(2, "is not a number (double)"))),
    ),
)
