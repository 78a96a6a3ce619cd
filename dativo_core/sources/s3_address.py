"""Addresses of objects, `s3://bucket/key`, and which keys a pattern names. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from glob import has_magic

SCHEME = "s3://"
ANY_DEPTH = "**"


@dataclass(frozen=True)
class Address:
    """An object, or the objects of a bucket whose keys match a pattern."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.key}"

    @property
    def is_pattern(self) -> bool:
        """Whether the key holds a wildcard."""
        return has_magic(self.key)

    @property
    def prefix(self) -> str:
        """What every matching key begins with."""
        first = next((index for index, letter in enumerate(self.key) if letter in "*?["), len(self.key))
        return self.key[:first]

    @property
    def is_flat(self) -> bool:
        """Whether all matching keys lie directly in the directory of the prefix."""
        return "/" not in self.key[len(self.prefix) :] and ANY_DEPTH not in self.key

    def names(self, key: str) -> bool:
        """Return whether the pattern names a key: `*` and `?` within one name, `**` any depth, hidden names never."""
        if not key.startswith(self.prefix):
            return False
        fixed = self.prefix.count("/")
        parts, pattern = key.split("/"), self.key.split("/")
        if parts[:fixed] != pattern[:fixed] or any(part.startswith(".") or not part for part in parts[fixed:]):
            return False
        return _match(parts[fixed:], pattern[fixed:])


def parse(text: str) -> Address | None:
    """Return the address a text stands for, None when it names no bucket or no key."""
    bucket, slash, key = text.removeprefix(SCHEME).partition("/")
    if not text.startswith(SCHEME) or not bucket or not slash or not key or has_magic(bucket):
        return None
    return Address(bucket, key)


def _match(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Return whether `parts` match; steps through all ways at once, so that no pattern takes exponential time."""
    places = _with_skips({0}, pattern)
    for part in parts:
        stays = {place for place in places if place < len(pattern) and pattern[place] == ANY_DEPTH}
        moves = {place + 1 for place in places - stays if place < len(pattern) and fnmatchcase(part, pattern[place])}
        places = _with_skips(stays | moves, pattern)
    return len(pattern) in places


def _with_skips(places: set[int], pattern: Sequence[str]) -> set[int]:
    """Add the places behind each `**`, which also matches no directory at all."""
    found = set(places)
    for place in range(len(pattern)):
        if place in found and pattern[place] == ANY_DEPTH:
            found.add(place + 1)
    return found
