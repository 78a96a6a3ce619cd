"""Secrets as files: `<directory>/<tenant>/<name>.<ext>`."""

import stat
from collections.abc import Sequence
from pathlib import Path

from dativo_core.errors import SecretError
from dativo_core.secrets.bundle import Entry, format_of_name
from dativo_core.secrets.store import CachedStore, require_tenant, warn

MAX_FILE_BYTES = 1024 * 1024
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class FilesystemStore(CachedStore):
    """Reads a tenant's directory at the first look-up. Pickling keeps the directory and forgets what was read."""

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self.directory = directory

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
            return [_entry(path, directory) for path in _files(directory)]
        except OSError as error:
            message = f"the secrets in {directory} cannot be read: {error.strerror}"
            raise SecretError(message, hint="Give the user of this process read access") from None

    def readable_by_others(self, tenant: str) -> tuple[Path, ...]:
        """Return the tenant's files that others than their owner may read, none where the tenant's directory is closed."""
        directory = _tenant_directory(self.directory, tenant)
        if not directory.is_dir() or not directory.stat().st_mode & _OTHERS:
            return ()
        return tuple(path for path in _files(directory) if path.stat().st_mode & _OTHERS)

    def __reduce__(self) -> tuple[type["FilesystemStore"], tuple[Path]]:
        return FilesystemStore, (self.directory,)


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
    if not path.resolve().is_relative_to(directory):
        message = f"the secret {path} is a link that leads out of {directory}"
        raise SecretError(message, hint="Put the file itself there; a tenant reads no secrets but its own")
    if path.stat().st_size > MAX_FILE_BYTES:
        message = f"the secret {path} is larger than {MAX_FILE_BYTES} bytes"
        raise SecretError(message, hint="Remove it when it is no secret")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        message = f"the secret {path} is not UTF-8 text"
        raise SecretError(message, hint="Store binary values base64-encoded") from None
    return Entry(path.stem, format_of_name(path.name), str(path), text)
