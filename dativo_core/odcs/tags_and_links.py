"""Tags, links and the time stamp of a contract."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.labels import is_label
from dativo_core.odcs.sections import entries, mappings
from dativo_core.workspace.document import Document, KeyPath

_LINKS = {"authoritativeDefinitions": ("url",), "support": ("url", "invitationUrl")}
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"^`\\]+")
_WITH_HOST = frozenset({"http", "https", "ftp", "sftp", "s3", "s3a", "s3n", "gs"})


def is_uri(text: str) -> bool:
    """Return whether `text` is an absolute URI (RFC 3986); braces are let through, as in `s3://bucket/{model}/*.json`."""
    if not _URI.fullmatch(text):
        return False
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) if parts.scheme in _WITH_HOST else bool(parts.netloc or parts.path)
    except ValueError:
        return False


def check_tags(document: Document) -> list[Finding]:
    """Return tags that are written twice, and those Dagster cannot show as tags."""
    findings: list[Finding] = []
    for path, section in mappings(document.data):
        tags = section.get("tags")
        if isinstance(tags, list):
            findings += _tags(tags, (*path, "tags"), document)
    return findings


def _tags(tags: list[Any], path: KeyPath, document: Document) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, tag in enumerate(tag if isinstance(tag, str) else "" for tag in tags):
        place = (*path, index)
        if tag in seen:
            message = f"the tag '{tag}' is written twice"
            yield document.finding(place, "tag-duplicate", message, "Remove one of them.", Severity.WARNING)
        elif tag and "quality" not in path and not is_label(tag):
            message = f"'{tag}' cannot be a tag in Dagster; it is only shown as metadata"
            hint = "Use up to 63 letters, digits and . _ -, with at most one / between them."
            yield document.finding(place, "tag-unmappable", message, hint, Severity.WARNING)
        seen |= {tag} - {""}


def check_links(document: Document) -> list[Finding]:
    """Return definitions and support channels that hold no URL."""
    findings: list[Finding] = []
    for path, section in mappings(document.data):
        for key, links in _LINKS.items():
            for place, entry in entries(section, key, path):
                findings += [_no_url(document, (*place, link), entry[link]) for link in links if _is_wrong(entry, link)]
    return findings


def _is_wrong(entry: Mapping[str, Any], key: str) -> bool:
    return isinstance(entry.get(key), str) and not is_uri(entry[key])


def _no_url(document: Document, path: KeyPath, value: Any) -> Finding:
    hint = "Write it in full, such as https://example.com/page or mailto:team@example.com."
    return document.finding(path, "url-invalid", f"'{value}' is no URL", hint)


def check_created(document: Document) -> list[Finding]:
    """Return whether the contract says a moment at which it was written."""
    path: KeyPath = ("contractCreatedTs",)
    written = document.value(path)
    if not isinstance(written, str) or _is_moment(written):
        return []
    message = f"'{written}' is no date with time"
    return [document.finding(path, "date-invalid", message, "Write it as 2024-01-31T09:30:00Z.")]


def _is_moment(text: str) -> bool:
    try:
        return "T" in text.upper() and datetime.fromisoformat(text) is not None
    except ValueError:
        return False
