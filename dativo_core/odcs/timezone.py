"""Time zones by their names in the IANA database, and the one in which a column's values without an offset are read."""

import zoneinfo
from collections.abc import Iterable
from dataclasses import replace

from dativo_core.model.finding import Finding
from dativo_core.odcs.section_models import CustomProperty
from dativo_core.odcs.types import FieldType, TypeKind
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.validate import did_you_mean

PROPERTY = "dativoTimezone"
"""The custom property of a standard contract."""


def check_zone(name: str, document: Document, path: KeyPath) -> list[Finding]:
    """Return whether a time zone exists."""
    if _is_zone(name):
        return []
    message = f"the time zone '{name}' does not exist"
    hint = did_you_mean(name, zoneinfo.available_timezones())
    hint = hint if hint.startswith("Did") else "Use a name such as Europe/Berlin or UTC."
    return [document.finding(path, "timezone-unknown", message, hint)]


def in_zone(
    type_: FieldType | None,
    properties: Iterable[CustomProperty] | None,
    document: Document,
    path: KeyPath,
    findings: list[Finding],
) -> FieldType | None:
    """Return the type of the property at `path` with the zone that its custom properties name."""
    for index, each in enumerate(properties or ()):
        if each.property != PROPERTY or type_ is None:
            continue
        place = (*path, "customProperties", index, "value")
        problems = check_zone(str(each.value), document, place)
        if type_.kind is not TypeKind.TIMESTAMPTZ:
            message = f"a time zone means nothing for the type {type_}"
            hint = "Remove it, or declare physicalType: timestamptz; in a nested column it belongs to the part."
            problems = [document.finding(place, "timezone-misplaced", message, hint)]
        findings += problems
        return type_ if problems else replace(type_, zone=str(each.value))
    return type_


def _is_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return False
    return True
