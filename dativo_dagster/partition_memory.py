"""What a sensor remembers of the files of each partition, in bounded text. Pure.

While there is room every partition has its own digest, by key. With more partitions than that, they share a fixed number
of digests, each for the partitions whose keys have the same hash: then a change also names the others that share it, which
are loaded again for nothing, and a change is never missed.
"""

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

DIGEST_BYTES = 4
_MODULUS = 1 << (8 * DIGEST_BYTES)
_MOST_BUCKETS = 1 << 14
_JSON_BYTES_PER_KEY = len(':"00000000",')
_JSON_BYTES_PER_DIGEST = 4 * DIGEST_BYTES / 3


@dataclass(frozen=True)
class PartitionMemory:
    """Digests by key, or by bucket where there are too many; one of them is empty."""

    by_key: Mapping[str, int] = field(default_factory=dict)
    by_bucket: tuple[int, ...] = ()

    def changed(self, now: Mapping[str, int], loaded: Iterable[str]) -> frozenset[str]:
        """Return the partitions whose files are others than remembered.

        `loaded` are partitions that were loaded once, some of which may have no file any more.
        """
        if not self.by_bucket:
            return frozenset(key for key in now.keys() | self.by_key.keys() if now.get(key) != self.by_key.get(key))
        found = _buckets(now, len(self.by_bucket))
        differs = {index for index, digest in enumerate(self.by_bucket) if digest != found[index]}
        candidates = {*now, *loaded} if differs else set()
        return frozenset(key for key in candidates if _bucket(key, len(self.by_bucket)) in differs)

    def sharing(self, keys: Iterable[str], others: Iterable[str]) -> frozenset[str]:
        """Return `keys`, and those of `others` that share a digest with one of them."""
        keys = frozenset(keys)
        if not self.by_bucket or not keys:
            return keys
        taken = {_bucket(key, len(self.by_bucket)) for key in keys}
        return keys | {key for key in others if _bucket(key, len(self.by_bucket)) in taken}

    def to_json(self) -> Any:
        """Return the memory as JSON values."""
        if self.by_bucket:
            raw = b"".join(digest.to_bytes(DIGEST_BYTES) for digest in self.by_bucket)
            return base64.b64encode(raw).decode()
        return {key: f"{digest:08x}" for key, digest in self.by_key.items()}


def remember(now: Mapping[str, int], room_bytes: int) -> PartitionMemory:
    """Return the memory of some digests that takes at most `room_bytes` bytes of JSON, or about 100."""
    exact = 1 + sum(len(json.dumps(key)) + _JSON_BYTES_PER_KEY for key in now)
    if exact <= room_bytes:
        return PartitionMemory(by_key=dict(now))
    count = _MOST_BUCKETS
    while count > 1 and count * _JSON_BYTES_PER_DIGEST > room_bytes:
        count //= 2
    return PartitionMemory(by_bucket=tuple(_buckets(now, count)))


def read_memory(document: Any) -> PartitionMemory | None:
    """Return the memory that `to_json` wrote; None for anything else."""
    try:
        if isinstance(document, dict):
            return PartitionMemory(by_key={str(key): int(digest, 16) for key, digest in document.items()})
        raw = base64.b64decode(document, validate=True)
    except (ValueError, TypeError):
        return None
    digests = [int.from_bytes(raw[at : at + DIGEST_BYTES]) for at in range(0, len(raw), DIGEST_BYTES)]
    return PartitionMemory(by_bucket=tuple(digests)) if digests and len(raw) % DIGEST_BYTES == 0 else None


def short(digest: str) -> int:
    """Return the digest of a partition's files as it is remembered."""
    return int.from_bytes(hashlib.blake2b(digest.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).digest())


def _buckets(now: Mapping[str, int], count: int) -> list[int]:
    buckets = [0] * count
    for key, digest in now.items():
        at = _bucket(key, count)
        # The key takes part, so that two partitions cannot swap their files unseen.
        buckets[at] = (buckets[at] + short(f"{key}:{digest:08x}")) % _MODULUS
    return buckets


def _bucket(key: str, count: int) -> int:
    return zlib.crc32(key.encode()) % count
