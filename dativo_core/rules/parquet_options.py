"""Settings of the Parquet source: what each may be."""

from dativo_core.model.finding import Finding
from dativo_core.model.source_options import ParquetOptions
from dativo_core.rules.native import OPTIONS
from dativo_core.workspace.merge import Merged

MOST_ROWS = 1024 * 1024


def check_parquet(options: ParquetOptions, settings: Merged) -> list[Finding]:
    """Return whether no rows, or too many for the memory, would be read at once."""
    if 1 <= options.batch_rows <= MOST_ROWS:
        return []
    message, hint = f"'{options.batch_rows}' is out of range", f"Use 1 to {MOST_ROWS}."
    return [settings.finding((*OPTIONS, "batch_rows"), "out-of-range", message, hint)]
