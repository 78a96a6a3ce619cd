"""Whether local files are there and can be read."""

from pathlib import Path

from dativo_core.probe import Answer, ok
from dativo_core.sources.local_files import LocalFiles


def local_answer(pattern: str, root: Path) -> Answer:
    """Return how many files a path or pattern names, once the first is opened; raises SourceError."""
    storage = LocalFiles(root)
    paths = storage.match([pattern])
    with storage.open(paths[0]):
        return ok(f"{len(paths)} file(s)")
