"""The Iceberg target: catalog, file format, write mode and options this version can do."""

from typing import Any

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.job import Target
from dativo_core.rules.native import OPTIONS, native_options
from dativo_core.rules.plugins import check_plugin
from dativo_core.rules.run_later import run_later
from dativo_core.workspace.document import KeyPath
from dativo_core.workspace.merge import Merged
from dativo_core.workspace.nearest_word import nearest_word
from dativo_core.workspace.validate import did_you_mean

ICEBERG = "iceberg"
CATALOGS = ("local",)
_NESSIE = "nessie"
_COMPRESSIONS = ("zstd", "snappy", "gzip", "none")
_READ_OPTIONS = frozenset(
    {
        "batch_size_rows",
        "compression",
        "library",
        "library_version",
        "max_file_size_mb",
        "max_open_files",
        "partition_by_default",
    }
)
OBJECT_STORES = frozenset({"s3", "minio", "azure_blob"})
"""Targets that keep data files without a catalog."""
_OF_LOCAL = frozenset({"type", "name", "directory"})
_OF_SERVERS = ("branch", "warehouse")
_OF_STORES = ("bucket", "prefix")
_OF_SHEETS = ("spreadsheet_id", "range")
_RANGES = {
    "batch_size_rows": (1, 1 << 20, "is no number of rows"),
    "max_file_size_mb": (1, 4096, "is no size in megabytes"),
    "max_open_files": (1, 512, "is no number of files"),
}


def check_target(target: Target, settings: Merged, target_type: str, *, is_format_known: bool) -> list[Finding]:
    """Return what of the effective target settings cannot be done; of types without code, what is never possible.

    A format that the registry does not know is said there, and `is_format_known` is false.
    """
    if target_type in OBJECT_STORES:
        return [*_check_mode(target, settings), *_check_options(settings, target_type)]
    if target_type != ICEBERG:
        return _check_mode(target, settings)
    return [
        *_check_catalog(target, settings),
        *(_check_format(target, settings) if is_format_known else []),
        *_check_mode(target, settings),
        *_check_options(settings, target_type),
        *_check_unread_sections(target, settings),
        *_check_later(target, settings),
    ]


def file_settings(settings: Merged, target_type: str) -> dict[str, Any]:
    """Return the options about data files of a target that passed `check_target`; none where it writes no such files."""
    return native_options(settings) if target_type in {ICEBERG, *OBJECT_STORES} else {}


def is_kept_locally(target: Target) -> bool:
    """Return whether tables are in the one kind of catalog that this version can write to."""
    return _catalog(target)[0] in CATALOGS


def _catalog(target: Target) -> tuple[str, KeyPath]:
    """Return the catalog that tables are in, and the key that says so; how to reach Nessie does where no other key does."""
    said = target.catalog
    if said is not None and said.type is not None:
        return said.type, ("catalog", "type")
    if (said is None or said.directory is None) and (target.connection or {}).get(_NESSIE):
        return _NESSIE, ("connection", _NESSIE)
    return CATALOGS[0], ("catalog",)


def _check_catalog(target: Target, settings: Merged) -> list[Finding]:
    catalog, path = _catalog(target)
    if catalog in CATALOGS:
        return []
    message = f"the catalog '{catalog}' is not implemented in this version"
    near = nearest_word(catalog, CATALOGS)
    remedy = "Use local." if path[0] == "catalog" else "Remove it, or write catalog: local for tables on a disk."
    return [run_later(settings, path, message, f"Did you mean '{near}'?" if near else remedy)]


def _check_format(target: Target, settings: Merged) -> list[Finding]:
    if target.file_format in {None, "parquet"}:
        return []
    message = f"the file format '{target.file_format}' is not implemented in this version"
    return [run_later(settings, ("file_format",), message, "Use parquet.")]


def _check_mode(target: Target, settings: Merged) -> list[Finding]:
    findings: list[Finding] = []
    if target.write_mode in target.idle_values["write_mode"]:
        message = f"the write mode '{target.write_mode}' is not implemented in this version"
        hint = "Use append, overwrite or delete_insert."
        findings.append(settings.finding(("write_mode",), "not-implemented", message, hint))
    if target.mode == "warn":
        message = "the mode 'warn' is an older spelling of 'relaxed'"
        findings.append(settings.finding(("mode",), "deprecated-value", message, "Write relaxed.", Severity.WARNING))
    return findings


def _check_options(settings: Merged, target_type: str) -> list[Finding]:
    options = native_options(settings)
    findings = [
        settings.finding(
            (*OPTIONS, key),
            "unused-key",
            f"the {target_type} target does not read '{key}'",
            did_you_mean(str(key), _READ_OPTIONS),
            Severity.WARNING,
        )
        for key in options
        if key not in _READ_OPTIONS
    ]
    compression = options.get("compression", "zstd")
    if compression not in _COMPRESSIONS:
        message, hint = f"the compression '{compression}' is not known", did_you_mean(str(compression), _COMPRESSIONS)
        findings.append(settings.finding((*OPTIONS, "compression"), "not-allowed", message, hint))
    for key, (least, most, what) in _RANGES.items():
        number = options.get(key, least)
        if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
            hint = f"Use a whole number from {least} to {most}."
            findings.append(settings.finding((*OPTIONS, key), "out-of-range", f"'{number}' {what}", hint))
    return findings


def _check_unread_sections(target: Target, settings: Merged) -> list[Finding]:
    if not is_kept_locally(target):
        return []
    return [
        settings.finding(
            (key,), "unused-key", f"the local catalog needs no '{key}'", "It changes nothing.", Severity.WARNING
        )
        for key in ("connection", "credentials")
        if settings.data.get(key) not in (None, {}, {"type": "none"})
    ]


def _check_later(target: Target, settings: Merged) -> list[Finding]:
    """Return the settings that no job can be run with: where rows go, and how they are written, would be another."""
    findings = check_plugin(target, settings, "target")
    if target.markdown_kv_storage is not None:
        message = "'markdown_kv_storage' is not implemented in this version"
        findings.append(run_later(settings, ("markdown_kv_storage",), message, "Remove it."))
    if is_kept_locally(target):
        written: list[KeyPath] = [
            ("catalog", key) for key in settings.data.get("catalog") or {} if key not in _OF_LOCAL
        ]
        written += [(key,) for key in _OF_SERVERS if settings.data.get(key) is not None]
        written += [path for path in settings.leaves if path[0] == "connection" and path[-1] in _OF_STORES]
        for path in written:
            message = f"the local catalog has no '{path[-1]}', and another one is not implemented in this version"
            findings.append(run_later(settings, path, message, "Remove it."))
    return findings + [
        settings.finding(
            (key,), "unused-key", f"the {ICEBERG} target does not read '{key}'", "Remove it.", Severity.WARNING
        )
        for key in _OF_SHEETS
        if settings.data.get(key) is not None
    ]
