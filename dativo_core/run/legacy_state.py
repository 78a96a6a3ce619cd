"""State files of earlier programs, as far as they can be told apart by their keys.

| key | value | meaning |
|---|---|---|
| `file_<id or path>` | `last_modified` | a file, when it was changed last |
| `spreadsheet_<id>` | `last_modified` | a spreadsheet, the same |
| `<object>.<cursor field>` | `last_value`, `updated_at` | how far an object was read |
| `object_<name>` | `cursor`, `last_sync` | the same, without the field |

Airbyte connectors merged their own state into the same file; it is told apart, and never taken for any of these.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dativo_core.errors import StateRefused

MAX_CURSOR = 4096
"""Longest cursor that is remembered, in characters: it is written again with every commit."""

_FILE, _SPREADSHEET, _OBJECT = "file_", "spreadsheet_", "object_"
_OF_AIRBYTE = frozenset(
    {
        "type",
        "stream",
        "streams",
        "stream_descriptor",
        "stream_state",
        "stream_states",
        "global",
        "shared_state",
        "data",
        "states",
        "sourceStats",
        "destinationStats",
    }
)


@dataclass(frozen=True)
class LegacyFile:
    """A file an earlier program had read: its key, its id or path, and when it had been changed last, as written."""

    key: str
    name: str
    last_modified: str

    def is_unchanged(self, modified_s: float) -> bool:
        """Whether a file that was changed at `modified_s` (seconds since 1970) has not changed since it was read.

        A time without zone may have been local or UTC. Where the two disagree the file counts as changed, unless it has
        exactly one of them.
        """
        moments = _readings(self.last_modified)
        step_s = 1e-3 if "." in self.last_modified else 1.0
        is_same = any(0 <= modified_s - moment < step_s for moment in moments)
        return is_same or modified_s <= min(moments)


@dataclass(frozen=True)
class LegacyCursor:
    """How far an earlier program had read an object; `field` is empty where it is not told."""

    key: str
    object: str
    field: str
    value: str | int


@dataclass(frozen=True)
class LegacyState:
    """What a state file holds: files, cursors, and keys of other kinds, each with what it is."""

    files: tuple[LegacyFile, ...]
    cursors: tuple[LegacyCursor, ...]
    left_out: tuple[tuple[str, str], ...]


def parse_legacy(document: Mapping[str, Any]) -> LegacyState:
    """Return the entries of a state file. Raises StateRefused naming every entry that is damaged."""
    files: list[LegacyFile] = []
    cursors: list[LegacyCursor] = []
    left_out: list[tuple[str, str]] = []
    problems: list[str] = []
    for key, value in document.items():
        try:
            match _entry(key, value):
                case LegacyFile() as file:
                    files.append(file)
                case LegacyCursor() as cursor:
                    cursors.append(cursor)
                case str(kind):
                    left_out.append((key, kind))
        except ValueError as error:
            problems.append(f"{key!r}: {error}")
    if problems:
        message = f"the state file is damaged: {'; '.join(problems)}"
        raise StateRefused(message, hint="Restore the file from a copy, or remove these entries; nothing was imported")
    return LegacyState(tuple(files), tuple(cursors), tuple(left_out))


def _entry(key: str, value: object) -> LegacyFile | LegacyCursor | str:
    """Return what an entry is, or in words what it is not. Raises ValueError when it is damaged."""
    if key in _OF_AIRBYTE:
        return "state of an Airbyte connector, which only that connector understands"
    name, dot, column = key.rpartition(".")
    # First, since an object may be called as entries of files begin.
    if dot and isinstance(value, dict) and "last_value" in value:
        return LegacyCursor(key, name, column, _cursor(value["last_value"], "last_value"))
    for prefix in (_FILE, _SPREADSHEET):
        # Only once: an id may begin with the same word.
        if key.startswith(prefix):
            return LegacyFile(key, key.removeprefix(prefix), _moment_text(value))
    if not isinstance(value, dict):
        return "no entry this version knows"
    if key.startswith(_OBJECT) and "cursor" in value:
        return LegacyCursor(key, key.removeprefix(_OBJECT), "", _cursor(value["cursor"], "cursor"))
    return "no entry this version knows"


def _moment_text(value: object) -> str:
    text = value.get("last_modified") if isinstance(value, dict) else None
    if not isinstance(text, str):
        message = "last_modified is missing or no text"
        raise ValueError(message)
    try:
        _readings(text)
    except (ValueError, OverflowError):
        message = f"last_modified {text!r} is no ISO 8601 time"
        raise ValueError(message) from None
    return text


def _cursor(value: object, key: str) -> str | int:
    if isinstance(value, bool) or not isinstance(value, str | int):
        message = f"{key} is neither a text nor a whole number"
        raise ValueError(message)
    if len(str(value)) > MAX_CURSOR:
        message = f"{key} is longer than {MAX_CURSOR:,} characters"
        raise ValueError(message)
    return value


def _readings(text: str) -> tuple[float, ...]:
    """Return the moments a time may mean, in seconds since 1970: without a zone it may be UTC or local."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not None:
        return (moment.timestamp(),)
    return moment.replace(tzinfo=UTC).timestamp(), moment.timestamp()
