"""Which files a run covers, from what there is and what was loaded. Pure."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from dativo_core.errors import SourceError
from dativo_core.flow import FileIdentity, RunState, Slice, Window, WindowKind
from dativo_core.sources.base import WindowPolicy

REMEDY = (
    "set target.write_mode: delete_insert, which replaces the rows of such files, "
    "or write_mode: overwrite, which replaces the whole table"
)


@dataclass(frozen=True)
class _Compared:
    """The files there are against those that were loaded."""

    loaded: dict[str, FileIdentity]
    new: tuple[FileIdentity, ...]
    changed: tuple[FileIdentity, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    moved: tuple[tuple[str, str], ...]
    duplicates: tuple[tuple[str, str], ...]


def plan_files(
    found: tuple[FileIdentity, ...],
    state: RunState | None,
    policy: WindowPolicy,
    unreadable: tuple[tuple[str, SourceError], ...] = (),
) -> Window:
    """Return the window over the files found; those that are there but unreadable stay as they are remembered.

    Raises SourceError naming every file that changed or moved when the rows loaded from it cannot be replaced.
    """
    there = {*_paths(found), *(path for path, _ in unreadable)}
    known = {file.path: file for file in state.files} if state else {}
    # Only where rows are replaced does it matter that a file which is to be loaded again was loaded before.
    compared = _compare(found, known if policy.replaces_files else _remembered(known), there)
    if policy.replaces:
        window = _replacing_all(found, compared, is_first=state is None or policy.refreshes)
    elif policy.replaces_files:
        window = _replacing_files(compared, policy)
    else:
        window = _adding(compared, known)
    return replace(
        window,
        sequence=state.sequence + 1 if state else 1,
        unchanged=compared.unchanged,
        changed=_paths(compared.changed),
        removed=compared.removed,
        duplicates=compared.duplicates,
        unreadable=unreadable,
        is_empty=not window.files and not window.replaced,
    )


def plan_partitions(
    partitions: tuple[str, ...],
    found: tuple[FileIdentity, ...],
    loaded: Iterable[FileIdentity],
    sequence: int,
    unreadable: tuple[tuple[str, SourceError], ...] = (),
    moved: tuple[tuple[str, str], ...] = (),
) -> Window:
    """Return the window that loads some partitions again: all files there are of them, in place of all rows there were.

    `moved` are files that were loaded elsewhere, each with the path in these partitions that it is at by now.
    """
    unread = {path for path, _ in unreadable}
    before = {file.path: file for file in loaded}
    removed = sorted({*(before.keys() - {*_paths(found), *unread}), *(old for old, _ in moved)})
    replaced = tuple(sorted({*_paths(found), *removed}))
    return Window(
        WindowKind.PARTITION,
        sequence,
        files=_sorted(found),
        next_files=_sorted((*found, *(before[path] for path in unread if path in before))),
        changed=_paths(file for file in found if file.path in before and before[file.path] != file),
        removed=tuple(removed),
        replaced=replaced,
        moved=moved,
        unreadable=unreadable,
        is_empty=not replaced,
        partitions=partitions,
    )


def moved_to(
    new: Iterable[FileIdentity], known: Iterable[FileIdentity], is_gone: Callable[[str], bool]
) -> tuple[tuple[str, str], ...]:
    """Pair known files that are gone with new files of their content; `is_gone` is asked only of those of equal content."""
    arrived = list(new)
    contents, paths = {_content(file) for file in arrived}, set(_paths(arrived))
    equal = [file for file in known if file.path not in paths and _content(file) in contents]
    return _moved(arrived, [file for file in equal if is_gone(file.path)])


def files_beyond(window: Window, limit: int) -> Collection[str]:
    """Return the paths of a window's files that are left for a later run when it may read at most `limit` of them."""
    return frozenset(_paths(window.files[limit:]))


def without_files(window: Window, state: RunState | None, paths: Collection[str]) -> Window:
    """Return the window less some of its files, which are left for a later run: their old rows stay and are remembered."""
    before = {file.path: file for file in state.files} if state else {}
    stays = [before[path] for path in _left_behind(window, paths) if path in before]
    files = [file for file in window.next_files if file.path not in paths]
    return replace(
        window,
        files=tuple(file for file in window.files if file.path not in paths),
        next_files=_sorted((*files, *stays)),
        replaced=replaced_without(window, paths),
        duplicates=tuple(pair for pair in window.duplicates if pair[0] not in paths),
    )


def replaced_without(window: Window, paths: Collection[str]) -> tuple[str, ...]:
    """Return whose rows the window still replaces when some of its files are left for a later run."""
    stays = _left_behind(window, paths)
    return tuple(path for path in window.replaced if path not in stays)


def removable_paths(state: RunState | None, policy: WindowPolicy) -> frozenset[str] | None:
    """Return the paths that may be gone by now; None where every pattern must match something."""
    return frozenset(file.path for file in state.files) if state is not None and policy.deletes_removed else None


def file_slices(window: Window) -> tuple[Slice, ...]:
    """Return one slice per file of the window."""
    return tuple(Slice(index, file) for index, file in enumerate(window.files))


def _compare(found: tuple[FileIdentity, ...], loaded: dict[str, FileIdentity], there: Collection[str]) -> _Compared:
    new = tuple(file for file in found if file.path not in loaded)
    removed = tuple(sorted(path for path in loaded if path not in there))
    moved = _moved(new, [loaded[path] for path in removed])
    return _Compared(
        loaded=loaded,
        new=new,
        changed=tuple(file for file in found if file.path in loaded and loaded[file.path] != file),
        unchanged=tuple(file.path for file in found if loaded.get(file.path) == file),
        removed=removed,
        moved=moved,
        duplicates=_duplicates(found, new, {path for _, path in moved}),
    )


def _moved(new: Iterable[FileIdentity], removed: Iterable[FileIdentity]) -> tuple[tuple[str, str], ...]:
    """Pair each file that is gone with one new file of its content; each file is in one pair at most."""
    arrived: dict[FileIdentity, list[str]] = {}
    for file in new:
        arrived.setdefault(_content(file), []).append(file.path)
    pairs = ((file.path, arrived.get(_content(file), [])) for file in removed)
    return tuple((path, candidates.pop(0)) for path, candidates in pairs if candidates)


def _duplicates(
    found: tuple[FileIdentity, ...], new: Iterable[FileIdentity], moved: Collection[str]
) -> tuple[tuple[str, str], ...]:
    """Return each new file beside which its content lies under another path; of several new ones the first is no copy."""
    fresh = {file.path for file in new}
    first: dict[FileIdentity, str] = {}
    for file in sorted(found, key=lambda file: (file.path in fresh, file.path)):
        first.setdefault(_content(file), file.path)
    pairs = ((file.path, first[_content(file)]) for file in new if file.path not in moved)
    return tuple((path, other) for path, other in pairs if path != other)


def _replacing_all(found: tuple[FileIdentity, ...], compared: _Compared, *, is_first: bool) -> Window:
    differs = is_first or bool(compared.new or compared.changed or compared.removed)
    return Window(WindowKind.FULL, 0, files=found if differs else (), next_files=_sorted(found))


def _replacing_files(compared: _Compared, policy: WindowPolicy) -> Window:
    files = _sorted((*compared.new, *compared.changed))
    gone = set(compared.removed) if policy.deletes_removed else {old for old, _ in compared.moved}
    kept = (file for path, file in compared.loaded.items() if path not in gone)
    remembered = {file.path: file for file in (*kept, *files)}
    return Window(
        WindowKind.FILES,
        0,
        files=files,
        next_files=_sorted(remembered.values()),
        replaced=tuple(sorted({*_paths(compared.changed), *gone})),
        moved=compared.moved,
    )


def _adding(compared: _Compared, known: dict[str, FileIdentity]) -> Window:
    _require_replaceable(compared)
    remembered = {**known, **{file.path: file for file in compared.new}}
    return Window(WindowKind.FILES, 0, files=compared.new, next_files=_sorted(remembered.values()))


def _require_replaceable(compared: _Compared) -> None:
    """Raise SourceError when adding rows would leave rows of an earlier version, or have rows twice."""
    changed = [_change(compared.loaded[file.path], file) for file in compared.changed]
    moved = [
        f"file {new} has the content of {old}, which was loaded and is gone: a renamed file"
        for old, new in compared.moved
    ]
    if changed:
        message = f"{'; '.join((*changed, *moved))}; rows already loaded cannot be replaced in write mode append"
        raise SourceError(message, hint=f"Deliver the rows as a new file, or {REMEDY}")
    if moved:
        message = f"{'; '.join(moved)}; its rows would be in the table twice in write mode append"
        hint = f"Give it its old name; put the old file back beside it if its rows are meant to be loaded again; or {REMEDY}"
        raise SourceError(message, hint=hint)


def _change(before: FileIdentity, now: FileIdentity) -> str:
    return f"file {now.path} changed since it was loaded (was {before.fingerprint}, now {now.fingerprint})"


def _left_behind(window: Window, paths: Collection[str]) -> set[str]:
    """Return the paths the old rows of files that are left out are known under."""
    return {*paths, *(old for old, new in window.moved if new in paths)}


def _remembered(files: dict[str, FileIdentity]) -> dict[str, FileIdentity]:
    return {path: file for path, file in files.items() if not file.is_forgotten}


def _content(file: FileIdentity) -> FileIdentity:
    return replace(file, path="", is_forgotten=False)


def _paths(files: Iterable[FileIdentity]) -> tuple[str, ...]:
    return tuple(file.path for file in files)


def _sorted(files: Iterable[FileIdentity]) -> tuple[FileIdentity, ...]:
    return tuple(sorted(files, key=lambda file: file.path))
