"""Settings of the CSV source: what each may be, and which the source does not read."""

from typing import Any

from dativo_core.model.csv_dialect import option_problems
from dativo_core.model.finding import Finding, Severity
from dativo_core.model.source_options import CsvOptions
from dativo_core.odcs.contract import SchemaObject
from dativo_core.rules.native import OPTIONS, native_options
from dativo_core.workspace.merge import Merged
from dativo_core.workspace.validate import did_you_mean, validate

_READ = tuple(name for name in CsvOptions.model_fields if name != "files")
_INFORMATIONAL = {
    "library": "",
    "library_version": "",
    "chunk_size": "block_size_bytes tells how much is parsed at once",
    "batch_size_rows": "block_size_bytes tells how much is parsed at once",
}
"""Keys of the format that change nothing here, and what does instead."""

_LEAST_BLOCK_BYTES = 4096
_LEAST_SLICE_BYTES = 1024 * 1024


def csv_options(settings: Merged, files: tuple[str, ...]) -> tuple[CsvOptions | None, list[Finding]]:
    """Return the effective options, or None and why they cannot be used."""
    native = native_options(settings)
    findings = [found for key in native if key not in _READ for found in _unread(settings, key)]
    written = {key: native[key] for key in _READ if key in native}
    validated = validate(CsvOptions, {"files": files, **written}, settings, OPTIONS)
    findings += validated.findings
    if validated.model is None:
        return None, findings
    problems = _check(validated.model, settings)
    return (None if problems else validated.model), [*findings, *problems]


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


def check_unread_sections(settings: Merged) -> list[Finding]:
    """Return the sections that a file source has no use for."""
    findings = [
        settings.finding(
            (key,), "unused-key", f"csv files need no '{key}'", "Remove it; it changes nothing.", Severity.WARNING
        )
        for key in ("rate_limits",)
        if settings.data.get(key)
    ]
    credentials = settings.data.get("credentials") or {}
    if credentials.get("type", "none") != "none":
        message, hint = "csv files need no credentials", "Write type: none; the rest changes nothing."
        findings.append(settings.finding(("credentials", "type"), "unused-key", message, hint, Severity.WARNING))
    return findings


def check_incremental(settings: Merged) -> list[Finding]:
    """Return the incremental settings that this version does not act on; files are told apart by their content."""
    incremental: dict[str, Any] = settings.data.get("incremental") or {}
    findings: list[Finding] = []

    def add(key: str, message: str, hint: str) -> None:
        findings.append(settings.finding(("incremental", key), "not-implemented", message, hint))

    strategy = incremental.get("strategy")
    if strategy not in {None, "file_modified_time"}:
        message = f"the strategy '{strategy}' is not implemented in this version"
        add("strategy", message, "Use file_modified_time for files.")
    if incremental.get("lookback_days"):
        add("lookback_days", "files need no lookback: a changed file is found by its content", "Use 0.")
    if incremental.get("cursor_field"):
        add("cursor_field", "files have no cursor: new files are found by their content", "Remove it.")
    return findings


def _unread(settings: Merged, key: str) -> list[Finding]:
    if key in _INFORMATIONAL:
        instead = _INFORMATIONAL[key]
        message, hint = f"'{key}' changes nothing for the csv source", f"It is only noted; {instead}."
        return [settings.finding((*OPTIONS, key), "unused-key", message, hint, Severity.INFO)] if instead else []
    message = f"the csv source does not read '{key}'"
    return [settings.finding((*OPTIONS, key), "unused-key", message, did_you_mean(key, _READ), Severity.WARNING)]


def _check(options: CsvOptions, settings: Merged) -> list[Finding]:
    findings = [
        settings.finding((*OPTIONS, problem.key), "wrong-value", problem.message, problem.hint)
        for problem in option_problems(options)
    ]
    least = {"block_size_bytes": _LEAST_BLOCK_BYTES, "slice_size_bytes": _LEAST_SLICE_BYTES}
    for key, smallest in least.items():
        if getattr(options, key) < smallest:
            message, hint = f"'{getattr(options, key)}' is too small", f"Use {smallest} or more."
            findings.append(settings.finding((*OPTIONS, key), "out-of-range", message, hint))
    return findings
