"""A file of the working tree, or as it is in a revision of git."""

import shutil
import subprocess
from pathlib import Path

from dativo_core.errors import ConfigError

PREFIX = "git:"
"""How an argument says that it is a file in a revision: `git:REVISION:PATH`, the path from the current directory."""

_MAX_WAIT_S = 60


def read_revision(given: str) -> bytes:
    """Return the content of a file, given as a path or as `git:REVISION:PATH`; ConfigError says why there is none."""
    if given.startswith(PREFIX):
        return _of_git(given)
    try:
        return Path(given).read_bytes()
    except (OSError, ValueError) as error:
        message = f"{given} cannot be read: {getattr(error, 'strerror', None) or error}"
        raise ConfigError(message, hint=f"Give the path of a contract file, or {PREFIX}REVISION:PATH") from error


def _of_git(given: str) -> bytes:
    revision, _, path = given.removeprefix(PREFIX).partition(":")
    if not revision or not path or revision.startswith("-") or "\0" in given:
        message = f"{given} names no file in a revision"
        raise ConfigError(
            message, hint=f"Write {PREFIX}REVISION:PATH, such as {PREFIX}main:assets/csv/v1.0/orders.yaml"
        )
    git = shutil.which("git")
    if git is None:
        message = f"{given} cannot be read: there is no git on this machine"
        raise ConfigError(message, hint="Install git, or give a file")
    return _output(git, revision, path, given)


def _output(git: str, revision: str, path: str, given: str) -> bytes:
    # Without ./ git takes the path from the top of the repository, which may lie above the workspace.
    place = path if path.startswith(("/", "./", "../")) else f"./{path}"
    command = [git, "cat-file", "blob", f"{revision}:{place}"]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=_MAX_WAIT_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"{given} cannot be read: git does not answer"
        raise ConfigError(message, hint="Try the command git cat-file yourself") from error
    if done.returncode != 0:
        told = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0].removeprefix("fatal: ").rstrip(".")
        message = f"{given} cannot be read: git says: {told or 'nothing'}"
        raise ConfigError(message, hint="Check the revision, and the path from the current directory")
    return done.stdout
