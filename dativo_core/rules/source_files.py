"""Source files of a job: present, each with one path, all of one object."""

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.job import FileItem, Source
from dativo_core.odcs.contract import Contract, SchemaObject
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.validate import did_you_mean

SCHEMES = ("file", "s3")
"""Kinds of addresses that files are read from; anything else is a path."""


def check_files(source: Source, job: Document) -> list[Finding]:
    """Return what is wrong with the list of files."""
    if not source.files:
        hint = "List them: files: [{path: data/rows.csv}]."
        return [job.finding(("source", "files"), "files-missing", "the job names no source files", hint)]
    findings = [
        finding for index, item in enumerate(source.files) for finding in _check(item, job, ("source", "files", index))
    ]
    objects = objects_of(source)
    if len(objects) > 1:
        message = f"several objects in one job ({', '.join(objects)}) are not implemented in this version"
        hint = "Write one job per object."
        findings.append(job.finding(("source", "files"), "not-implemented", message, hint))
    return findings


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


def objects_of(source: Source) -> tuple[str, ...]:
    """Return the objects a job names, each once, in order."""
    named = [item.object for item in source.files or () if item.object] or list(source.objects or ())
    return tuple(dict.fromkeys(named))


def choose_object(
    source: Source, contract: Contract, contract_document: Document, job: Document
) -> tuple[SchemaObject | None, list[Finding]]:
    """Return the table of a contract that a job loads; with several tables the job must name one."""
    named = objects_of(source)
    found = [each for each in contract.objects if set(named) & {each.source_object, each.name}]
    if found or len(contract.objects) == 1:
        return (found or list(contract.objects))[0], []
    names = [each.source_object for each in contract.objects]
    message = f"{contract_document.file} describes several objects and the job names none of them"
    hint = did_you_mean(named[0], names) if named else f"Add object: with one of: {', '.join(names)}."
    return None, [job.finding(("source", "files", 0, "object"), "object-unknown", message, hint)]
