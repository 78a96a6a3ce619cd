"""What a directory tree tells of its files without opening any."""

import os
import stat
from collections.abc import Iterator, Sequence
from glob import has_magic
from pathlib import Path

from dativo_core.errors import SourceError
from dativo_core.sources.file_hints import FileHint

_NANOSECONDS = 1e9


def local_hints(patterns: Sequence[str], root: Path) -> Iterator[FileHint]:
    """Yield the regular files that paths and globs name, one at a time; a file of two patterns comes twice.

    Nothing need be there, and a wildcard matches no hidden name. Raises SourceError for a pattern that leads out of `root`.
    """
    for pattern in patterns:
        for path in _matching(pattern, root):
            try:
                status = path.stat()
            except OSError:
                # It has vanished just now, or its link leads nowhere; loading says so where it matters.
                continue
            if stat.S_ISREG(status.st_mode):
                modified_s = status.st_mtime_ns / _NANOSECONDS
                yield FileHint(_named(path, root), status.st_size, str(status.st_mtime_ns), modified_s)


def _matching(pattern: str, root: Path) -> Iterator[Path]:
    parts = Path(pattern).parts
    wild = next((number for number, part in enumerate(parts) if has_magic(part)), len(parts))
    base = root.joinpath(*parts[:wild])
    inside = base if wild < len(parts) else base.parent
    if not Path(pattern).is_absolute() and not inside.resolve().is_relative_to(root.resolve()):
        message = f"{pattern!r} leads out of the workspace"
        raise SourceError(message, hint="Check source.files: name files inside the workspace")
    if wild == len(parts) or os.path.lexists(root / pattern):
        yield root / pattern
        return
    for path in base.glob(str(Path(*parts[wild:]))):
        if not any(part.startswith(".") for part in path.relative_to(base).parts):
            yield path


def _named(path: Path, root: Path) -> str:
    # A name that is not UTF-8 must not stop the others.
    plain = Path(os.path.normpath(path))
    name = plain.relative_to(root).as_posix() if plain.is_relative_to(root) else plain.as_posix()
    return name.encode(errors="backslashreplace").decode()
