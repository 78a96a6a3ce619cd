"""Parquet files that are broken, or hold what a table cannot."""

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.hostile.outcomes import Delivery, Loaded, Outcome, Refused, Rejected

GOOD = {"id": pa.array([1, 2]), "name": pa.array(["a", "b"]), "amount": pa.array([1.5, 2.5])}


def columns(name: str, is_about: str, content: Mapping[str, pa.Array], outcome: Outcome) -> Delivery:
    """Return a delivery of one file `a.parquet` with these columns."""
    return spoilt(name, is_about, content, lambda data: data, outcome)


def spoilt(name: str, is_about: str, content: Mapping[str, pa.Array], spoil: object, outcome: Outcome) -> Delivery:
    """Return a delivery of a file whose bytes `spoil` changes."""

    def write(folder: Path) -> None:
        sink = pa.BufferOutputStream()
        pq.write_table(pa.table(dict(content)), sink, write_page_checksum=True)
        assert callable(spoil)
        (folder / "a.parquet").write_bytes(spoil(sink.getvalue().to_pybytes()))

    return Delivery(f"Parquet: {name}", is_about, write, outcome, source="parquet")


def _typed(**others: pa.Array) -> dict[str, pa.Array]:
    return {**GOOD, **others}


DELIVERIES = (
    columns("as it should be", "two rows", GOOD, Loaded(2)),
    columns("no rows", "a schema and nothing else", {key: each[:0] for key, each in GOOD.items()}, Loaded(0)),
    spoilt("empty file", "no byte at all", GOOD, lambda data: b"", Refused("Parquet")),
    spoilt("cut off", "the footer is missing", GOOD, lambda data: data[:-20], Refused("Parquet")),
    spoilt("text", "a text file under another name", GOOD, lambda data: b"id,name\n1,a\n" * 10, Refused("Parquet")),
    spoilt(
        "wrong checksum",
        "a byte of a page is another",
        GOOD,
        lambda data: data[:40] + bytes([data[40] ^ 255]) + data[41:],
        Refused(""),
    ),
    columns(
        "missing column",
        "a column of the contract is not there",
        {"id": GOOD["id"], "name": GOOD["name"]},
        Refused("'amount'"),
    ),
    columns("unknown column", "a column the contract does not name", _typed(secret=GOOD["id"]), Refused("secret")),
    columns(
        "other number types",
        "smaller integers and floats, exactly",
        _typed(id=GOOD["id"].cast(pa.uint8()), amount=GOOD["amount"].cast(pa.float32())),
        Loaded(2),
    ),
    columns(
        "beyond a long",
        "an unsigned integer too large",
        _typed(id=pa.array([1, 2**64 - 1], pa.uint64())),
        Rejected(1, ((2, "id"),)),
    ),
    columns(
        "numbers as text",
        "text that is read like a cell",
        _typed(id=pa.array(["1", "x"])),
        Rejected(1, ((2, "'x' is not an integer"),)),
    ),
    columns("dictionary", "text by reference", _typed(name=GOOD["name"].dictionary_encode()), Loaded(2)),
    columns("fractions", "a float that is no integer", _typed(id=pa.array([1.0, 1.5])), Rejected(1, ((2, "id"),))),
    columns(
        "required and null", "a null key", _typed(id=pa.array([None, 2])), Rejected(1, ((1, "id: value is required"),))
    ),
)
