"""Builders for tests of JSON lines: text that nearly is JSON, and blocks read both ways."""

import json
from pathlib import Path

import pyarrow as pa
from hypothesis import strategies as st

from dativo_core.contract.convert import convert
from dativo_core.flow import Batch
from dativo_core.model.source_options import JsonlOptions
from dativo_core.odcs.types import FieldType, Member, TypeKind, list_of, struct_of
from dativo_core.sources.base import ReadLimits, WantedColumn, WindowPolicy
from dativo_core.sources.csv_blocks import Block
from dativo_core.sources.csv_cutter import BlockReader
from dativo_core.sources.csv_grammar import lines
from dativo_core.sources.jsonl import JsonlSource
from dativo_core.sources.jsonl_rows import Members, Rows
from dativo_core.sources.local_files import LocalFiles

COLUMNS = (
    WantedColumn("s", FieldType(TypeKind.STRING)),
    WantedColumn("i", FieldType(TypeKind.INT)),
    WantedColumn("l", FieldType(TypeKind.LONG)),
    WantedColumn("d", FieldType(TypeKind.DECIMAL, 10, 2)),
    WantedColumn("w", FieldType(TypeKind.DECIMAL, 38, 38)),
    WantedColumn("f", FieldType(TypeKind.FLOAT)),
    WantedColumn("g", FieldType(TypeKind.DOUBLE)),
    WantedColumn("b", FieldType(TypeKind.BOOLEAN)),
    WantedColumn("t", FieldType(TypeKind.TIMESTAMPTZ)),
    WantedColumn("x", FieldType(TypeKind.BINARY)),
    WantedColumn(
        "o", struct_of(Member("s", FieldType(TypeKind.STRING)), Member("w", FieldType(TypeKind.DECIMAL, 38, 38)))
    ),
    WantedColumn(
        "a", list_of(struct_of(Member("l", FieldType(TypeKind.LONG)), Member("g", FieldType(TypeKind.DOUBLE))))
    ),
)
MEMBERS = Members.of("data.jsonl", COLUMNS)
KEYS = st.sampled_from([column.name for column in COLUMNS] + ["u", "v", ""])
NUMBERS = st.from_regex(r"-?(?:0|[1-9]\d{0,24})(?:\.\d{1,24})?(?:[eE][+-]?\d{1,5})?", fullmatch=True)
WORDS = st.sampled_from(
    [
        "true",
        "false",
        "null",
        "NaN",
        "Infinity",
        "-Infinity",
        "01",
        "1.",
        "9223372036854775808",
        "1e39",
        "1e309",
        "0e9999",
    ]
)
STRINGS = st.one_of(
    st.text(max_size=8).map(json.dumps),
    st.text(max_size=8).map(lambda text: json.dumps(text, ensure_ascii=False)),
    NUMBERS.map(lambda text: f'"{text}"'),
    st.sampled_from(
        [
            r'"\ud800"',
            r'"\udc00\ud800"',
            r'"\u0000"',
            r'"\\u0000"',
            '"\x7f"',
            '"\t"',
            '"2024-02-29T01:02:03Z"',
            '"+5"',
            '" 7"',
        ]
    ),
)
SCALARS = NUMBERS | WORDS | STRINGS


def _objects(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    members = st.lists(st.tuples(KEYS, values), max_size=5)
    return members.map(lambda pairs: "{" + ", ".join(f"{json.dumps(key)}:{value}" for key, value in pairs) + "}")


VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3).map(lambda parts: f"[{','.join(parts)}]") | _objects(inner),
    max_leaves=6,
)
ROWS = _objects(SCALARS) | _objects(VALUES)
NOISE = st.sampled_from(
    ["{", "}", "[", "]", '"', ",", ":", "\\", " ", "\t", "\n", "\r", "1", "e", ".", "null", "\x0b", "é", "{}"]
)


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """Lines of JSON with a few characters put in or taken out."""
    text = draw(st.lists(ROWS, min_size=1, max_size=4).map("\n".join))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(text)))
        cut = draw(st.integers(0, 1))
        text = text[:at] + draw(NOISE | st.just("")) + text[at + cut :]
    return text


def blocks(content: bytes, block_size: int = 1 << 20) -> list[Block]:
    """Return the blocks of a text."""
    source = iter([content[at : at + block_size] for at in range(0, len(content), block_size)])
    return list(BlockReader(lambda _: next(source, b""), lines(), block_size, 1 << 24).blocks())


def typed(rows: Rows) -> list[tuple[list, list]]:
    """Return what the contract makes of the rows: per column the values, and which of them do not fit."""
    found = []
    for column in COLUMNS:
        values, bad = convert(rows.records.column(column.name), column.type)
        found.append((_comparable(values), bad.to_pylist()))
    return found


def _comparable(values: pa.Array) -> list:
    """Return values of which NaN, and zeros of either sign, compare as they should."""
    return [repr(value) for value in values.to_pylist()]


def read(
    root: Path, content: bytes, *columns: WantedColumn, name: str = "data.jsonl", **options: object
) -> list[Batch]:
    """Write `content` as a file and read it as the only slice of a source."""
    (root / name).write_bytes(content)
    limits = ReadLimits(max_record_bytes=int(options.pop("limit", 1 << 24)))
    source = JsonlSource(JsonlOptions(files=(name,), **options), "events", LocalFiles(root))
    (part,) = source.slices(source.window(None, WindowPolicy(replaces=False)))
    return list(source.read(part, columns or COLUMNS, limits))
