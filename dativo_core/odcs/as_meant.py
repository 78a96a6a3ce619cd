"""A contract of the standard as it is meant: keys without a value are absent, options in a list are one mapping."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dativo_core.model.finding import Finding, Severity
from dativo_core.odcs.options import OPTION_NAMES
from dativo_core.odcs.sections import is_free
from dativo_core.odcs.standard_model import Item, Property, SchemaObject, StandardContract
from dativo_core.workspace.document import Document, KeyPath

_MEANS_NULL = frozenset({"mustBe", "mustNotBe"})
_CLOSED = (StandardContract, SchemaObject, Property, Item)
_KNOWN = OPTION_NAMES | {info.alias or name for model in _CLOSED for name, info in model.model_fields.items()}


def as_meant(document: Document) -> tuple[Document, list[Finding]]:
    """Return a document without keys that are null, its options as mappings, and a finding for each change.

    Null is a value of its own for mustBe, mustNotBe, examples, custom properties and promises; there it stays. An unknown
    key stays too, to be reported as one.
    """
    findings: list[Finding] = []
    return replace(document, data=_section(document.data, (), document, findings)), findings


def _meant(value: Any, path: KeyPath, document: Document, findings: list[Finding]) -> Any:
    if is_free(path):
        return value
    if path and path[-1] == "logicalTypeOptions" and _is_list_of_mappings(value):
        value = _one_mapping(value, path, document, findings)
    if isinstance(value, dict):
        return _section(value, path, document, findings)
    if isinstance(value, list):
        return [_meant(each, (*path, index), document, findings) for index, each in enumerate(value)]
    return value


def _section(section: Mapping[str, Any], path: KeyPath, document: Document, findings: list[Finding]) -> dict[str, Any]:
    meant: dict[str, Any] = {}
    for key, value in section.items():
        place = (*path, key)
        if value is None and _is_absent(key, path):
            message, hint = f"'{key}' has no value and counts as absent", "Fill it in, or remove the key."
            findings.append(document.finding(place, "null-value", message, hint, Severity.WARNING))
        else:
            meant[key] = _meant(value, place, document, findings)
    return meant


def _is_absent(key: str, path: KeyPath) -> bool:
    """Whether a null at `key` of the section at `path` stands for nothing at all."""
    is_closed = not path or path[-1] in {"items", "logicalTypeOptions"} or path[-2:-1] in {("schema",), ("properties",)}
    if is_closed:
        return key in _KNOWN
    return key not in _MEANS_NULL and not is_free((*path, key))


def _is_list_of_mappings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _one_mapping(
    written: list[dict[str, Any]], path: KeyPath, document: Document, findings: list[Finding]
) -> dict[str, Any]:
    options = {key: value for each in written for key, value in each.items()}
    shown = ", ".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in options.items())
    hint = f"Write {path[-1]}: {{{shown if len(shown) <= 200 else shown[:197] + '...'}}}."
    message = "the options are a list; the standard takes one mapping"
    findings.append(document.finding(path, "options-list-form", message, hint))
    return options
