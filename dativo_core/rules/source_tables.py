"""Tables, queries and sheets of a job: present, each named once and clearly."""

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.job import Source
from dativo_core.model.source_items import SheetItem
from dativo_core.workspace.document import Document, KeyPath

_MOST_PARTS = 3


def check_tables(source: Source, job: Document) -> list[Finding]:
    """Return what is wrong with the list of tables; queries may stand in for it."""
    if not source.tables:
        if source.queries:
            return []
        hint = "List them: tables: [{name: public.orders, object: orders}]."
        return [job.finding(("source", "tables"), "tables-missing", "the job names no tables", hint)]
    findings: list[Finding] = []
    for index, item in enumerate(source.tables):
        parts = item.name.split(".")
        if len(parts) > _MOST_PARTS or not all(part.strip() for part in parts):
            message = f"'{item.name}' is no name of a table"
            hint = "Write schema.table, in MySQL database.table."
            findings.append(job.finding(("source", "tables", index, "name"), "wrong-value", message, hint))
    return findings


def check_queries(source: Source, job: Document) -> list[Finding]:
    """Return the queries without text."""
    return [
        job.finding(("source", "queries", index, "query"), "empty-value", "the query is empty", "Write a SELECT.")
        for index, item in enumerate(source.queries or ())
        if not item.query.strip()
    ]


def check_sheets(source: Source, job: Document) -> list[Finding]:
    """Return what is wrong with the list of sheets."""
    if not source.sheets:
        hint = "List them: sheets: [{spreadsheet_id: …, sheet: Orders}]."
        return [job.finding(("source", "sheets"), "sheets-missing", "the job names no sheets", hint)]
    return [
        finding
        for index, item in enumerate(source.sheets)
        for finding in _check_sheet(item, job, ("source", "sheets", index))
    ]


def _check_sheet(item: SheetItem, job: Document, path: KeyPath) -> list[Finding]:
    findings = check_ids(item.ids, "spreadsheet_id", job, path)
    if item.sheet is not None and item.sheet_id is not None:
        message = "the sheet is named both by 'sheet' and by 'sheet_id'"
        findings.append(job.finding((*path, "sheet_id"), "sheet-ambiguous", message, "Keep one of them."))
    return findings


def check_ids(ids: dict[str, str], key: str, job: Document, path: KeyPath) -> list[Finding]:
    """Return whether an item of a remote service lacks its id, has an empty one, or two that differ."""
    if not ids:
        hint = f"Add {key}: with the long part of its address."
        return [job.finding((*path, key), "missing-key", f"required key '{key}' is missing", hint)]
    findings = [
        job.finding((*path, each), "empty-value", "the id is empty", "Write the long part of its address.")
        for each, text in ids.items()
        if not text.strip()
    ]
    if len(set(ids.values())) > 1:
        message = f"the item has several ids: {', '.join(ids)}"
        findings.append(job.finding(path, "files-ambiguous", message, f"Keep {key}."))
    return findings


def deprecated_id(ids: dict[str, str], job: Document, path: KeyPath) -> list[Finding]:
    """Return whether the id of a file has its older spelling."""
    if "file_id" not in ids:
        return []
    message = "'file_id' is an older spelling of 'id'"
    return [job.finding((*path, "file_id"), "deprecated-key", message, "Write id.", Severity.WARNING)]
