"""Servers of a contract: where the data lives, without anything that lets somebody in."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dativo_core.model.finding import Finding, Severity
from dativo_core.odcs.sections import entries, mappings
from dativo_core.odcs.tags_and_links import is_uri
from dativo_core.workspace.document import Document, KeyPath

_WANTED = {"kinesis": ("stream",), "snowflake": ("host", "port", "warehouse")}
"""Fields the prose requires of a type of server, and the schema does not."""

_URIS = {
    "location": frozenset({"api", "azure", "custom", "glue", "s3", "sftp"}),
    "endpointUrl": frozenset({"custom", "s3"}),
    "stagingDir": frozenset({"athena"}),
}
"""Fields that hold a URI, and the types of server in which they do."""

_SECRET_NAME = re.compile(
    r"passw|passphrase|\bpwd\b|secret|token|credential|api_?key|access_?key|private_?key|account_?key|^sas|^key$|"
    r"connection_?string",
    re.IGNORECASE,
)
_SECRET_TEXT = re.compile(
    r"://[^/@\s]*:[^/@\s]+@|[?&;](?:sig|signature|token|password|pwd|secret|key|accesskey)=", re.IGNORECASE
)
_S3_SCHEMES = re.compile(r"(s3[an]?)://", re.IGNORECASE)
_MESSAGE = "a contract names servers, it lets nobody in"


def check_servers(document: Document) -> list[Finding]:
    """Return what is wrong with the servers of a contract. What may be a secret is never shown."""
    servers = list(entries(document.data, "servers", ()))
    findings = _duplicates(servers, document) + _schemes(servers, document)
    for path, server in servers:
        findings += [*_secrets(server, path, document), *_check(server, path, document)]
    return findings


def _check(server: Mapping[str, Any], path: KeyPath, document: Document) -> Iterator[Finding]:
    type_ = str(server.get("type"))
    for key in _WANTED.get(type_, ()):
        if key not in server:
            message = f"the standard asks for '{key}' of a server of type {type_}, though its schema does not"
            yield document.finding((*path, key), "server-prose-field", message, "Add it.", Severity.WARNING)
    for key, types in _URIS.items():
        if type_ in types and isinstance(server.get(key), str):
            yield from _uri(type_ if key == "location" else "", server[key], (*path, key), document)


def _uri(type_: str, value: str, path: KeyPath, document: Document) -> Iterator[Finding]:
    if _SECRET_TEXT.search(value):
        return
    if not is_uri(value):
        begins = {"sftp": "sftp://", "s3": "s3://", "azure": "abfss://"}.get(type_, "https://")
        hint = f"Write it in full, beginning with a scheme such as {begins}."
        shown = "the value" if "@" in value else f"'{value}'"
        yield document.finding(path, "url-invalid", f"{shown} is no URI", hint)


def _duplicates(servers: Sequence[tuple[KeyPath, Mapping[str, Any]]], document: Document) -> list[Finding]:
    first: dict[str, KeyPath] = {}
    findings: list[Finding] = []
    for path, server in servers:
        name = server.get("server")
        if isinstance(name, str) and first.setdefault(name, path) != path:
            message = f"the server '{name}' is already described on line {document.line(first[name])}"
            findings.append(document.finding((*path, "server"), "server-duplicate", message, "Rename one of them."))
    return findings


def _schemes(servers: Sequence[tuple[KeyPath, Mapping[str, Any]]], document: Document) -> list[Finding]:
    """Return whether one store is addressed in several ways, which engines take for several stores."""
    first: str | None = None
    for path, server in servers:
        match = _S3_SCHEMES.match(str(server.get("location", "")))
        if match is None:
            continue
        first = first or match[1].lower()
        if match[1].lower() != first:
            message = f"locations begin with both {first}:// and {match[1]}://"
            hint = "Write s3:// in all of them."
            return [document.finding((*path, "location"), "server-scheme", message, hint, Severity.WARNING)]
    return []


def _secrets(server: Mapping[str, Any], path: KeyPath, document: Document) -> Iterator[Finding]:
    hint = "Remove it; credentials belong to the connector recipe, as a reference to a secret."
    for place, section in mappings(server, path):
        names = {key: key for key in section} | {"property": str(section.get("property", ""))}
        for key, name in names.items():
            if key in section and _SECRET_NAME.search(name):
                message = f"'{name}' looks like a credential; {_MESSAGE}"
                yield document.finding((*place, key), "server-secret", message, hint)
        for key, value in section.items():
            if isinstance(value, str) and _SECRET_TEXT.search(value):
                message = f"the address holds a credential; {_MESSAGE}"
                yield document.finding((*place, key), "server-secret", message, hint)
