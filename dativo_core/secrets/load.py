"""Which store keeps the secrets of this process."""

import os
from collections.abc import Callable
from pathlib import Path

from dativo_core.errors import ConfigError
from dativo_core.model.mode import Mode
from dativo_core.secrets.aws import AwsStore
from dativo_core.secrets.base import SecretStore
from dativo_core.secrets.environment import EnvironmentStore
from dativo_core.secrets.filesystem import FilesystemStore
from dativo_core.secrets.gcp import GcpStore
from dativo_core.secrets.settings import EnvSettings, FilesystemSettings
from dativo_core.secrets.settings_source import VARIABLE as SETTINGS_VARIABLE
from dativo_core.secrets.settings_source import SettingsSource
from dativo_core.secrets.vault import VaultStore
from dativo_core.workspace.validate import did_you_mean

DEFAULT_DIRECTORY = Path("/secrets")
VARIABLE = "DATIVO_SECRET_MANAGER"
BACKENDS = {
    "filesystem": "filesystem",
    "fs": "filesystem",
    "file": "filesystem",
    "env": "env",
    "environment": "env",
    "vault": "vault",
    "hashicorp": "vault",
    "hashicorp_vault": "vault",
    "aws": "aws",
    "aws_secrets_manager": "aws",
    "gcp": "gcp",
    "gcp_secret_manager": "gcp",
}
"""Names of the backends and their aliases."""

_SERVICES: dict[str, Callable[[SettingsSource], SecretStore]] = {"vault": VaultStore, "aws": AwsStore, "gcp": GcpStore}


def open_store(
    directory: Path | None, backend: str | None = None, settings: str | None = None, mode: str = Mode.SELF_HOSTED
) -> SecretStore:
    """Return a store that has asked nobody yet.

    `directory` selects files in it; else `backend`, else `DATIVO_SECRET_MANAGER` names the backend; without any, files in
    `/secrets` when there is such a directory, else variables. `settings` is inline JSON or a path, by default that of
    `DATIVO_SECRET_MANAGER_CONFIG`. In cloud mode files that others on the machine can read are refused.

    Raises ConfigError for an unknown backend, for everything that is wrong in the settings, and for a client library that
    is not installed.
    """
    is_strict = mode == Mode.CLOUD
    if directory is not None:
        is_other = backend is not None and _backend(backend, "--secret-manager") != "filesystem"
        if is_other or settings is not None:
            message = "a directory of secrets and another secret backend or its settings exclude each other"
            raise ConfigError(message, hint="Give --secrets-dir, or --secret-manager with its settings")
        return FilesystemStore(directory, is_strict=is_strict)
    named = backend or os.environ.get(VARIABLE)
    if named:
        found = _backend(named, "--secret-manager" if backend else VARIABLE)
        return _opened(found, SettingsSource(settings), is_strict=is_strict)
    if settings is not None or os.environ.get(SETTINGS_VARIABLE):
        message = "there are settings of a secret backend, and none is named"
        raise ConfigError(message, hint=f"Name it with --secret-manager or {VARIABLE}")
    if not DEFAULT_DIRECTORY.is_dir():
        return EnvironmentStore()
    return FilesystemStore(DEFAULT_DIRECTORY, is_strict=is_strict)


def _backend(name: str, where: str) -> str:
    found = BACKENDS.get(name.lower())
    if found is None:
        message = f"unknown secret backend {name!r} in {where}"
        raise ConfigError(message, hint=did_you_mean(name.lower(), BACKENDS))
    return found


def _opened(backend: str, source: SettingsSource, *, is_strict: bool) -> SecretStore:
    if backend == "filesystem":
        return FilesystemStore(Path(source.read(FilesystemSettings, {}).secrets_dir), is_strict=is_strict)
    if backend == "env":
        return EnvironmentStore(**source.read(EnvSettings, {}).model_dump())
    return _SERVICES[backend](source)
