"""Builders for tests of file sources."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from dativo_core.flow import Batch
from dativo_core.model.source_options import CsvOptions
from dativo_core.odcs.types import FieldType, TypeKind
from dativo_core.sources.base import ReadLimits, WantedColumn, WindowPolicy
from dativo_core.sources.csv import CsvSource
from dativo_core.sources.local_files import LocalFiles

APPEND = WindowPolicy(replaces=False)
REPLACE = WindowPolicy(replaces=True)
REPLACE_FILES = WindowPolicy(replaces=False, replaces_files=True)
MIRROR_FILES = WindowPolicy(replaces=False, replaces_files=True, deletes_removed=True)


def source(root: Path, *files: str, **options: object) -> CsvSource:
    return CsvSource(CsvOptions(files=files or ("data.csv",), **options), "orders", LocalFiles(root))


def read(
    root: Path, content: bytes, columns: Sequence[str], limit: int = 16 * 1024 * 1024, **options: object
) -> list[Batch]:
    """Write `content` as a file and read it as the only slice of a source."""
    (root / "data.csv").write_bytes(content)
    csv_source = source(root, **options)
    (part,) = csv_source.slices(csv_source.window(None, APPEND))
    return list(csv_source.read(part, wanted(*columns), ReadLimits(max_record_bytes=limit)))


def wanted(*names: str) -> tuple[WantedColumn, ...]:
    """Return text columns of these names."""
    return tuple(WantedColumn(name, FieldType(TypeKind.STRING)) for name in names)


def rows(batches: Sequence[Batch]) -> list[tuple[str | None, ...]]:
    return [tuple(row.values()) for batch in batches for row in batch.records.to_pylist()]


def rejects(batches: Sequence[Batch]) -> list[tuple[int, str, str, str]]:
    """Return line, rule, reason and raw text of every reject."""
    found = [row for batch in batches for row in batch.rejects.to_pylist()]
    return [(row["line"], row["rule"], row["reason"], row["raw"]) for row in found]


def places(batches: Sequence[Batch]) -> list[tuple[int, str]]:
    """Return line and raw text of every row."""
    found = []
    for batch in batches:
        found += zip(*batch.places.locate(range(batch.records.num_rows)), strict=True)
    return found


def written(table: Sequence[Sequence[str]], line_end: str, quoting: int) -> bytes:
    """Return a table as Python's csv module writes it."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=line_end, quoting=quoting).writerows(table)
    return text.getvalue().encode()
