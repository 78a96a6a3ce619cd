"""Files of a directory tree: found by pattern, opened only when regular, known by their content."""

import hashlib
import os
import stat
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from glob import has_magic
from io import FileIO
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa

from dativo_core.errors import SourceChanged, SourceError
from dativo_core.flow import FileIdentity
from dativo_core.model.partition_paths import FILE_SCHEME
from dativo_core.sources.boundary import Boundary
from dativo_core.sources.file_hints import FileHint
from dativo_core.sources.local_hints import local_hints

CHUNK_BYTES = 1024 * 1024

SPECIAL_FILES = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


@dataclass(frozen=True)
class LocalFiles:
    """Files on a disk this process sees; relative paths start at `root`. What is opened beyond `boundary` is not read."""

    root: Path
    boundary: Boundary | None = None

    def match(
        self, patterns: Sequence[str], may_be_gone: Collection[str] | None = None, *, may_be_empty: bool = False
    ) -> tuple[str, ...]:
        """Return the files that paths, `file://` addresses or globs name, as `match_files` does."""
        return match_files(patterns, self.root, may_be_gone, may_be_empty=may_be_empty)

    def hints(self, patterns: Sequence[str]) -> Iterator[FileHint]:
        """Yield size and time of the files that paths, `file://` addresses or globs name, as `local_hints` does."""
        return local_hints([_without_scheme(pattern) or pattern for pattern in patterns], self.root)

    def named(self, pattern: str) -> str:
        """Return a pattern as the paths it matches are written: relative to `root` where they are below it."""
        return _relative(self.root / (_without_scheme(pattern) or pattern), self.root)

    def require_directory(self, pattern: str) -> None:
        """Raise SourceError when the directory a pattern names before its first wildcard is not there."""
        base, _ = _matches(_without_scheme(pattern) or pattern, self.root)
        if not base.is_dir():
            message = f"the directory {_relative(base, self.root)} of {pattern!r} is not there"
            raise SourceError(message, hint="Put it back (is it mounted?), or correct source.files")

    def identify(self, path: str) -> FileIdentity:
        """Return a file's size and SHA-256, read once from begin to end."""
        return identify(path, self.root, self.boundary)

    def size_bytes(self, path: str) -> int:
        """Return the bytes of a file on disk."""
        return file_size(path, self.root, self.boundary)

    @contextmanager
    def open(self, file: FileIdentity | str, start: int = 0) -> Iterator["LocalFile"]:
        """Open a file from byte `start` on."""
        path = file if isinstance(file, str) else file.path
        with open_regular(path, self.root, self.boundary) as opened:
            opened.seek(start)
            yield LocalFile(self, opened, None if isinstance(file, str) else file, start)

    @contextmanager
    def open_random_access(self, file: FileIdentity) -> Iterator[pa.NativeFile]:
        """Open a file for seeking and reading."""
        with open_regular(file.path, self.root, self.boundary) as opened, pa.PythonFile(opened, mode="r") as seekable:
            yield seekable

    def verify(self, file: FileIdentity) -> None:
        """Read the whole file again; SourceChanged unless it is `file`."""
        _require_same(self.identify(file.path), file)


class LocalFile:
    """A local file that counts what is read from it, and hashes it where a planned file is read from its start."""

    def __init__(self, files: LocalFiles, opened: FileIO, planned: FileIdentity | None, start: int) -> None:
        self._files = files
        self._opened = opened
        self._planned = planned
        self._hash = hashlib.sha256() if planned is not None and start == 0 else None
        self.position = start

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, none at the end."""
        chunk = self._opened.read(size)
        if self._hash is not None:
            self._hash.update(chunk)
        self.position += len(chunk)
        return chunk

    def verify(self) -> None:
        """Raise SourceChanged unless the whole file is the planned one, reading what is left of it or all of it."""
        if self._planned is None:
            return
        if self._hash is None:
            self._files.verify(self._planned)
            return
        while self.read(CHUNK_BYTES):
            pass
        _require_same(FileIdentity(self._planned.path, self.position, self._hash.hexdigest()), self._planned)


def _require_same(found: FileIdentity, planned: FileIdentity) -> None:
    if found != planned:
        message = f"file {planned.path} changed between planning and reading"
        raise SourceChanged(message, hint="Run again once it is written completely")


FileKey = tuple[int, int] | Path
"""What all names of one file have in common."""


def match_files(
    patterns: Sequence[str], root: Path, may_be_gone: Collection[str] | None = None, *, may_be_empty: bool = False
) -> tuple[str, ...]:
    """Return the files that paths, `file://` addresses or globs name, sorted, relative to `root` in POSIX form.

    A wildcard matches no hidden name. Raises SourceError with everything that is wrong: a pattern without a match, a
    match that is no regular file or whose name is not UTF-8, a link that leads out of the directory the pattern names or
    out of `root`, two names for one file, be it by a symbolic or a hard link. With `may_be_gone` (paths that were found
    before), one of these need not be there any more, nor anything in a directory that is there; with `may_be_empty`
    nothing need be there.
    """
    problems: list[str] = []
    found: dict[str, FileKey] = {}
    for written in patterns:
        pattern = _without_scheme(written)
        if pattern is None:
            problems.append(f"{written!r} names a file of another machine")
            continue
        base, matches = _matches(pattern, root)
        if not Path(pattern).is_absolute() and not base.resolve().is_relative_to(root.resolve()):
            problems.append(f"{pattern!r} leads out of the workspace")
            continue
        if not matches and not may_be_empty and not _may_be_empty(pattern, base, root, may_be_gone):
            problems.append(f"no file matches {pattern!r} below {root}")
        for path in matches:
            name, problem = _relative(path, root), _problem(path, base.resolve())
            if problem:
                problems.append(f"{_printable(name)}: {problem}")
            else:
                found[name] = _key(path)
    problems += _aliases(found)
    if problems:
        hint = "Check source.files: name existing regular files, e.g. 'data/*.csv', inside the workspace"
        raise SourceError("; ".join(problems), hint=hint)
    return tuple(sorted(found))


def identify(path: str, root: Path, boundary: Boundary | None = None) -> FileIdentity:
    """Return what a file is by content, read once from begin to end. Raises SourceError."""
    with open_regular(path, root, boundary) as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return FileIdentity(path, file.tell(), digest)


def file_size(path: str, root: Path, boundary: Boundary | None = None) -> int:
    """Return the bytes of a file on disk. Raises SourceError."""
    with open_regular(path, root, boundary) as file:
        return os.fstat(file.fileno()).st_size


@contextmanager
def open_regular(path: str, root: Path, boundary: Boundary | None = None) -> Iterator[FileIO]:
    """Open a regular file for unbuffered reading; SourceError for anything else, also for what lies beyond `boundary`.

    Raises SourceChanged when it is gone, or is another one than its path leads to by now.
    """
    try:
        # Opening a named pipe would wait for a writer.
        descriptor = os.open(root / path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        message = f"file {path} has disappeared since this run was planned"
        raise SourceChanged(message, hint="Run again") from error
    except OSError as error:
        raise unreadable(path, error) from error
    with FileIO(descriptor) as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            message = f"{path} is not a regular file"
            raise SourceError(message, hint="Replace it by the file itself")
        try:
            if boundary is not None:
                _require_within(boundary, path, root, descriptor)
            yield file
        except OSError as error:
            raise unreadable(path, error) from error


def _require_within(boundary: Boundary, path: str, root: Path, descriptor: int) -> None:
    """Look again once a file is open: a link may have been put in its place since it was judged."""
    boundary.require_found([path])
    if not os.path.samestat(os.fstat(descriptor), Path(os.path.realpath(root / path)).lstat()):
        message = f"file {path} was replaced while it was opened"
        raise SourceChanged(message, hint="Run again")


def unreadable(path: str, error: OSError) -> SourceError:
    """Return the error of a file the operating system does not let us read."""
    return SourceError(
        f"file {path} cannot be read: {error.strerror or error}", hint="Check its permissions and the disk"
    )


def _without_scheme(pattern: str) -> str | None:
    """Return the path a `file://` address stands for, None on another machine; any other pattern is a path as it is."""
    if not pattern.startswith(FILE_SCHEME):
        return pattern
    host, slash, path = pattern.removeprefix(FILE_SCHEME).partition("/")
    return f"/{unquote(path)}" if host in {"", "localhost"} and slash else None


def _matches(pattern: str, root: Path) -> tuple[Path, list[Path]]:
    """Return the directory a pattern names before its first wildcard, and what matches the pattern."""
    literal = root / pattern
    if os.path.lexists(literal):
        return literal.parent, [literal]
    parts = Path(pattern).parts
    wild = next((number for number, part in enumerate(parts) if has_magic(part)), len(parts) - 1)
    base = root.joinpath(*parts[:wild])
    matches = base.glob(str(Path(*parts[wild:])))
    return base, sorted(path for path in matches if not _is_hidden(path.relative_to(base)))


def _may_be_empty(pattern: str, base: Path, root: Path, may_be_gone: Collection[str] | None) -> bool:
    """Whether a pattern without a match is no mistake; it is one where its directory is gone as well."""
    if may_be_gone is None or not base.is_dir():
        return False
    return has_magic(pattern) or _relative(root / pattern, root) in may_be_gone


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _relative(name: Path, root: Path) -> str:
    path = Path(os.path.normpath(name))
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _problem(path: Path, base: Path) -> str | None:
    """Return why a match may not be read; `base` is the directory its pattern names."""
    if not _is_text(str(path)):
        return "its name is not UTF-8, so no table can hold it"
    try:
        real = path.resolve(strict=True)
        mode = real.stat().st_mode
    except FileNotFoundError:
        return "a link to a file that does not exist"
    except (OSError, RuntimeError) as error:
        return f"cannot be read: {error}"
    if not stat.S_ISREG(mode):
        return f"{SPECIAL_FILES.get(stat.S_IFMT(mode), 'a special file')}, not a regular file"
    if not real.is_relative_to(base):
        return f"a link that leads out of {path.parent}"
    return None


def _is_text(name: str) -> bool:
    # Python holds the bytes of a name that are no character as lone surrogates.
    return not any("\ud800" <= character <= "\udfff" for character in name)


def _printable(name: str) -> str:
    return name.encode(errors="backslashreplace").decode()


def _key(path: Path) -> FileKey:
    try:
        status = path.stat()
    except OSError:
        # It has vanished just now; reading will say so.
        return path.resolve()
    return status.st_dev, status.st_ino


def _aliases(found: dict[str, FileKey]) -> list[str]:
    """Return a problem per file that has two names, since its rows would be loaded twice."""
    first: dict[FileKey, str] = {}
    problems = []
    for path, key in sorted(found.items()):
        other = first.setdefault(key, path)
        if other != path:
            problems.append(f"{path} and {other} are the same file")
    return problems
