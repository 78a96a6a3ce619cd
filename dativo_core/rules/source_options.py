"""The engine options of a source, by its type."""

from collections.abc import Callable
from functools import partial

from dativo_core.model.declared_options import DeclaredOptions
from dativo_core.model.finding import Finding
from dativo_core.model.source_options import CsvOptions, JsonlOptions, ParquetOptions, SourceOptions
from dativo_core.rules.csv_options import check_csv
from dativo_core.rules.file_options import file_options
from dativo_core.rules.jsonl_options import check_jsonl
from dativo_core.rules.parquet_options import check_parquet
from dativo_core.workspace.merge import Merged

_Read = Callable[[Merged, tuple[str, ...]], tuple[SourceOptions | None, list[Finding]]]

_BY_TYPE: dict[str, _Read] = {
    "csv": partial(file_options, CsvOptions, "csv", check_csv),
    "jsonl": partial(file_options, JsonlOptions, "jsonl", check_jsonl),
    "parquet": partial(file_options, ParquetOptions, "parquet", check_parquet),
}


def source_options(
    source_type: str, settings: Merged, files: tuple[str, ...]
) -> tuple[SourceOptions | None, list[Finding]]:
    """Return the effective options of a source, or None and why they cannot be used; without code for a type all are kept."""
    read = _BY_TYPE.get(source_type)
    return read(settings, files) if read else (DeclaredOptions(settings=settings.data), [])
