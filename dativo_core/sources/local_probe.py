"""Whether local files are there and can be read."""

from dativo_core.probe import Answer, ok
from dativo_core.sources.addressed_files import AddressedFiles
from dativo_core.sources.boundary import Boundary
from dativo_core.sources.storage import References


def local_answer(pattern: str, boundary: Boundary, references: References) -> Answer:
    """Return how many files a path or pattern names, once the first is opened; raises SourceError, also beyond `boundary`."""
    storage = AddressedFiles(boundary, None, references)
    paths = storage.match([pattern])
    with storage.open(paths[0]):
        return ok(f"{len(paths)} file(s)")
