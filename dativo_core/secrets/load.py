"""Which store keeps the secrets of this process."""

import os
from pathlib import Path

from dativo_core.errors import ConfigError
from dativo_core.secrets.base import SecretStore
from dativo_core.secrets.environment import EnvironmentStore
from dativo_core.secrets.filesystem import FilesystemStore

DEFAULT_DIRECTORY = Path("/secrets")
BACKENDS = {
    "filesystem": "filesystem",
    "fs": "filesystem",
    "file": "filesystem",
    "env": "env",
    "environment": "env",
}
"""Names of the backends and their aliases."""


def open_store(directory: Path | None) -> SecretStore:
    """Return the store: `directory` when given, else the backend `DATIVO_SECRET_MANAGER` names.

    Without either, files in `/secrets` when there is such a directory, else environment variables. Raises ConfigError
    for an unknown backend.
    """
    if directory is not None:
        return FilesystemStore(directory)
    name = os.environ.get("DATIVO_SECRET_MANAGER") or ("filesystem" if DEFAULT_DIRECTORY.is_dir() else "env")
    if name.lower() not in BACKENDS:
        message = f"unknown secret backend {name!r} in DATIVO_SECRET_MANAGER"
        raise ConfigError(message, hint=f"Use one of: {', '.join(BACKENDS)}")
    return FilesystemStore(DEFAULT_DIRECTORY) if BACKENDS[name.lower()] == "filesystem" else EnvironmentStore()
