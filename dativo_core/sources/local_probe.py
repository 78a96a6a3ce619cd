"""Whether local files are there and can be read."""

from dativo_core.probe import Answer, ok
from dativo_core.sources.boundary import Boundary
from dativo_core.sources.local_files import LocalFiles


def local_answer(pattern: str, boundary: Boundary) -> Answer:
    """Return how many files a path or pattern names, once the first is opened; SourceError, also beyond the boundary."""
    boundary.require(pattern)
    storage = LocalFiles(boundary.root)
    paths = storage.match([pattern])
    boundary.require_found(paths)
    with storage.open(paths[0]):
        return ok(f"{len(paths)} file(s)")
