"""Where a path of a configuration file leads: below the workspace root, and nowhere else."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

CONTAINER_ROOT = PurePosixPath("/app")
"""Absolute paths below it were written for a container image and mean the same place below the workspace root."""


@dataclass(frozen=True)
class Located:
    """A file below the root as `relative`, with POSIX separators; or why there is none."""

    relative: str | None
    tried: tuple[str, ...] = ()
    is_outside: bool = False


def shown(root: Path, path: Path) -> str:
    """Return a path as messages show it: relative to the root when it lies below."""
    absolute, base = path.absolute(), root.absolute()
    return absolute.relative_to(base).as_posix() if absolute.is_relative_to(base) else path.as_posix()


def locate(root: Path, text: str) -> Located:
    """Find the file `text` names. A symbolic link or `..` that leaves the root leads nowhere."""
    tried = _candidates(text)
    for candidate in tried:
        try:
            path = (root / candidate).resolve()
            if not path.is_relative_to(root.resolve()):
                return Located(None, tried, is_outside=True)
            if path.is_file():
                return Located(path.relative_to(root.resolve()).as_posix())
        except (OSError, ValueError):
            continue
    return Located(None, tried)


def _candidates(text: str) -> tuple[str, ...]:
    path = PurePosixPath(text)
    if path.is_relative_to(CONTAINER_ROOT):
        return (str(path.relative_to(CONTAINER_ROOT)),)
    return (text,)


def first(root: Path, texts: tuple[str, ...]) -> Located:
    """Find the first file of several that may stand in for each other."""
    found = [locate(root, text) for text in texts]
    return next((each for each in found if each.relative), Located(None, texts, any(e.is_outside for e in found)))
