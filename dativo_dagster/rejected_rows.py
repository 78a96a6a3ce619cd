"""The first rows a run rejected, as a table of the UI."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from dativo_core.flow import RejectedRow
from dativo_dagster.shown import shown

MAX_ROWS = 5
SCHEMA = dg.TableSchema(
    columns=[
        dg.TableColumn("file", "string", "Source file."),
        dg.TableColumn("line", "int", "Line in the source file, from 1."),
        dg.TableColumn("column", "string", "First column that broke a rule."),
        dg.TableColumn("rule", "string", "First rule that was broken."),
        dg.TableColumn("reason", "string", "Every broken rule in words."),
        dg.TableColumn("raw", "string", "The row as it stood in the source; hidden where a column is classified."),
    ]
)


def rejected_rows(rows: Sequence[RejectedRow]) -> dict[str, Any]:
    """Return the metadata of up to five rejected rows; nothing when there is none."""
    if not rows:
        return {}
    records = [dg.TableRecord(_cells(row)) for row in rows[:MAX_ROWS]]
    return {"dativo/first_rejected_rows": dg.TableMetadataValue(records=records, schema=SCHEMA)}


def _cells(row: RejectedRow) -> dict[str, Any]:
    texts = {"file": row.file, "column": row.column, "rule": row.rule, "reason": row.reason, "raw": row.raw}
    return {"line": row.line, **{name: None if text is None else shown(text) for name, text in texts.items()}}
