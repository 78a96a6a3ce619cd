"""What holds for the settings of every source that reads files."""

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel

from dativo_core.model.csv_dialect import is_text_encoding
from dativo_core.model.finding import Finding, Severity
from dativo_core.rules.incremental import FILE_STRATEGY, FULL
from dativo_core.rules.native import OPTIONS, native_options
from dativo_core.rules.run_later import run_later
from dativo_core.workspace.merge import Merged
from dativo_core.workspace.validate import did_you_mean, validate

M = TypeVar("M", bound=BaseModel)

_INFORMATIONAL = frozenset({"library", "library_version"})
_INSTEAD = {"chunk_size": "block_size_bytes"}
"""Keys of the format that change nothing, and the option that does what they are about."""
_LEAST_BLOCK_BYTES = 4096


def option_keys(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the engine options a source reads; its files are named elsewhere."""
    return tuple(key for key in model.model_fields if key != "files")


def file_options(
    model: type[M],
    source_type: str,
    check: Callable[[M, Merged], list[Finding]],
    settings: Merged,
    files: tuple[str, ...],
) -> tuple[M | None, list[Finding]]:
    """Return the effective options of a source, or None and why they cannot be used; `check` looks at their values."""
    native, keys = native_options(settings), option_keys(model)
    findings = [_unread(settings, key, source_type, keys) for key in native if key not in {*keys, *_INFORMATIONAL}]
    written = {key: native[key] for key in keys if key in native}
    validated = validate(model, {"files": files, **written}, settings, OPTIONS)
    findings += validated.findings
    if validated.model is None:
        return None, findings
    problems = check(validated.model, settings)
    return (None if problems else validated.model), [*findings, *problems]


def check_unread_sections(settings: Merged, source_type: str) -> list[Finding]:
    """Return the sections that a file source has no use for."""
    findings: list[Finding] = []

    def add(path: tuple[str, ...], message: str, hint: str) -> None:
        findings.append(settings.finding(path, "unused-key", message, hint, Severity.WARNING))

    if settings.data.get("rate_limits"):
        add(("rate_limits",), f"{source_type} files need no 'rate_limits'", "Remove it; it changes nothing.")
    if (settings.data.get("credentials") or {}).get("type", "none") != "none":
        hint = "Write type: none; the rest changes nothing."
        add(("credentials", "type"), f"{source_type} files need no credentials", hint)
    return findings


def check_incremental(settings: Merged) -> list[Finding]:
    """Return the incremental settings that files have no use for; they are told apart by their content."""
    incremental: dict[str, Any] = settings.data.get("incremental") or {}
    findings: list[Finding] = []
    if incremental.get("strategy") == FULL:
        message = f"the strategy '{FULL}' of files is not implemented in this version"
        remedy = f"Use {FILE_STRATEGY}; write_mode: overwrite replaces the whole table."
        findings.append(run_later(settings, ("incremental", "strategy"), message, remedy))
    if incremental.get("lookback_days"):
        message, path = (
            "files need no lookback: a changed file is found by its content",
            ("incremental", "lookback_days"),
        )
        findings.append(settings.finding(path, "unused-key", message, "It changes nothing; use 0.", Severity.WARNING))
    return findings


def check_encoding(encoding: str, settings: Merged) -> list[Finding]:
    """Return whether the encoding of text files is unknown."""
    if is_text_encoding(encoding):
        return []
    message, hint = f"the encoding '{encoding}' is not known", "Use a name such as utf-8, utf-16, latin-1 or cp1252."
    return [settings.finding((*OPTIONS, "encoding"), "wrong-value", message, hint)]


def check_block_size(size_bytes: int, settings: Merged) -> list[Finding]:
    """Return whether text is to be parsed in pieces that are too small."""
    if size_bytes >= _LEAST_BLOCK_BYTES:
        return []
    message, hint = f"'{size_bytes}' is too small", f"Use {_LEAST_BLOCK_BYTES} or more."
    return [settings.finding((*OPTIONS, "block_size_bytes"), "out-of-range", message, hint)]


def _unread(settings: Merged, key: str, source_type: str, keys: tuple[str, ...]) -> Finding:
    message = f"the {source_type} source does not read '{key}'"
    if _INSTEAD.get(key) in keys:
        hint = f"It changes nothing; {_INSTEAD[key]} tells how much is parsed at once."
        return settings.finding((*OPTIONS, key), "unused-key", message, hint, Severity.INFO)
    return settings.finding((*OPTIONS, key), "unused-key", message, did_you_mean(key, keys), Severity.WARNING)
