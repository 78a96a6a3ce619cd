"""Which section of a job says what is read: files, sheets, tables or objects, as the registry describes the type."""

from collections.abc import Sequence
from enum import StrEnum

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.job import Source
from dativo_core.model.registry import RegistryEntry
from dativo_core.rules.connectors import is_implemented
from dativo_core.rules.incremental import FILE_STRATEGY, SHEET_STRATEGY, strategy_of
from dativo_core.rules.source_files import check_files
from dativo_core.rules.source_objects import ReadObject, check_items
from dativo_core.rules.source_tables import check_queries, check_sheets, check_tables
from dativo_core.workspace.document import Document
from dativo_core.workspace.merge import Merged
from dativo_core.workspace.validate import did_you_mean


class Section(StrEnum):
    """What a source consists of; the value is the key of the job that lists it."""

    FILES = "files"
    SHEETS = "sheets"
    TABLES = "tables"
    OBJECTS = "objects"


_KINDS: dict[tuple[str, ...], Section] = {("file",): Section.FILES, ("sheet",): Section.SHEETS}
_REMOTE = frozenset({"gdrive_csv"})
"""Types whose files are named by an id, not by a path."""
_OF_STRATEGY = {FILE_STRATEGY: Section.FILES, SHEET_STRATEGY: Section.SHEETS}


def section_of(entry: RegistryEntry | None) -> Section | None:
    """Return what sources of a type consist of; None where the registry leaves it open."""
    if entry is None:
        return None
    if entry.requires_tables:
        return Section.TABLES
    objects = tuple(entry.objects_supported or ())
    if objects:
        return _KINDS.get(objects, Section.OBJECTS)
    return _OF_STRATEGY.get(entry.incremental_strategy_default or "")


def loads_by_itself(entry: RegistryEntry | None) -> bool:
    """Return whether sources of a type find new data without being told: files and sheets are compared as a whole."""
    return section_of(entry) in {Section.FILES, Section.SHEETS}


def check_sections(source: Source, job: Document, source_type: str, entry: RegistryEntry | None) -> list[Finding]:
    """Return what is wrong with the lists of what a job reads: the one that is needed, and those nobody reads."""
    if source.custom_reader is not None:
        # What its own code reads is not for the registry to say.
        return check_items(source, job)
    needed = section_of(entry) or _OF_STRATEGY.get(strategy_of(source) or "")
    if is_implemented(source_type, "source"):
        needed = Section.FILES
    findings = [*_check_needed(source, job, source_type, entry, needed), *check_items(source, job)]
    return findings if needed is None else findings + _unread(source, job, source_type, entry, needed)


def _unread(
    source: Source, job: Document, source_type: str, entry: RegistryEntry | None, needed: Section
) -> list[Finding]:
    """Return the lists that sources of a type have no use for; that of queries is refused elsewhere where there are none."""
    others = {"files", "sheets", "tables"} - {needed.value}
    if needed is not Section.TABLES and not _has_no_queries(entry):
        others.add("queries")
    hint = f"Remove it; {needed.value} say what is read."
    return [
        job.finding(
            ("source", key), "unused-key", f"the {source_type} source does not read '{key}'", hint, Severity.WARNING
        )
        for key in sorted(others)
        if getattr(source, key)
    ]


def _has_no_queries(entry: RegistryEntry | None) -> bool:
    return entry is not None and not entry.supports_queries


def _check_needed(
    source: Source, job: Document, source_type: str, entry: RegistryEntry | None, needed: Section | None
) -> list[Finding]:
    findings: list[Finding] = []
    if needed is Section.FILES or source.files:
        findings += check_files(source, job, source_type, is_remote=source_type in _REMOTE)
    if needed is Section.SHEETS or source.sheets:
        findings += check_sheets(source, job)
    if needed is Section.TABLES or source.tables:
        findings += check_tables(source, job)
    if source.queries and _has_no_queries(entry):
        message = f"the {source_type} source has no queries"
        findings.append(job.finding(("source", "queries"), "queries-unsupported", message, "Remove them."))
    return findings + check_queries(source, job)


def check_objects(
    source: Source, settings: Merged, source_type: str, entry: RegistryEntry | None, read: Sequence[ReadObject]
) -> list[Finding]:
    """Return the objects of an API that it does not have; a job that names none loads the contract's."""
    if entry is None or section_of(entry) is not Section.OBJECTS:
        return []
    known = entry.objects_supported or ()
    findings: list[Finding] = []
    for each in source.objects or tuple(each.table.source_object for each in read):
        if each not in known:
            hint = did_you_mean(each, known) if source.objects else f"Add objects with one of: {', '.join(known)}."
            message = f"{source_type} has no object '{each}'"
            findings.append(settings.finding(("objects",), "object-unsupported", message, hint))
    return findings
