"""Rejected rows with the reasons, built a whole batch at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.errors import ContractError
from dativo_core.flow import REJECT_SCHEMA, RowPlaces
from dativo_core.telemetry.escape import escape_line

SHOWN_CHARACTERS = 64
SHOWN_ROWS = 5
HIDDEN = "***"
CONTROL = r"[\x00-\x1f\x7f-\x{9f}\x{2028}-\x{202e}\x{2066}-\x{2069}]"
"""Characters that move the cursor, break the line or turn the direction of a terminal or a log."""

_CONTROL_CODES = (*range(0x20), *range(0x7F, 0xA0), *range(0x2028, 0x202F), *range(0x2066, 0x206A))
_NAMED = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}
ESCAPES = tuple((chr(code), _NAMED.get(chr(code), f"\\u{code:04x}")) for code in _CONTROL_CODES)


@dataclass(frozen=True)
class Breach:
    """The rows of a batch that break one rule in one column, or in one part of it.

    `column` is shown: its name, or the path of the part. `complaint` completes a sentence that begins with the value, which
    `text` holds; without `text` it stands alone. `rejects`: such a row is held back; `stops`: it may not even be.
    """

    rule: str
    column: str
    rejects: bool
    mask: pa.BooleanArray
    complaint: str | pa.StringArray
    text: pa.StringArray | None
    is_hidden: bool
    stops: bool = False


def reject_rows(rows: pa.UInt64Array, breaches: Sequence[Breach], places: RowPlaces) -> pa.RecordBatch:
    """Return a reject (`REJECT_SCHEMA`) for each row number, every one of which breaks at least one of the rules."""
    masks = [breach.mask.take(rows) for breach in breaches]
    reasons = [_where(mask, _reason(breach, rows)) for mask, breach in zip(masks, breaches, strict=True)]
    lines, raw = places.locate(rows.to_pylist())
    columns = {
        "file": pa.repeat(pa.scalar(places.file), len(rows)),
        "line": pa.array(lines, pa.int64()),
        "column": _first(masks, [breach.column for breach in breaches]),
        "rule": _first(masks, [breach.rule for breach in breaches]),
        "reason": pc.binary_join_element_wise(*reasons, "; ", null_handling="skip"),
        "raw": pa.array(raw, pa.string()),
    }
    return pa.RecordBatch.from_arrays([columns[name] for name in REJECT_SCHEMA.names], schema=REJECT_SCHEMA)


def stop_at(breaches: Sequence[Breach], places: RowPlaces) -> None:
    """Raise ContractError that shows the first rows which break one of the rules; without breaches do nothing."""
    if not breaches:
        return
    broken = pc.indices_nonzero(reduce(pc.or_, (breach.mask for breach in breaches)))
    if len(broken) == 0:
        return
    rows = reject_rows(broken.slice(0, SHOWN_ROWS), breaches, places).to_pylist()
    listed = "".join(
        f"\n    {escape_line(row['file'])}, line {row['line']}: {escape_line(row['reason'])}" for row in rows
    )
    columns = ", ".join(dict.fromkeys(breach.column for breach in breaches))
    message = f"values of {columns} do not fit, and the contract says fail; nothing was published"
    raise ContractError(message, hint=f"Fix the rows, or declare quarantine or another type. First of them:{listed}")


def shown(text: pa.StringArray) -> pa.StringArray:
    """Return values as messages show them: in quotes, control characters escaped, cut after 64 characters."""
    cut = pc.utf8_slice_codeunits(text, 0, SHOWN_CHARACTERS)
    if pc.any(pc.match_substring_regex(cut, CONTROL)).as_py():
        cut = reduce(lambda values, escape: pc.replace_substring(values, *escape), ESCAPES, cut)
    more = pc.if_else(pc.greater(pc.utf8_length(text), SHOWN_CHARACTERS), "…'", "'")
    return pc.binary_join_element_wise("'", cut, more, "")


def _reason(breach: Breach, rows: pa.UInt64Array) -> pa.Array | pa.Scalar:
    complaint = breach.complaint if isinstance(breach.complaint, str) else breach.complaint.take(rows)
    if breach.text is None:
        return pc.binary_join_element_wise(f"{breach.column}: ", complaint, "")
    values = pa.scalar(HIDDEN) if breach.is_hidden else shown(breach.text.take(rows))
    return pc.binary_join_element_wise(f"{breach.column}: ", values, " ", complaint, "")


def _where(mask: pa.BooleanArray, values: pa.Array | pa.Scalar) -> pa.StringArray:
    return pc.if_else(mask, values, pa.scalar(None, pa.string()))


def _first(masks: Sequence[pa.BooleanArray], names: Sequence[str]) -> pa.StringArray:
    """Return per row the name of the first mask that is true."""
    return pc.coalesce(*(_where(mask, pa.scalar(name)) for mask, name in zip(masks, names, strict=True)))
