"""Which files a job may read: none in a place of another tenant, and none that shows what belongs to all of them.

A job that has to keep to its tenant's own places reads none in a place of nobody either.
"""

import os
import posixpath
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote

from dativo_core.errors import SourceError
from dativo_core.model.ownership import TenantBounds
from dativo_core.model.partition_paths import FILE_SCHEME
from dativo_core.sources.s3_address import SCHEME as S3_SCHEME

_T = TypeVar("_T")
_OF_THE_MACHINE = tuple(Path(os.path.realpath(each)) for each in ("/proc", "/sys", "/run/secrets"))
"""What looks like files and shows the environment of processes, secrets of a container among it."""
_HINT = "Check source.files: name files of this tenant, or of no tenant"
_HINT_OF_OWN = "In cloud mode name files in a directory of the tenant below the workspace root"


@dataclass(frozen=True)
class Boundary:
    """Checks a path as it is written and as it is once links are followed. Picklable.

    `root` is where relative paths start; no `closed` file is read, and nothing below a closed directory. With `only_own`
    a file on the disk has to lie below `root`, in a directory of the tenant.
    """

    bounds: TenantBounds
    root: Path
    closed: tuple[Path, ...] = ()
    only_own: bool = False

    def require(self, *paths: str) -> None:
        """Raise SourceError for the first path or pattern that leads to what the tenant may not read; opens nothing."""
        for path in paths:
            self._require_own_name(path, path)
            if self.only_own and not path.startswith(S3_SCHEME):
                self._require_kept_name(path)
        self.require_found(paths)

    def require_found(self, paths: Iterable[str]) -> None:
        """Raise SourceError for the first of many files that the tenant may not read, whatever its own name is."""
        deque(self.passed(paths, str), maxlen=0)

    def passed(self, found: Iterable[_T], path_of: Callable[[_T], str]) -> Iterator[_T]:
        """Yield what was found as long as it may be read; each directory is judged once.

        Raises SourceError as `require_found` does.
        """
        judged: set[str] = set()
        for each in found:
            path = path_of(each)
            directory = path.rpartition("/")[0]
            if path.startswith(S3_SCHEME):
                if directory not in judged:
                    self._require_own_name(path, directory)
            else:
                place = self.root / _without_scheme(path)
                if directory not in judged:
                    self._require_own_place(path, place.parent)
                    self._require_kept(path, place.parent)
                if _is_link(place) or place.name in {each.name for each in self.closed}:
                    self._require_own_place(path, place)
                    self._require_kept(path, Path(os.path.realpath(place)).parent)
            judged.add(directory)
            yield each

    def _require_own_name(self, path: str, named: str) -> None:
        if self.bounds.is_foreign(self._named(named)):
            raise _foreign(path)

    def _named(self, path: str) -> str:
        return _without_scheme(path).removeprefix(f"{self.root}/")

    def _require_kept_name(self, path: str) -> None:
        """Raise SourceError unless the directory of a path, as it is written, is the tenant's."""
        if not self.bounds.is_own(posixpath.dirname(posixpath.normpath(self._named(path)))):
            raise _unowned(path)

    def _require_kept(self, path: str, directory: Path) -> None:
        """Raise SourceError unless a directory, once links are followed, is the tenant's, where that is asked for."""
        if self.only_own:
            real, root = Path(os.path.realpath(directory)), Path(os.path.realpath(self.root))
            if not real.is_relative_to(root) or not self.bounds.is_own(str(real.relative_to(root))):
                raise _unowned(path)

    def _require_own_place(self, path: str, place: Path) -> None:
        """Raise SourceError unless a directory or file, once links are followed, is one of the tenant's or of nobody's."""
        real, root = Path(os.path.realpath(place)), Path(os.path.realpath(self.root))
        # Names above the workspace are the operator's, and may be those of tenants by chance.
        if self.bounds.is_foreign(str(real.relative_to(root) if real.is_relative_to(root) else real)):
            raise _foreign(path)
        for closed in (Path(os.path.realpath(each)) for each in self.closed):
            if real.is_relative_to(closed) and not root.is_relative_to(closed):
                message = f"{path!r} lies where tables, secrets or runs are kept, which is no source of rows"
                raise SourceError(message, hint=_HINT)
        if any(real.is_relative_to(each) for each in _OF_THE_MACHINE):
            message = f"{path!r} lies where the machine shows its processes and secrets, which is no source of rows"
            raise SourceError(message, hint=_HINT)


def _is_link(place: Path) -> bool:
    try:
        return place.is_symlink()
    except OSError:
        return False  # in a directory that nobody may enter; whoever opens the file tells so


def _foreign(path: str) -> SourceError:
    return SourceError(f"{path!r} leads to a place of another tenant", hint=_HINT)


def _unowned(path: str) -> SourceError:
    return SourceError(f"{path!r} leads to no directory of the tenant", hint=_HINT_OF_OWN)


def _without_scheme(path: str) -> str:
    return unquote(path.removeprefix(FILE_SCHEME).removeprefix("localhost")) if path.startswith(FILE_SCHEME) else path
