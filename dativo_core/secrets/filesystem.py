"""Secrets as files: `<directory>/<tenant>/<name>.<ext>`."""

import logging
from pathlib import Path

from dativo_core.errors import SecretError
from dativo_core.model.names import TENANT_PATTERN
from dativo_core.secrets.base import Secret
from dativo_core.secrets.bundle import Bundle, Entry, Format
from dativo_core.telemetry.events import Event
from dativo_core.telemetry.log import log_event

MAX_FILE_BYTES = 1024 * 1024

_logger = logging.getLogger(__name__)
_FORMATS = {".json": Format.JSON, ".env": Format.ENV}


class FilesystemStore:
    """Reads a tenant's directory once, at the first look-up. Pickling keeps the directory and forgets what was read."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._bundles: dict[str, Bundle] = {}

    def lookup(self, tenant: str, name: str) -> Secret | None:
        """Return a secret of `tenant`; raises SecretError for a broken file or a link out of the directory."""
        return self._bundle(tenant).get(name)

    def names(self, tenant: str) -> frozenset[str]:
        """Return the names of the tenant's secrets."""
        return self._bundle(tenant).names()

    def describe(self, tenant: str) -> str:
        """Return the tenant's directory."""
        return str(self.directory / tenant)

    def _bundle(self, tenant: str) -> Bundle:
        if tenant not in self._bundles:
            self._bundles[tenant] = _load(self.directory, tenant)
        return self._bundles[tenant]

    def __reduce__(self) -> tuple[type["FilesystemStore"], tuple[Path]]:
        return FilesystemStore, (self.directory,)


def _load(root: Path, tenant: str) -> Bundle:
    directory = _tenant_directory(root, tenant)
    if not directory.is_dir():
        log_event(
            _logger,
            Event.SECRETS_WARNING,
            f"no secrets directory {directory}",
            level=logging.WARNING,
            directory=str(directory),
        )
        return Bundle(())
    try:
        files = [path for path in sorted(directory.iterdir()) if not path.name.startswith(".") and path.is_file()]
        bundle = Bundle([_entry(path, directory) for path in files])
    except OSError as error:
        message = f"the secrets in {directory} cannot be read: {error.strerror}"
        raise SecretError(message, hint="Give the user of this process read access") from None
    log_event(_logger, Event.SECRETS_LOADED, f"secrets of {tenant} loaded", secret_count=len(files))
    return bundle


def _tenant_directory(root: Path, tenant: str) -> Path:
    """Return the real path of the tenant's directory, which is always `root` joined with the tenant."""
    if TENANT_PATTERN.match(tenant) is None:
        message = f"{tenant!r} is not a tenant id"
        raise SecretError(message, hint="A tenant id is a-z, 0-9, _ and -, and starts with a letter")
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
    return Entry(path.stem, _FORMATS.get(path.suffix, Format.TEXT), str(path), text)
