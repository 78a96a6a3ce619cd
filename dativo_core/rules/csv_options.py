"""Settings of the CSV source: what each may be, and which the source does not read."""

from typing import Any

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.source_options import CsvOptions
from dativo_core.rules.native import OPTIONS, native_options
from dativo_core.workspace.merge import Merged
from dativo_core.workspace.validate import did_you_mean, validate

_READ = ("encoding", "delimiter", "quote_char", "null_values", "block_size_bytes")
_INFORMATIONAL = frozenset({"library", "library_version"})


def csv_options(settings: Merged, files: tuple[str, ...]) -> tuple[CsvOptions | None, list[Finding]]:
    """Return the effective options, or None and why they cannot be used."""
    native = native_options(settings)
    findings = [_unread(settings, key) for key in native if key not in {*_READ, *_INFORMATIONAL}]
    written = {key: native[key] for key in _READ if key in native}
    validated = validate(CsvOptions, {"files": files, **written}, settings, OPTIONS)
    findings += validated.findings
    if validated.model is None:
        return None, findings
    problems = _check(validated.model, settings)
    return (None if problems else validated.model), [*findings, *problems]


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


def _unread(settings: Merged, key: str) -> Finding:
    message = f"the csv source does not read '{key}'"
    return settings.finding((*OPTIONS, key), "unused-key", message, did_you_mean(key, _READ), Severity.WARNING)


def _check(options: CsvOptions, settings: Merged) -> list[Finding]:
    findings: list[Finding] = []

    def add(key: str, code: str, message: str, hint: str) -> None:
        findings.append(settings.finding((*OPTIONS, key), code, message, hint))

    if not _is_text_encoding(options.encoding):
        message = f"the encoding '{options.encoding}' is not known"
        add("encoding", "wrong-value", message, "Use a name such as utf-8, utf-16, latin-1 or cp1252.")
    if options.quote_char and not _is_one_byte(options.quote_char):
        add("quote_char", "wrong-value", "the quote is not one ASCII character", "Use one, or '' for none.")
    if not _is_one_byte(options.delimiter) or options.delimiter == options.quote_char:
        hint = "Use one ASCII character other than the quote, such as ',' or ';'."
        add("delimiter", "wrong-value", "the delimiter cannot split a line", hint)
    if options.block_size_bytes < 4096:
        add("block_size_bytes", "out-of-range", f"'{options.block_size_bytes}' is too small", "Use 4096 or more.")
    return findings


def _is_text_encoding(name: str) -> bool:
    try:
        return bool("a".encode(name))
    except (LookupError, UnicodeError):
        return False


def _is_one_byte(text: str) -> bool:
    return len(text) == 1 and text.isascii() and text not in "\r\n\0"
