"""Arrow's reader of JSON, and when what it makes of lines can be trusted.

It takes several rows on a line, rows over several lines, `NaN`, too large a number for a float or a decimal, whole numbers
that a float rounds, and NUL; it ends the process on a line `null` and on very deep nesting. Lines that hold any of this are
not for it. What it does take is what `parse_line` takes, with the same values in the types of `readable_type`.
"""

import re

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json

from dativo_core.contract.read_json import is_finite, keeps_digits
from dativo_core.sources.json_line import MAX_DEPTH

OBJECT_LINES = r"\A(?:[ \t]*(?:\{[^\r\n]*\}[ \t]*)?(?:\r\n|\n|\r))*\z"
"""Every line is blank or begins and ends like an object; no object can go on in a line that begins so."""

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_NO_BRACKETS_OR_LINE_ENDS = bytes(set(range(256)) - set(b"[]{}\n"))


def read_lines(text: bytes, schema: pa.Schema) -> pa.Table | None:
    """Return a row for each line that is not blank, unknown keys as further columns; None when the reader cannot be trusted.

    `text` is UTF-8 without NUL and ends with a line end. The caller compares the rows with the lines.
    """
    if not _is_for_reader(text):
        return None
    try:
        table = json.read_json(
            pa.BufferReader(text),
            read_options=json.ReadOptions(use_threads=False, block_size=len(text) + 1),
            parse_options=json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="infer"),
        )
    except ValueError:
        # Arrow's own error, or a message with half a character in it.
        return None
    if not all(is_finite(column) for column in table.itercolumns()):
        return None
    return table if all(keeps_digits(table.column(name), text) for name in schema.names) else None


def _is_for_reader(text: bytes) -> bool:
    if b"\\u0000" in text or not _is_shallow(text):
        return False
    # Not pa.array() of a memoryview: Arrow never lets go of the bytes behind it.
    offsets = pa.array([0, len(text)], pa.int32()).buffers()[1]
    lines = pa.Array.from_buffers(pa.binary(), 1, [None, offsets, pa.py_buffer(text)])
    return bool(pc.match_substring_regex(lines, OBJECT_LINES)[0].as_py())


def _is_shallow(text: bytes) -> bool:
    """Whether no line is nested deeper than `MAX_DEPTH`; brackets inside strings may make it look deeper."""
    lines = text.translate(None, _NO_BRACKETS_OR_LINE_ENDS).split(b"\n")
    if max(map(len, lines)) <= MAX_DEPTH:
        return True
    brackets = _STRING.sub(b"", text).translate(None, _NO_BRACKETS)
    for _ in range(MAX_DEPTH // 2):
        # Each round takes away the innermost one or two levels.
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    return not brackets
