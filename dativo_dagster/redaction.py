"""Metadata as Dagster's database keeps it: without secrets."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from dativo_core.telemetry.redact import redact


def redacted(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return metadata of a run with every text in it redacted, to full depth; numbers and links to assets stay."""
    return {key: _shown(value) for key, value in metadata.items()}


def _shown(value: Any) -> Any:
    match value:
        case str():
            return redact(value)
        case dg.TableMetadataValue():
            return dg.MetadataValue.table(
                [dg.TableRecord(_shown(each.data)) for each in value.records], schema=value.schema
            )
        case dg.MetadataValue():
            return value
        case list() | tuple():
            return [_shown(each) for each in value]
        case Mapping():
            return {redact(str(key)): _shown(each) for key, each in value.items()}
    return value
