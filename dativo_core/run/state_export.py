"""Reading the document that `dativo state export` writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dativo_core.errors import StateRefused
from dativo_core.lake.ranges import Ranges
from dativo_core.lake.state_document import decode_ranges_document, decode_state_document
from dativo_core.lake.state_verbs import Memory
from dativo_core.run.states import EXPORT, EXPORT_VERSION

REMEDY = "Give a file as dativo state export writes it; nothing was imported"


@dataclass(frozen=True)
class ExportedStream:
    """What an export says of one object: the table it was read from, None where there was none, and what that remembered.

    `tokens` are those of the last load, and of the last load of a partition.
    """

    object: str
    table_uuid: str | None
    memory: Memory
    tokens: tuple[str | None, str | None]

    @property
    def is_empty(self) -> bool:
        """Whether nothing had been loaded."""
        return self.memory == Memory()


def parse_export(document: Mapping[str, Any], tenant: str) -> dict[str, ExportedStream]:
    """Return the streams of an export by their object. Raises StateRefused for one of another tenant, newer or damaged."""
    if document[EXPORT] is True or document[EXPORT] != EXPORT_VERSION:
        message = f"the export has form {document[EXPORT]}, this version of Dativo reads form {EXPORT_VERSION}"
        raise StateRefused(
            message, hint="Import it with the version of Dativo that wrote it, or export it again with this one"
        )
    if document.get("tenant") != tenant:
        message = f"the export is of tenant {document.get('tenant')!r}, and the job is of {tenant!r}"
        raise StateRefused(message, hint="Give an export of this tenant")
    try:
        streams = [_stream(each) for each in document["streams"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        message = f"the export is damaged: {type(error).__name__}: {error}"
        raise StateRefused(message, hint=REMEDY) from None
    return {stream.object: stream for stream in streams}


def _stream(document: Mapping[str, Any]) -> ExportedStream:
    uuid, state, partitions = document["table_uuid"], document["state"], document["partitions"]
    decoded = None if state is None else decode_state_document(state)
    if decoded is not None and (isinstance(decoded.cursor, bool) or not isinstance(decoded.cursor, str | int | None)):
        message = "a cursor is neither a text nor a whole number"
        raise ValueError(message)
    ranges = Ranges() if partitions is None else Ranges(*decode_ranges_document(partitions))
    tokens = (decoded.token if decoded else None, ranges.newest.token if ranges.newest else None)
    return ExportedStream(
        str(document["object"]), None if uuid is None else str(uuid), Memory.of(decoded, ranges), tokens
    )
