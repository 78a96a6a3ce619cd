"""All secrets of one tenant, by every name they answer to; the same for every backend."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any

from dativo_core.errors import SecretError
from dativo_core.secrets.base import Secret
from dativo_core.secrets.dotenv import parse_dotenv
from dativo_core.telemetry.redact import register

MAX_DEPTH = 64
MAX_NAME_LENGTH = 1024
MAX_VALUES = 10_000
"""Values of one tenant; more make the search for them in what is told slow."""


class Format(StrEnum):
    """How the text of a secret is read. It follows from a name, never from the text: PEM and base64 stay text."""

    JSON = "json"
    ENV = "env"
    TEXT = "text"
    RAW = "raw"


_BY_SUFFIX = {".json": Format.JSON, ".env": Format.ENV}


def format_of_name(name: str) -> Format:
    """Return the format a name stands for by its extension: text, unless it ends in `.json` or `.env`."""
    return _BY_SUFFIX.get(PurePosixPath(name).suffix, Format.TEXT)


@dataclass(frozen=True)
class Entry:
    """One secret as a backend delivers it. `place` is its file or variable, for messages."""

    stem: str
    format: Format
    place: str
    text: str = field(repr=False)


def entries_of_map(values: Mapping[str, Any], place: str) -> list[Entry]:
    """Return the secrets of one map, such as all that Vault keeps at a path; a name may end in `.json`, `.env`, `.txt`.

    A value that is a map or a list counts as JSON, a number or a flag as its text, a null as nothing.
    """
    return [_entry_of_value(name, value, f"{name} in {place}") for name, value in values.items() if value is not None]


def map_of_entry(entry: Entry) -> Mapping[str, Any]:
    """Return the map that a secret with many secrets in it holds; SecretError when it holds none."""
    if entry.format is Format.ENV:
        return parse_dotenv(entry.text, entry.place)
    found = _parsed(entry)
    if not isinstance(found, dict):
        message = f"{entry.place} is no JSON object"
        raise SecretError(message, hint="Store one object whose keys are the names of the secrets")
    return found


def _entry_of_value(name: str, value: Any, place: str) -> Entry:
    stem, form = stem_of(name), format_of_name(name)
    match value:
        case str():
            return Entry(stem, form, place, value)
        case dict() | list():
            return Entry(stem, Format.JSON, place, json.dumps(value))
    return Entry(stem, form, place, json.dumps(value))


def stem_of(name: str) -> str:
    """Return a name without an extension that says its format; any other dot belongs to the name."""
    suffix = PurePosixPath(name).suffix
    return name.removesuffix(suffix) if suffix in {*_BY_SUFFIX, ".txt"} else name


class Bundle:
    """Secrets by name: a whole one by its stem, its parts as `stem.key`, the variables of `.env` secrets also alone."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._values: dict[str, Secret] = {}
        self._variables: dict[str, dict[str, Secret]] = {}
        self._hidden = 0
        for entry in _distinct(entries):
            self._add(entry)
        self.size = len(entries)
        """How many whole secrets there are."""

    def names(self) -> frozenset[str]:
        """Return every name `get` knows."""
        return frozenset(self._values) | frozenset(self._variables)

    def get(self, name: str) -> Secret | None:
        """Return the secret `name`; SecretError when two `.env` secrets set a variable of that name differently."""
        if name in self._values:
            return self._values[name]
        found = self._variables.get(name, {})
        if len({secret.reveal() for secret in found.values()}) > 1:
            message = f"the secret {name} has different values in {' and '.join(sorted(found))}"
            choices = " or ".join(f"${{secret:{stem}.{name}}}" for stem in sorted(found))
            raise SecretError(message, hint=f"Say which one: {choices}")
        return next(iter(found.values()), None)

    def _add(self, entry: Entry) -> None:
        if entry.format is Format.ENV:
            variables = parse_dotenv(entry.text, entry.place)
            self._hide(entry, variables.values())
            for key, value in variables.items():
                secret = self._values[f"{entry.stem}.{key}"] = Secret(value)
                self._variables.setdefault(key, {})[entry.stem] = secret
            return
        leaves = list(_leaves(entry, entry.stem, _parsed(entry), 0)) if entry.format is Format.JSON else []
        self._hide(entry, [value for _, value in leaves])
        self._values[entry.stem] = Secret(entry.text if entry.format is Format.RAW else entry.text.strip())
        for name, value in leaves:
            if name:
                self._values.setdefault(name, Secret(value))

    def _hide(self, entry: Entry, values: Collection[str]) -> None:
        """Make values unprintable at once, also those that have no name. SecretError when they are too many."""
        self._hidden += len(values)
        if self._hidden > MAX_VALUES:
            raise _too_large(entry, f"the tenant's secrets have more than {MAX_VALUES} values")
        register(*values)


def _distinct(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Return `entries`; SecretError when two of them have one name."""
    places: dict[str, str] = {}
    for entry in entries:
        if entry.stem in places:
            message = f"the secret {entry.stem} is there twice: {places[entry.stem]} and {entry.place}"
            raise SecretError(message, hint="Remove or rename one of them; the name is the part before the extension")
        places[entry.stem] = entry.place
    return entries


def _parsed(entry: Entry) -> Any:
    def distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(found := dict(pairs)) < len(pairs):
            message = f"{entry.place} has a key twice"
            raise SecretError(message, hint="Keep one of the two values")
        return found

    try:
        return json.loads(entry.text, object_pairs_hook=distinct)
    except (ValueError, RecursionError):
        message = f"{entry.place} is not valid JSON"
        raise SecretError(message, hint="Correct the file, or name it .txt when it is plain text") from None


def _leaves(entry: Entry, name: str, value: Any, depth: int) -> Iterator[tuple[str, str]]:
    """Yield the scalars below `value` with their dotted names; those in lists have an empty name, nulls are left out."""
    if depth > MAX_DEPTH or len(name) > MAX_NAME_LENGTH:
        limits = f"more than {MAX_DEPTH} levels or a name of more than {MAX_NAME_LENGTH} letters"
        raise _too_large(entry, f"{entry.place} has {limits}")
    match value:
        case dict():
            for key, item in value.items():
                yield from _leaves(entry, name and f"{name}.{key}", item, depth + 1)
        case list():
            for item in value:
                yield from _leaves(entry, "", item, depth + 1)
        case str():
            yield name, value
        case bool() | int() | float():
            yield name, json.dumps(value)


def _too_large(entry: Entry, message: str) -> SecretError:
    return SecretError(message, hint=f"Keep in {entry.place} what are secrets, in a form that is less deep")
