"""Source files of a job: present, each with one path."""

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.job import Source
from dativo_core.model.source_items import FileItem
from dativo_core.rules.connectors import is_implemented
from dativo_core.rules.run_later import run_later
from dativo_core.rules.source_tables import check_ids, deprecated_id
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.validate import did_you_mean

SCHEMES = ("file", "s3")
"""Kinds of addresses that files are read from; anything else is a path."""


def check_files(source: Source, job: Document, source_type: str, *, is_remote: bool = False) -> list[Finding]:
    """Return what is wrong with the list of files; those of a remote service are named by their id, others by a path."""
    if not source.files:
        example = "{id: 1AbC}" if is_remote else "{path: data/rows.csv}"
        hint = f"List them: files: [{example}]."
        return [job.finding(("source", "files"), "files-missing", "the job names no source files", hint)]
    findings: list[Finding] = []
    for index, item in enumerate(source.files):
        path: KeyPath = ("source", "files", index)
        findings += deprecated_id(item.ids, job, path)
        if is_remote:
            findings += check_ids(item.ids, "id", job, path)
        else:
            findings += [*_check(item, job, path), *_check_identity(item, job, path, source_type)]
    return findings


def _check_identity(item: FileItem, job: Document, path: KeyPath, source_type: str) -> list[Finding]:
    """Return whether a file is to be known by an id, which sources with code do not do."""
    if not item.ids or not is_implemented(source_type, "source"):
        return []
    key = next(iter(item.ids))
    message = f"files of {source_type} are known by their path and content; '{key}' is not implemented in this version"
    return [run_later(job, (*path, key), message, "Remove the key.")]


def _check(item: FileItem, job: Document, path: KeyPath) -> list[Finding]:
    written = item.paths
    if not written:
        message = "the file has no path"
        return [job.finding((*path, "path"), "missing-key", message, "Add path: with the file or a pattern.")]
    if len(written) > 1:
        message = f"the file has several paths: {', '.join(written)}"
        return [job.finding(path, "files-ambiguous", message, "Keep path.")]
    key, value = next(iter(written.items()))
    if not value.strip():
        return [job.finding((*path, key), "empty-value", "the path is empty", "Name a file or a pattern.")]
    strange = _strange_address(value)
    if strange is not None:
        return [job.finding((*path, key), "wrong-value", *strange)]
    if key == "path":
        return []
    message = f"'{key}' is an older spelling of 'path'"
    return [job.finding((*path, key), "deprecated-key", message, "Write path.", Severity.WARNING)]


def _strange_address(path: str) -> tuple[str, str] | None:
    """Return what is wrong with an address of files and the remedy; None for a path and for an address that is read."""
    scheme, separator, rest = path.partition("://")
    if not separator or "${" in scheme or not scheme.isalnum():
        return None
    if scheme not in SCHEMES:
        return f"files are not read from '{scheme}://'", did_you_mean(scheme, SCHEMES)
    bucket, _, key = rest.partition("/")
    if scheme == "s3" and (not bucket or not key or any(letter in bucket.split("${")[0] for letter in "*?[")):
        return "the address names no bucket or no object in it", "Write s3://bucket/key or s3://bucket/prefix/*.csv."
    return None
