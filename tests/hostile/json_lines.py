"""JSON lines that are broken in themselves."""

from pathlib import Path

from tests.hostile.outcomes import Delivery, Loaded, Outcome, Refused, Rejected

GOOD = b'{"id": 1, "name": "a", "amount": 1.5}\n'
MEGABYTE = 1024 * 1024


def lines(name: str, is_about: str, content: bytes, outcome: Outcome) -> Delivery:
    """Return a delivery of one file `a.jsonl`."""
    return Delivery(f"JSON: {name}", is_about, lambda folder: _write(folder, content), outcome, source="jsonl")


def _write(folder: Path, content: bytes) -> None:
    (folder / "a.jsonl").write_bytes(content)


DELIVERIES = (
    lines("empty file", "no byte at all", b"", Loaded(0)),
    lines("blank lines", "lines without anything are no rows", GOOD + b"\n\r\n" + GOOD, Loaded(2)),
    lines("no line end at the end", "the last row just stops", GOOD + GOOD[:-1], Loaded(2)),
    lines("cut off", "the last object never ends", GOOD + GOOD[:20], Rejected(1, ((2, ""),))),
    lines("garbage line", "a line that is no JSON", GOOD + b"not json\n" + GOOD, Rejected(2, ((2, ""),))),
    lines("text behind an object", "two objects on one line", GOOD[:-1] + GOOD + GOOD, Rejected(1, ((1, ""),))),
    lines("array on top", "a list where an object is expected", b"[1, 2]\n" + GOOD, Rejected(1, ((1, ""),))),
    lines("doubled key", "the same key twice", b'{"id": 1, "id": 2}\n' + GOOD, Rejected(1, ((1, "id"),))),
    lines(
        "missing key",
        "the required key is not there",
        b'{"name": "a"}\n' + GOOD,
        Rejected(1, ((1, "id: value is required"),)),
    ),
    lines("number as text", "a text that is a number", b'{"id": "7", "name": "a", "amount": "1.5"}\n', Loaded(1)),
    lines("NaN", "no JSON, though Python writes it", b'{"id": 1, "amount": NaN}\n' + GOOD, Rejected(1, ((1, ""),))),
    lines(
        "beyond 64 bits",
        "digits that a double would round",
        b'{"id": 9223372036854775808}\n' + GOOD,
        Rejected(1, ((1, "id"),)),
    ),
    lines(
        "deep nesting",
        "a thousand lists in each other",
        b'{"id": ' + b"[" * 1_000 + b"]" * 1_000 + b"}\n" + GOOD,
        Rejected(1, ((1, ""),)),
    ),
    lines(
        "broken UTF-8",
        "one byte spoils its row only",
        b'{"id": 1, "name": "caf\xe9"}\n' + GOOD,
        Rejected(1, ((1, ""),)),
    ),
    lines(
        "half of a pair",
        "an escaped surrogate alone",
        b'{"id": 1, "name": "\\ud800"}\n' + GOOD,
        Rejected(1, ((1, ""),)),
    ),
    lines("unknown key", "a key the contract does not name", b'{"id": 1, "secret": true}\n', Refused("secret")),
    lines("byte order mark", "a mark before the first object", b"\xef\xbb\xbf" + GOOD, Loaded(1)),
    lines(
        "a line over the limit",
        "more than 16 MiB",
        b'{"id": 1, "name": "' + b"x" * 17 * MEGABYTE + b'"}\n' + GOOD,
        Rejected(1, ((1, "longer than"),)),
    ),
)
