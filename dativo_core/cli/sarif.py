"""Findings as SARIF 2.1.0 (OASIS Static Analysis Results Interchange Format), which code hosts show beside the changed lines."""

import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dativo_core import __version__
from dativo_core.cli.catalogue import Explanation, catalogue
from dativo_core.cli.failure import safe
from dativo_core.cli.source_file import SourceFile, read_source
from dativo_core.model.finding import Finding, Severity
from dativo_core.workspace.paths import shown

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def sarif_document(findings: Sequence[Finding], root: Path) -> dict[str, Any]:
    """Return one run with a rule per code that occurs and a result per finding.

    Addresses are relative to the current directory when the file lies below it, as in a checkout whose root is not the
    workspace's, else to `root`.
    """
    distinct = list(dict.fromkeys(findings))
    codes = sorted({finding.code for finding in distinct})
    source = cache(lambda file: read_source(root, file))
    driver = {"name": "dativo", "version": __version__, "rules": [_rule(code) for code in codes]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, codes.index(finding.code), root, source) for finding in distinct],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> dict[str, Any]:
    told = catalogue().get(code)
    if told is None:
        return {"id": code}
    return {
        "id": code,
        "shortDescription": {"text": f"{told.title}."},
        "fullDescription": {"text": f"{told.why} {told.fix}"},
        "help": {"text": _help(told, "{}"), "markdown": _help(told, "\n```yaml\n{}```\n")},
    }


def _help(told: Explanation, example: str) -> str:
    parts = [f"{told.why} {told.fix}", "Wrong:", example.format(told.wrong), "Right:", example.format(told.right)]
    return "\n".join(parts)


def _result(finding: Finding, rule: int, root: Path, source: Callable[[str], SourceFile]) -> dict[str, Any]:
    place = {"artifactLocation": _address(finding.file, root), "region": _region(finding, source(finding.file))}
    location: dict[str, Any] = {"physicalLocation": place}
    if finding.key_path:
        location["logicalLocations"] = [{"fullyQualifiedName": safe(finding.key_path)}]
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": safe(f"{finding.message}. {finding.hint}")},
        "locations": [location],
        "partialFingerprints": {"dativoFinding/v1": _fingerprint(finding)},
    }


def _address(file: str, root: Path) -> dict[str, str]:
    path = shown(Path.cwd(), root / file)
    if Path(path).is_absolute():
        path = file
    return {"uri": quote(path), "uriBaseId": "%SRCROOT%"}


def _region(finding: Finding, source: SourceFile) -> dict[str, int]:
    region, span = {"startLine": max(1, finding.line)}, source.span(finding)
    return region | ({"startColumn": span.start + 1, "endColumn": span.stop + 1} if span else {})


def _fingerprint(finding: Finding) -> str:
    """Return what stays the same when lines are added above: file, key and code."""
    text = "\n".join((finding.file, finding.key_path, finding.code))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
