"""Settings of the CSV source: what each may be."""

from dativo_core.model.csv_dialect import option_problems
from dativo_core.model.finding import Finding
from dativo_core.model.source_options import CsvOptions
from dativo_core.odcs.contract import SchemaObject
from dativo_core.rules.file_options import check_block_size
from dativo_core.rules.native import OPTIONS
from dativo_core.workspace.merge import Merged
from dativo_core.workspace.validate import did_you_mean

_LEAST_SLICE_BYTES = 1024 * 1024


def check_csv(options: CsvOptions, settings: Merged) -> list[Finding]:
    """Return the options that contradict each other, or cannot split text into records and fields."""
    findings = [
        settings.finding((*OPTIONS, problem.key), "wrong-value", problem.message, problem.hint)
        for problem in option_problems(options)
    ]
    findings += check_block_size(options.block_size_bytes, settings)
    if options.slice_size_bytes < _LEAST_SLICE_BYTES:
        message, hint = f"'{options.slice_size_bytes}' is too small", f"Use {_LEAST_SLICE_BYTES} or more."
        findings.append(settings.finding((*OPTIONS, "slice_size_bytes"), "out-of-range", message, hint))
    return findings


def check_column_names(options: CsvOptions, settings: Merged, table: SchemaObject) -> list[Finding]:
    """Return the columns of a contract that are missing where options name the columns of the files."""
    names = options.given_names
    wanted = [column.source_name for column in table.columns]
    missing = [name for name in wanted if names is not None and name not in names]
    if names is None or not missing:
        return []
    key = "header" if isinstance(options.header, tuple) else "column_names"
    message = f"the column names lack columns of the contract: {', '.join(map(repr, missing))}"
    hint = f"{did_you_mean(missing[0], names)} Name every column of the files in its order."
    return [settings.finding((*OPTIONS, key), "columns-missing", message, hint)]
