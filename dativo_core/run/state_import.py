"""Taking over what an earlier program, or an export, says has been loaded. Each stream gets its own entries and no others."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dativo_core.errors import ConfigError, DativoError, StateRefused, Trouble
from dativo_core.flow import FileIdentity
from dativo_core.lake.ranges import Ranges
from dativo_core.lake.state_edit import Edit
from dativo_core.lake.state_sight import Sight, last_tokens
from dativo_core.lake.state_verbs import Memory, Signature, forgotten_files, named_files, remember
from dativo_core.run.legacy_entries import claimed_by
from dativo_core.run.legacy_state import parse_legacy
from dativo_core.run.state_changes import Place, Unchanged
from dativo_core.run.state_export import ExportedStream, parse_export
from dativo_core.run.states import EXPORT

MAX_BYTES = 256 * 1024 * 1024
VERB = "import"


@dataclass
class Importing:
    """Imports one file into the streams it is asked about; notes which entries were theirs, and whether any refused.

    `is_forced`: also over a state that is there. `names` say which path a file has that an earlier program knew by an id.
    """

    document: Mapping[str, Any]
    is_forced: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    claimed: set[str] = field(default_factory=set)
    has_failed: bool = False

    def __call__(self, place: Place, signed: Signature) -> Edit | Unchanged:
        """Return what the file changes of one stream. Raises StateRefused where it cannot or may not."""
        try:
            _require_importable(place.sight)
            return self._restored(place, signed) if EXPORT in self.document else self._taken_over(place, signed)
        except DativoError:
            self.has_failed = True
            raise

    @property
    def left_out(self) -> tuple[tuple[str, str], ...]:
        """Each entry of an earlier program's file that belongs to no stream that was asked about, and why."""
        if EXPORT in self.document:
            return ()
        legacy = parse_legacy(self.document)
        known = [*(file.key for file in legacy.files), *(cursor.key for cursor in legacy.cursors)]
        others = [key for key in known if key not in self.claimed]
        why = "no file or object of this job is known by it"
        return (*legacy.left_out, *((key, why) for key in others))

    def _restored(self, place: Place, signed: Signature) -> Edit | Unchanged:
        exported = parse_export(self.document, place.plan.tenant).get(place.stream.object)
        if exported is None or exported.is_empty:
            return Unchanged(("the export holds nothing of it",))
        self.claimed.add(exported.object)
        memory = _over(place.sight, exported.memory)
        if place.sight is not None and not place.sight.troubles and _are_alike(_memory(place.sight), memory):
            return Unchanged(("it remembers all of this already",))
        self._require_own_rows(place, exported)
        told = [f"puts back {named_files(file.path for file in memory.files if not file.is_forgotten)}"]
        if memory.ranges.loads:
            told.append(f"puts back the loads of {len(memory.ranges.loads)} partition(s)")
        told.append("what was loaded after the export, or is not named in it, is loaded again")
        return remember(place.stream.job_key, place.sight, memory, VERB, told, signed)

    def _require_own_rows(self, place: Place, exported: ExportedStream) -> None:
        if self.is_forced:
            return
        sight = place.sight
        if sight is None or str(sight.table.metadata.table_uuid) != exported.table_uuid:
            message = f"{place.stream.table}: the export is of another table, whose rows are not in this one"
            raise StateRefused(message, hint="Run the job to load them; --force takes them for loaded")
        if not sight.is_blank and not sight.has(Trouble.GONE, Trouble.UNREADABLE):
            message = f"{place.stream.table}: there is a load state, and the export differs from it"
            hint = (
                "dativo state show tells what is there; --force replaces it, and what was loaded since is loaded again"
            )
            raise StateRefused(message, hint=hint)
        if exported.tokens != last_tokens(sight):
            message = f"{place.stream.table}: the export is not of the last load whose rows are there"
            hint = (
                "dativo state adopt --from-snapshot newest takes the state that fits them; --force takes the export: what was"
                " loaded since is loaded again, and what was rolled back is not"
            )
            raise StateRefused(message, hint=hint)

    def _taken_over(self, place: Place, signed: Signature) -> Edit | Unchanged:
        claim = claimed_by(place, parse_legacy(self.document), self.names)
        self.claimed |= claim.keys
        if not claim.keys:
            return Unchanged(("the file holds nothing of it",))
        sight = place.sight
        before = _memory(sight) if sight is not None else Memory()
        known = {file.path: file for file in before.files}
        added = tuple(file for file in claim.files if _is_news(file, known.get(file.path)))
        cursor = before.cursor if before.cursor is not None and not self.is_forced else claim.cursor
        if not added and cursor == before.cursor and not (sight is not None and sight.troubles):
            return Unchanged((*claim.told, "it remembers all of this already"))
        if sight is not None and not sight.is_blank and not self.is_forced:
            names = named_files(file.path for file in added)
            message = (
                f"{place.stream.table}: rows or a load state are there, and the file names what is not in it: {names}"
            )
            raise StateRefused(message, hint="Run the job to load them; --force takes them for loaded")
        again = forgotten_files(sight) if sight is not None and sight.troubles else {}
        files = again | {file.path: file for file in (*before.files, *added)}
        memory = Memory(tuple(files.values()), cursor, before.ranges)
        return remember(place.stream.job_key, sight, memory, VERB, claim.told, signed)


def read_import(path: Path) -> dict[str, Any]:
    """Return the JSON object in a state file. Raises ConfigError when it cannot be read, StateRefused when it is none."""
    try:
        if path.stat().st_size > MAX_BYTES:
            message = f"{path} is larger than {MAX_BYTES} bytes"
            raise ConfigError(message, hint="Give a state file")
        content = path.read_bytes()
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}"
        raise ConfigError(message, hint="Give the path of a state file") from error
    try:
        document = json.loads(content, object_pairs_hook=_object)
        # Half a character is good JSON, and no text that any file or table can hold.
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        message = f"{path} is damaged: {error}"
        raise StateRefused(message, hint="Restore it from a copy; nothing was imported") from None
    if not isinstance(document, dict):
        message = f"{path} holds no JSON object"
        raise StateRefused(message, hint="Give a state file, or what dativo state export wrote; nothing was imported")
    return document


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object of some pairs. Raises ValueError for a key that is there twice: only one of them can be meant."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        message = f"key {twice!r} is there twice"
        raise ValueError(message)
    return found


def _require_importable(sight: Sight | None) -> None:
    """Raise StateRefused where something else has to be settled first."""
    troubles = sight.troubles if sight is not None else ()
    ends_by_import = {Trouble.NO_STATE, Trouble.GONE, Trouble.UNREADABLE}
    for trouble in troubles:
        if trouble.trouble not in ends_by_import:
            raise StateRefused(trouble.message, hint=trouble.hint)


def _is_news(file: FileIdentity, before: FileIdentity | None) -> bool:
    """Whether a table does not know of a file, or only that it is to be loaded again and it need not be."""
    return before is None or (before.is_forgotten and not file.is_forgotten)


def _memory(sight: Sight) -> Memory:
    return _as_one(Memory.of(sight.state, sight.ranges))


def _as_one(memory: Memory) -> Memory:
    """Return what is remembered with all files as one set, those that partitions brought among them."""
    files = {**{file.path: file for file in memory.files}, **memory.ranges.files}
    held = (files[path] for path in sorted(files))
    return Memory(tuple(file for file in held if file is not None), memory.cursor, replace(memory.ranges, files={}))


def _ranges(sight: Sight | None) -> Ranges:
    return sight.ranges if sight is not None and sight.ranges is not None else Ranges()


def _over(sight: Sight | None, exported: Memory) -> Memory:
    """Return what was exported, beside the other files whose rows may be in the table: they are to be loaded again.

    Loads of partitions that are there stay: their numbers must not fall.
    """
    memory, now = _as_one(exported), _ranges(sight)
    files = (forgotten_files(sight) if sight is not None else {}) | {file.path: file for file in memory.files}
    loads, newest = {**memory.ranges.loads, **now.loads}, now.newest or memory.ranges.newest
    held = tuple(files[path] for path in sorted(files))
    return Memory(held, memory.cursor, replace(memory.ranges, loads=loads, newest=newest))


def _are_alike(before: Memory, after: Memory) -> bool:
    return (before.files, before.cursor, before.ranges.loads) == (after.files, after.cursor, after.ranges.loads)
