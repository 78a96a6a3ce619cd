"""Which files a run covers, from what there is and what was loaded. Pure."""

from dativo_core.errors import SourceError
from dativo_core.flow import FileIdentity, RunState, Slice, Window, WindowKind
from dativo_core.sources.base import WindowPolicy


def plan_files(found: tuple[FileIdentity, ...], state: RunState | None, policy: WindowPolicy) -> Window:
    """Return the window over the files found.

    Raises SourceError naming every changed file when their rows cannot be replaced.
    """
    loaded = {file.path: file for file in state.files} if state else {}
    paths = {file.path for file in found}
    new = tuple(file for file in found if file.path not in loaded)
    changed = tuple(file for file in found if file.path in loaded and loaded[file.path] != file)
    unchanged = tuple(file.path for file in found if loaded.get(file.path) == file)
    removed = tuple(sorted(path for path in loaded if path not in paths))
    sequence = state.sequence + 1 if state else 1
    if policy.replaces:
        differs = bool(new or changed or removed) or state is None
        kind, files, remembered = WindowKind.FULL, found if differs else (), found
    else:
        _require_unchanged(changed, loaded)
        kind, files, remembered = WindowKind.FILES, new, (*loaded.values(), *new)
    return Window(
        kind=kind,
        sequence=sequence,
        files=files,
        next_files=tuple(sorted(remembered, key=lambda file: file.path)),
        unchanged=unchanged,
        changed=tuple(file.path for file in changed),
        removed=removed,
        is_empty=not files,
    )


def file_slices(window: Window) -> tuple[Slice, ...]:
    """Return one slice per file of the window."""
    return tuple(Slice(index, file) for index, file in enumerate(window.files))


def _require_unchanged(changed: tuple[FileIdentity, ...], loaded: dict[str, FileIdentity]) -> None:
    if not changed:
        return
    each = (
        f"file {file.path} changed since it was loaded (was {loaded[file.path].fingerprint}, now {file.fingerprint})"
        for file in changed
    )
    message = f"{'; '.join(each)}; rows already loaded cannot be replaced in write mode append"
    raise SourceError(message, hint="Deliver the rows as a new file, or set target.write_mode: overwrite")
