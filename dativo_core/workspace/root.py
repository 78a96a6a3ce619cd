"""Where a workspace is."""

from pathlib import Path

from dativo_core.errors import ConfigError


def find_root(given: Path | None) -> Path:
    """Return the absolute workspace root; ConfigError when the given one is no directory."""
    here = Path.cwd()
    if given is None:
        places = (here, *here.parents)
        return next((place for place in places if (place / "jobs").is_dir() or (place / "connectors").is_dir()), here)
    if not given.is_dir():
        message = f"the workspace root {given} is not a directory"
        raise ConfigError(message, hint="Give the directory that holds jobs/ and connectors/ as --root or DATIVO_ROOT")
    return here / given
