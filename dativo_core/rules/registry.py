"""The registry itself: every entry says what its version of the file requires, without contradiction."""

from collections.abc import Iterator

from dativo_core.model.finding import Finding
from dativo_core.model.registry import RegistryEntry, RegistryFile
from dativo_core.workspace.document import Document, KeyPath

_ALWAYS = ("default_engine", "engines_supported")
_SOURCES_OF_VERSION_2 = (
    *_ALWAYS,
    "category",
    "allowed_in_cloud",
    "supports_incremental",
    "incremental_strategy_default",
)
_SECTIONS = {2: ("sources", "targets"), 3: ("connectors",)}


def check_registry(content: RegistryFile, document: Document) -> list[Finding]:
    """Return missing maps and keys, and defaults that the same entry excludes."""
    sections = _SECTIONS[content.version]
    findings: list[Finding] = []
    if not any(getattr(content, section) for section in sections):
        message = f"a registry of version {content.version} needs '{sections[0]}'"
        findings.append(document.finding((sections[0],), "missing-key", message, "List the connector types below it."))
    for section in ("sources", "targets", "connectors"):
        if section not in sections and getattr(content, section):
            message = f"'{section}' is not read in a registry of version {content.version}"
            hint = f"Move its types to {' or '.join(sections)}."
            findings.append(document.finding((section,), "superseded-key", message, hint))
    for path, entry, required in _entries(content):
        findings += _check_entry(entry, document, path, required)
    return findings


def _entries(content: RegistryFile) -> Iterator[tuple[KeyPath, RegistryEntry, tuple[str, ...]]]:
    """Yield each entry that is read, with its place and the keys it must have."""
    required = {"sources": _SOURCES_OF_VERSION_2, "targets": _ALWAYS, "connectors": ("roles", *_ALWAYS)}
    for section in _SECTIONS[content.version]:
        for name, entry in (getattr(content, section) or {}).items():
            yield (section, name), entry, required[section]


def _check_entry(entry: RegistryEntry, document: Document, path: KeyPath, required: tuple[str, ...]) -> list[Finding]:
    findings: list[Finding] = []
    for key in required:
        if getattr(entry, key) in (None, ()):
            message = f"required key '{key}' is missing"
            hint = f"Add it: {RegistryEntry.model_fields[key].description}."
            findings.append(document.finding((*path, key), "missing-key", message, hint))
    if entry.default_engine and entry.engines_supported and entry.default_engine not in entry.engines_supported:
        message = f"the default engine '{entry.default_engine}' is not among engines_supported"
        hint = "Add it there, or choose one of them."
        findings.append(document.finding((*path, "default_engine"), "registry-conflict", message, hint))
    if entry.supports_incremental is False and entry.incremental_strategy_default is not None:
        message = "the type has a strategy and does not support incremental loads"
        hint = "Set supports_incremental: true, or remove the strategy."
        findings.append(document.finding((*path, "incremental_strategy_default"), "registry-conflict", message, hint))
    return findings
