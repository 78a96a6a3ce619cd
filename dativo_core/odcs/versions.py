"""Versions of contracts: their order, how far one is from another, and which comes next (Semantic Versioning 2.0.0)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import total_ordering

_SEMVER = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?\Z",
    re.ASCII,
)


class Level(IntEnum):
    """How far a change reaches: `major` breaks readers or writers, `minor` adds, `patch` only explains."""

    PATCH = 1
    MINOR = 2
    MAJOR = 3

    def __str__(self) -> str:
        return self.name.lower()


@total_ordering
@dataclass(frozen=True)
class Version:
    """Three numbers, and the identifiers of a pre-release such as `2.0.0-rc.1`; build metadata says nothing of order."""

    major: int
    minor: int
    patch: int
    pre_release: tuple[str, ...] = ()

    def __lt__(self, other: Version) -> bool:
        return self._order < other._order

    def __str__(self) -> str:
        core = f"{self.major}.{self.minor}.{self.patch}"
        return f"{core}-{'.'.join(self.pre_release)}" if self.pre_release else core

    @property
    def _order(self) -> tuple[tuple[int, int, int], bool, tuple[tuple[bool, int, str], ...]]:
        """What versions compare by (section 11): a pre-release is below its release, a number below a word."""
        words = tuple((not each.isdigit(), int(each) if each.isdigit() else 0, each) for each in self.pre_release)
        return (self.major, self.minor, self.patch), not self.pre_release, words

    def next(self, level: Level) -> Version:
        """Return the version that a change of a level makes of this one."""
        if level is Level.MAJOR:
            return Version(self.major + 1, 0, 0)
        return Version(self.major, self.minor + 1, 0) if level is Level.MINOR else self._next_patch

    @property
    def _next_patch(self) -> Version:
        return Version(self.major, self.minor, self.patch if self.pre_release else self.patch + 1)


def read_version(text: str) -> Version | None:
    """Return a version; None when it is not of the form 1.2.3."""
    match = _SEMVER.match(text)
    if match is None:
        return None
    pre_release = tuple((match[4] or "").split(".")) if match[4] else ()
    return Version(int(match[1]), int(match[2]), int(match[3]), pre_release)


def bump(old: Version, new: Version) -> Level | None:
    """Return how far `new` is above `old`; None when it is not."""
    if new <= old:
        return None
    if new.major > old.major:
        return Level.MAJOR
    return Level.MINOR if new.minor > old.minor else Level.PATCH


def suffices(needed: Level, old: Version, new: Version) -> bool:
    """Return whether `new` may be what changes of a level made of `old`.

    Before 1.0.0, and before a release, anything may change as long as the version rises (sections 4 and 9).
    """
    found = bump(old, new)
    return found is not None and (_is_unstable(old) or found >= needed)


def least_version(needed: Level, old: Version) -> Version:
    """Return the lowest version that changes of a level may make of `old`."""
    return old.next(Level.PATCH if _is_unstable(old) else needed)


def _is_unstable(version: Version) -> bool:
    return bool(version.pre_release) or version.major == 0
