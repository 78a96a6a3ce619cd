"""The Iceberg target: catalog, layout and write mode this version can do."""

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.job import Target
from dativo_core.odcs.contract import SchemaObject
from dativo_core.rules.native import OPTIONS, native_options
from dativo_core.workspace.merge import Merged
from dativo_core.workspace.validate import did_you_mean

CATALOGS = ("local",)
_KNOWN_CATALOGS = ("local", "nessie", "rest", "sql", "glue")
_COMPRESSIONS = ("zstd", "snappy", "gzip", "none")
_READ_OPTIONS = frozenset({"compression", "max_file_size_mb", "partition_by_default", "library", "library_version"})
SYNTHETIC_PARTITION = "ingest_date"
"""A partition column that Dativo adds: the date of the load."""


def check_target(target: Target, settings: Merged) -> list[Finding]:
    """Return what of the effective target settings cannot be done."""
    return [
        *_check_catalog(target, settings),
        *_check_layout(target, settings),
        *_check_mode(target, settings),
        *_check_options(settings),
        *_check_unread_sections(settings),
    ]


def check_partition_column(target: Target, table: SchemaObject) -> list[Finding]:
    """Return whether the contract's own columns leave the added partition column its name."""
    if SYNTHETIC_PARTITION not in (target.partitioning or ()):
        return []
    message = f"the column '{SYNTHETIC_PARTITION}' is added by Dativo, since the table is partitioned by it"
    hint = "Rename the column, or set partitioning: []."
    return [
        Finding(column.origin.file, column.origin.line, "", "name-reserved", Severity.ERROR, message, hint)
        for column in table.columns
        if column.name.lower() == SYNTHETIC_PARTITION
    ]


def _check_catalog(target: Target, settings: Merged) -> list[Finding]:
    catalog = target.catalog.type if target.catalog else None
    if catalog in {None, *CATALOGS}:
        return []
    if catalog in _KNOWN_CATALOGS:
        message = f"the catalog '{catalog}' is not implemented in this version"
        return [settings.finding(("catalog", "type"), "not-implemented", message, "Use local.")]
    message = f"the catalog '{catalog}' is not known"
    return [settings.finding(("catalog", "type"), "catalog-unknown", message, did_you_mean(str(catalog), CATALOGS))]


def _check_layout(target: Target, settings: Merged) -> list[Finding]:
    findings: list[Finding] = []
    others = [column for column in target.partitioning or () if column != SYNTHETIC_PARTITION]
    if others or len(target.partitioning or ()) > 1:
        message = f"partitioning by {', '.join(others) or 'one column twice'} is not implemented in this version"
        hint = f"Use [{SYNTHETIC_PARTITION}], or [] for none."
        findings.append(settings.finding(("partitioning",), "not-implemented", message, hint))
    if target.file_format not in {None, "parquet"}:
        message = f"the file format '{target.file_format}' is not implemented in this version"
        findings.append(settings.finding(("file_format",), "not-implemented", message, "Use parquet."))
    return findings


def _check_mode(target: Target, settings: Merged) -> list[Finding]:
    findings: list[Finding] = []
    if target.write_mode not in {None, "append", "overwrite", "delete_insert"}:
        message = f"the write mode '{target.write_mode}' is not implemented in this version"
        hint = "Use append, overwrite or delete_insert."
        findings.append(settings.finding(("write_mode",), "not-implemented", message, hint))
    if target.mode == "warn":
        message = "the mode 'warn' is an older spelling of 'relaxed'"
        findings.append(settings.finding(("mode",), "deprecated-value", message, "Write relaxed.", Severity.WARNING))
    return findings


def _check_options(settings: Merged) -> list[Finding]:
    options = native_options(settings)
    findings = [
        settings.finding(
            (*OPTIONS, key),
            "unused-key",
            f"the iceberg target does not read '{key}'",
            did_you_mean(str(key), _READ_OPTIONS),
            Severity.WARNING,
        )
        for key in options
        if key not in _READ_OPTIONS
    ]
    compression, size = options.get("compression", "zstd"), options.get("max_file_size_mb", 128)
    if compression not in _COMPRESSIONS:
        message, hint = f"the compression '{compression}' is not known", did_you_mean(str(compression), _COMPRESSIONS)
        findings.append(settings.finding((*OPTIONS, "compression"), "not-allowed", message, hint))
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= 4096:
        message, hint = f"'{size}' is no size in megabytes", "Use a whole number from 1 to 4096."
        findings.append(settings.finding((*OPTIONS, "max_file_size_mb"), "out-of-range", message, hint))
    return findings


def _check_unread_sections(settings: Merged) -> list[Finding]:
    return [
        settings.finding(
            (key,), "unused-key", f"the local catalog needs no '{key}'", "It changes nothing.", Severity.WARNING
        )
        for key in ("connection", "credentials")
        if settings.data.get(key) not in (None, {}, {"type": "none"})
    ]
