"""JSON lines that are broken in themselves."""

import json

from tests.hostile.entry import Entry, FileRefused, Loaded, Outcome, Reject, content

FILE = "a.jsonl"
LINE = b'{"id": 1, "name": "a", "amount": 1.5}\n'
ROW = (1, "a", 1.5)


def _lines(name: str, description: str, data: bytes, outcome: Outcome) -> Entry:
    return Entry(f"json-{name}", description, content(data, FILE), outcome, source_type="jsonl")


def _spoilt(name: str, description: str, line: bytes, reason: str, rule: str = "row") -> Entry:
    """Return an entry of which the line in the middle is rejected, and the lines around it land."""
    rejects = (Reject(2, reason, rule, f"in/{FILE}"),)
    return _lines(name, description, LINE + line + b"\n" + LINE, Loaded((ROW, ROW), rejects))


JSON_LINES = (
    _lines("empty-file", "A file of no bytes has no rows.", b"", Loaded(())),
    _lines("blank-lines", "Lines without anything are no rows.", LINE + b"\n\r\n" + LINE, Loaded((ROW, ROW))),
    _lines("no-last-line-end", "No line end after the last object.", LINE + LINE[:-1], Loaded((ROW, ROW))),
    _lines("byte-order-mark", "A byte order mark before the first object.", b"\xef\xbb\xbf" + LINE, Loaded((ROW,))),
    _lines(
        "cut-off",
        "The last object never ends.",
        LINE + LINE[:20],
        Loaded((ROW,), (Reject(2, "is not JSON", file=f"in/{FILE}"),)),
    ),
    _spoilt("garbage", "A line that is no JSON.", b"not json", "is not JSON"),
    _spoilt("two-objects-on-a-line", "Text after an object.", LINE[:-1] + LINE[:-1], "is not JSON: Extra data"),
    _spoilt("array", "A list where an object is expected.", b"[1, 2]", "is a list, not an object"),
    _spoilt("scalar", "A number where an object is expected.", b"42", "is a number, not an object"),
    _spoilt("python-literal", "Single quotes, as Python writes a dict.", b"{'id': 1}", "is not JSON"),
    _spoilt("doubled-key", "A key that is there twice.", b'{"id": 1, "id": 2}', "has the key 'id' twice"),
    _spoilt(
        "nan", "NaN is no JSON, though Python writes it.", b'{"id": 1, "amount": NaN}', "is not JSON: NaN is no number"
    ),
    _spoilt("hexadecimal", "Hexadecimal numbers are no JSON.", b'{"id": 0x1}', "is not JSON"),
    _spoilt(
        "deep-nesting",
        "A thousand lists in each other.",
        b'{"id": ' + b"[" * 1000 + b"]" * 1000 + b"}",
        "is nested deeper than 200 levels",
    ),
    _spoilt("not-utf-8", "A byte that is no UTF-8.", b'{"id": 1, "name": "caf\xe9"}', "0xe9", "encoding"),
    _spoilt(
        "lone-surrogate",
        "Half a surrogate pair as an escape.",
        rb'{"id": 1, "name": "\ud800"}',
        "holds half of a surrogate pair",
    ),
    _spoilt("nul", "A NUL byte in a text.", b'{"id": 1, "name": "a\0b"}', "holds a NUL byte", "encoding"),
    _spoilt(
        "missing-required-key",
        "A required key is not there.",
        b'{"name": "a"}',
        "id: value is required",
        "id__required",
    ),
    _spoilt("required-null", "A required key is null.", b'{"id": null}', "id: value is required", "id__required"),
    _spoilt(
        "number-beyond-64-bits",
        "Digits that a double would round are counted exactly.",
        b'{"id": 9223372036854775808}',
        "'9223372036854775808' is not an integer",
        "contract__types",
    ),
    _spoilt(
        "float-beyond-the-range",
        "A number that is no double.",
        b'{"id": 1, "amount": 1e400}',
        "amount: '1e400' is not a number",
        "contract__types",
    ),
    _lines(
        "numbers-as-text",
        "Text that is a number is one.",
        b'{"id": "7", "name": "a", "amount": "1.5"}\n',
        Loaded(((7, "a", 1.5),)),
    ),
    _lines(
        "exact-integers",
        "The greatest integer keeps every digit.",
        json.dumps({"id": 2**63 - 1, "name": "a", "amount": 0}).encode() + b"\n",
        Loaded(((2**63 - 1, "a", 0.0),)),
    ),
    _lines(
        "unknown-key",
        "A key the contract does not name.",
        b'{"id": 1, "secret": true}\n',
        FileRefused("columns not in the contract: 'secret'"),
    ),
    Entry(
        "json-line-too-large",
        "A line larger than the limit of 16 MiB.",
        content(b'{"id": 1, "name": "' + b"x" * 17 * 1024 * 1024 + b'"}\n' + LINE, FILE),
        Loaded((ROW,), (Reject(1, "longer than 16777216 bytes", file=f"in/{FILE}"),)),
        source_type="jsonl",
        is_heavy=True,
    ),
)
