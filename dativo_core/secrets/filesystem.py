"""Secrets as files: `<directory>/<tenant>/<name>.<ext>`."""

import errno
import os
import stat
from collections.abc import Callable, Sequence
from io import FileIO
from pathlib import Path

from dativo_core.errors import SecretError
from dativo_core.secrets.bundle import Entry, format_of_name
from dativo_core.secrets.store import CachedStore, require_tenant, warn

MAX_FILE_BYTES = 1024 * 1024
_EVERYBODY, _OTHERS = stat.S_IRWXO, stat.S_IRWXG | stat.S_IRWXO


class FilesystemStore(CachedStore):
    """Reads a tenant's directory at the first look-up. Pickling keeps the directory and forgets what was read.

    Files that others on this machine can read are told in a warning; where `is_strict`, they are refused.
    """

    def __init__(self, directory: Path, *, is_strict: bool = False) -> None:
        super().__init__()
        self.directory = directory
        self.is_strict = is_strict

    def directories(self) -> tuple[Path, ...]:
        """Return the directory of all tenants."""
        return (self.directory,)

    def describe(self, tenant: str) -> str:
        """Return the tenant's directory."""
        return str(self.directory / tenant)

    def entries(self, tenant: str) -> Sequence[Entry]:
        """Read all files of a tenant; SecretError for a broken file or a link out of the directory."""
        directory = _tenant_directory(self.directory, tenant)
        if not directory.is_dir():
            warn(f"no secrets directory {directory}", str(directory))
            return ()
        try:
            files = _files(directory)
            entries = [_entry(path, directory) for path in files]
            self._require_private(tenant)
            return entries
        except OSError as error:
            message = f"the secrets in {directory} cannot be read: {error.strerror}"
            raise SecretError(message, hint="Give the user of this process read access") from None

    def exposed(self, tenant: str) -> tuple[Path, ...]:
        """Return the tenant's files that everybody on this machine can read; where `is_strict`, that a group can, too."""
        directory = _tenant_directory(self.directory, tenant)
        wanted = _OTHERS if self.is_strict else _EVERYBODY
        files = _files(directory) if directory.is_dir() else []
        return tuple(path for path in files if _is_exposed(path, directory, wanted))

    def _require_private(self, tenant: str) -> None:
        exposed = self.exposed(tenant)
        if not exposed:
            return
        directory, names = exposed[0].parent, ", ".join(path.name for path in exposed)
        who = "others on this machine" if self.is_strict else "everybody on this machine"
        message = f"{who} can read the secrets {names} in {directory}"
        if self.is_strict:
            raise SecretError(message, hint=f"Take the right from them: chmod -R go= {directory}")
        warn(f"{message}; take the right from them: chmod -R o= {directory}", str(directory))

    def __reduce__(self) -> tuple[Callable[[Path, bool], "FilesystemStore"], tuple[Path, bool]]:
        return _opened, (self.directory, self.is_strict)


def _opened(directory: Path, is_strict: bool) -> FilesystemStore:
    return FilesystemStore(directory, is_strict=is_strict)


def _is_exposed(path: Path, directory: Path, wanted: int) -> bool:
    """Return whether some of whom `wanted` stands for may read a file and enter the directories it lies in."""
    readable = path.stat().st_mode & wanted & (stat.S_IRGRP | stat.S_IROTH)
    for each in (path.resolve().parent, directory, directory.parent):
        readable &= (each.stat().st_mode & wanted & (stat.S_IXGRP | stat.S_IXOTH)) << 2
    return bool(readable)


def _files(directory: Path) -> list[Path]:
    return [path for path in sorted(directory.iterdir()) if not path.name.startswith(".") and path.is_file()]


def _tenant_directory(root: Path, tenant: str) -> Path:
    """Return the real path of the tenant's directory, which is always `root` joined with the tenant."""
    require_tenant(tenant)
    directory = root.resolve() / tenant
    if directory.resolve() != directory:
        message = f"the secrets directory {directory} is a link"
        raise SecretError(message, hint="Make it a directory; a tenant reads no secrets but its own")
    return directory


def _entry(path: Path, directory: Path) -> Entry:
    real = path.resolve()
    if not real.is_relative_to(directory):
        message = f"the secret {path} is a link that leads out of {directory}"
        raise SecretError(message, hint="Put the file itself there; a tenant reads no secrets but its own")
    content = _content(real)
    if content is None:
        message = f"the secret {path} was replaced by something else while it was read"
        raise SecretError(message, hint="Run again; put the file itself there")
    if len(content) > MAX_FILE_BYTES:
        message = f"the secret {path} is larger than {MAX_FILE_BYTES} bytes"
        raise SecretError(message, hint="Remove it when it is no secret")
    try:
        text = content.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        message = f"the secret {path} is not UTF-8 text"
        raise SecretError(message, hint="Store binary values base64-encoded") from None
    return Entry(path.stem, format_of_name(path.name), str(path), text)


def _content(real: Path) -> bytes | None:
    """Return what a file holds, cut above the limit; None when it has become a link or no regular file since it was seen."""
    try:
        # Opening a named pipe would wait for a writer.
        descriptor = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ELOOP:
            return None
        raise
    with FileIO(descriptor) as file:
        return file.read(MAX_FILE_BYTES + 1) if stat.S_ISREG(os.fstat(descriptor).st_mode) else None
