"""Which entries of an earlier program's state file belong to one stream, and what this version can remember of them."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dativo_core.errors import StateRefused
from dativo_core.flow import FileIdentity, forgotten
from dativo_core.lake.state_verbs import named_files
from dativo_core.model.declared_options import DeclaredOptions
from dativo_core.model.partition_paths import FILE_SCHEME, PartitionPath
from dativo_core.plan.types import SourcePlan
from dativo_core.run.job import source_boundary
from dativo_core.run.legacy_state import LegacyCursor, LegacyFile, LegacyState
from dativo_core.run.state_changes import Place
from dativo_core.secrets.references import references_of
from dativo_core.sources.addressed_files import AddressedFiles
from dativo_core.sources.file_hints import FileHint
from dativo_core.sources.load import resolved_source
from dativo_core.sources.storage import Storage
from dativo_core.workspace.paths import CONTAINER_ROOT


@dataclass(frozen=True)
class Claim:
    """What of a state file is one stream's: the keys, the files and cursor to remember, and what becomes of them."""

    keys: frozenset[str] = frozenset()
    files: tuple[FileIdentity, ...] = ()
    cursor: str | int | None = None
    told: tuple[str, ...] = ()


def claimed_by(place: Place, legacy: LegacyState, names: Mapping[str, str]) -> Claim:
    """Return what of a state file is a stream's. `names` say which path a file has that was known by an id.

    Raises StateRefused for entries of the stream that this version cannot remember, SourceError where files cannot be read.
    """
    if isinstance(place.plan.source.options, DeclaredOptions):
        return _of_cursors(place, legacy)
    return _of_files(place, legacy, names)


def _of_cursors(place: Place, legacy: LegacyState) -> Claim:
    stream, source = place.stream, place.plan.source
    own = [cursor for cursor in legacy.cursors if cursor.object == stream.object]
    if not own and legacy.files:
        keys = ", ".join(file.key for file in legacy.files)
        message = (
            f"{stream.object}: this version cannot read sources of type {source.type}, nor remember their files: {keys}"
        )
        raise StateRefused(
            message, hint="Import them once a version of Dativo reads this type; the file stays as it is"
        )
    return _of_cursor(own, source, stream.object) if own else Claim()


def _of_cursor(own: list[LegacyCursor], source: SourcePlan, name: str) -> Claim:
    fitting = own if len(own) == 1 else [cursor for cursor in own if cursor.field == _cursor_field(source)]
    if len(fitting) != 1:
        keys = ", ".join(cursor.key for cursor in own)
        message = f"{name}: the file has several cursors, and none is that of the job: {keys}"
        raise StateRefused(message, hint="Set source.incremental.cursor_field to the one that counts")
    cursor = fitting[0]
    return Claim(
        frozenset({cursor.key}), (), cursor.value, (f"takes over the cursor {cursor.value!r} of {cursor.key}",)
    )


def _cursor_field(source: SourcePlan) -> object:
    settings: Mapping[str, Any] = getattr(source.options, "settings", {})
    incremental = settings.get("incremental")
    return incremental.get("cursor_field") if isinstance(incremental, Mapping) else None


def _of_files(place: Place, legacy: LegacyState, names: Mapping[str, str]) -> Claim:
    """Return the files of a stream an earlier program had read; those that changed since are remembered as to be loaded."""
    root = Path(place.plan.root)
    wanted: dict[str, list[LegacyFile]] = {}
    for file in legacy.files:
        wanted.setdefault(_path_of(names.get(file.name, file.name), root), []).append(file)
    if not wanted:
        return Claim()
    references = references_of(place.plan, place.services.secrets, place.services.mode)
    source = resolved_source(place.plan.source, place.stream, references)
    storage = AddressedFiles(source_boundary(place.plan, place.services), source.connection, references)
    listed = {hint.path: hint for hint in _listed(source, storage) if hint.path in wanted}
    before = {path for path, hint in listed.items() if any(file.is_unchanged(hint.modified_s) for file in wanted[path])}
    files = {path: storage.identify(path) for path in sorted(before)}
    # A file that was replaced while it was read is another one than the hint is about.
    again = {hint.path: hint for hint in _listed(source, storage)}
    loaded = [file for path, file in files.items() if again.get(path) == listed[path]]
    changed = [path for path in listed if path not in {file.path for file in loaded}]
    keys = frozenset(file.key for path in listed for file in wanted[path])
    return Claim(keys, (*loaded, *map(forgotten, changed)), None, _told(loaded, changed))


def _told(loaded: list[FileIdentity], changed: list[str]) -> tuple[str, ...]:
    told = [f"counts as loaded, unchanged since: {named_files(file.path for file in loaded)}"] if loaded else []
    if changed:
        told.append(f"loads again, changed since or maybe so: {named_files(changed)}")
    return tuple(told)


def _listed(source: SourcePlan, storage: Storage) -> Iterator[FileHint]:
    patterns: tuple[str, ...] = getattr(source.options, "files", ())
    if source.partitions is not None:
        patterns = tuple(PartitionPath(pattern, source.partitions).of_all for pattern in patterns)
    return storage.hints(patterns)


def _path_of(name: str, root: Path) -> str:
    """Return the path of this workspace that an earlier program's path stands for; anything else stays as it is."""
    path = name.removeprefix(FILE_SCHEME)
    if "://" in path:
        return path
    if Path(path).is_absolute() and Path(path).is_relative_to(root):
        path = Path(path).relative_to(root).as_posix()
    return posixpath.normpath(path.removeprefix(f"{CONTAINER_ROOT}/"))
