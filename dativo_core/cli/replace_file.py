"""A file written anew as a whole, or not at all."""

import shutil
import tempfile
from pathlib import Path

from dativo_core.errors import ConfigError


def replace_file(target: Path, content: bytes, like: Path) -> None:
    """Write a file; a new one gets the permissions of the file `like`, and a link stays a link.

    Raises ConfigError when the directory takes no file.
    """
    place = target.resolve()
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(dir=place.parent, prefix=f".{place.name}.", delete=False) as stream:
            temporary = Path(stream.name)
            stream.write(content)
        shutil.copymode(place if place.exists() else like, temporary)
        temporary.replace(place)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        message = f"{target} cannot be written: {error.strerror}"
        raise ConfigError(message, hint="Check the directory and its permissions") from error
