"""Custom properties: complete, each once, and no word of ours that is none."""

from collections.abc import Iterator, Mapping

from dativo_core.model.finding import Finding
from dativo_core.odcs.sections import entries, mappings
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.validate import did_you_mean

RELATIONSHIPS = "relationships"
PREFIX = "dativo"
"""Custom properties that start so are Dativo's own."""

_EVERYWHERE = frozenset({"dativoId"})
_PLACES = {
    "contract": {
        "dativoSourceType",
        "dativoTarget",
        "dativoDataQuality",
        "dativoCompliance",
        "dativoChangeManagement",
        "dativoFinops",
    },
    "table": {"dativoObject"},
    "property": {"dativoPartitionTransform", "dativoOnLoss", "dativoFieldId", "dativoOffsetColumn", "dativoTimezone"},
    "rule": {"dativoScope", "dativoBounds", "dativoDisposition"},
    "server": {"dativoCatalogUrl", "dativoNamespace"},
    "relationship": {"dativoSeverity"},
}
_NOT_IMPLEMENTED = frozenset({"dativoFieldId", "dativoOffsetColumn"})


def check_custom_properties(document: Document, within: str = "") -> list[Finding]:
    """Return custom properties without name or value, named twice in one list, or unknown though named as ours are.

    With `within` only those below keys of that name are looked at.
    """
    findings: list[Finding] = []
    for path, section in mappings(document.data):
        if within and within not in path:
            continue
        first: dict[str, KeyPath] = {}
        for place, entry in entries(section, "customProperties", path):
            name = entry.get("property")
            if not isinstance(name, str) or not name.strip() or "value" not in entry:
                findings.append(_incomplete(entry, place, document))
            elif first.setdefault(name, place) != place:
                message = f"'{name}' is already written on line {document.line(first[name])}"
                hint = "Remove one of them."
                findings.append(document.finding((*place, "property"), "custom-property-duplicate", message, hint))
            elif name.startswith(PREFIX):
                findings += _own(name, _place(path), place, document)
    return findings


def _incomplete(entry: Mapping[str, object], path: KeyPath, document: Document) -> Finding:
    name = entry.get("property")
    missing = "value" if isinstance(name, str) and name.strip() else "property"
    message = f"the custom property has no {'name' if missing == 'property' else missing}"
    return document.finding((*path, missing), "custom-property-incomplete", message, f"Add {missing}, or remove it.")


def _place(path: KeyPath) -> str:
    """Return what the custom properties of the section at `path` are about."""
    keys = [part for part in path if isinstance(part, str)]
    last = keys[-1] if keys else ""
    words = {"": "contract", "schema": "table", "properties": "property", "items": "property", "quality": "rule"}
    return {**words, "servers": "server", RELATIONSHIPS: "relationship"}.get(last, last)


def _own(name: str, about: str, path: KeyPath, document: Document) -> Iterator[Finding]:
    place = (*path, "property")
    if name in _EVERYWHERE:
        return
    if name in _PLACES.get(about, ()):
        if name in _NOT_IMPLEMENTED:
            message = f"'{name}' is not implemented in this version"
            yield document.finding(place, "not-implemented", message, "Remove the custom property.")
        return
    home = next((each for each, names in _PLACES.items() if name in names), None)
    if home is not None:
        message, hint = f"'{name}' means nothing here", f"Move it to the custom properties of the {home}."
    else:
        message, hint = f"'{name}' is no custom property of Dativo", did_you_mean(name, _PLACES.get(about, ()))
    yield document.finding(place, "custom-property-unknown", message, hint)
