"""Everything the command line prints as JSON is made here."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from dativo_core.errors import DativoError
from dativo_core.model.names import TableName
from dativo_core.telemetry.redact import REDACTED, redact

_LONG_LISTS = frozenset({"next_files", "tokens", "state_before"})
"""Fields that grow with a table's history and tell nothing about the run."""


def json_text(value: object) -> str:
    """Return reports, findings and what holds them as indented JSON."""
    return json.dumps(to_json(value), indent=2)


def to_json(value: object) -> Any:
    """Return `value` as plain JSON values: tables as `namespace.name`, times as ISO 8601, texts without secrets."""
    match value:
        case Enum():
            return value.value
        case bool() | None:
            return value
        case int() | float():
            text = str(value)
            return value if redact(text) == text else REDACTED
        case str():
            return redact(value)
        case datetime():
            return value.isoformat()
        case TableName():
            return str(value)
        case DativoError():
            return _error(value)
        case Mapping():
            return {redact(str(key)): to_json(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [to_json(item) for item in value]
    if is_dataclass(value):
        return {f.name: to_json(getattr(value, f.name)) for f in fields(value) if f.name not in _LONG_LISTS}
    return redact(str(value))


def _error(error: DativoError) -> dict[str, Any]:
    return {
        "type": type(error).__name__,
        "message": redact(error.message),
        "hint": redact(error.hint),
        "retryable": error.retryable,
        "context": to_json(error.context),
    }
