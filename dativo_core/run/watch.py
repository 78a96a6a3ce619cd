"""What the files of a job look like from outside: told by listings alone, so that many jobs can be watched for little."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from dativo_core.model.partition_paths import PartitionPath
from dativo_core.model.source_options import FileOptions
from dativo_core.places import boundary_of
from dativo_core.plan.types import IngestPlan
from dativo_core.secrets.base import SecretStore
from dativo_core.secrets.references import references_of
from dativo_core.sources.addressed_files import AddressedFiles
from dativo_core.sources.file_hints import FileHint
from dativo_core.sources.storage import Storage

DIGEST_LENGTH = 16
_MODULUS = 1 << 128


@dataclass
class Look:
    """Some files as they are listed: how many, how many of them are still being written, and how many changed lately.

    `digest` changes with any path, size or time of change, whatever the order of the listing.
    """

    files: int = 0
    unsettled: int = 0
    newer: int = 0
    _sum: int = 0

    def add(self, hint: FileHint, now_s: float, settle_s: float, since_s: float) -> None:
        """Count a file; one that changed less than `settle_s` before `now_s` is still being written.

        One that changed at `since_s` or later is newer.
        """
        self.files += 1
        # A clock that is far ahead must not keep a file out for ever.
        self.unsettled += abs(now_s - hint.modified_s) < settle_s
        self.newer += hint.modified_s >= since_s
        exact = f"{hint.path}\0{hint.size_bytes}\0{hint.version}".encode()
        self._sum = (self._sum + int.from_bytes(hashlib.blake2b(exact, digest_size=16).digest())) % _MODULUS

    @property
    def digest(self) -> str:
        """16 hex digits."""
        return f"{self._sum:032x}"[-DIGEST_LENGTH:]


@dataclass
class Seen:
    """The files of a job: all together, and those of each partition that is there by now."""

    all: Look = field(default_factory=Look)
    of_partition: dict[str, Look] = field(default_factory=dict)


def look_at_files(plan: IngestPlan, store: SecretStore, mode: str, now: datetime, since_s: float = 0.0) -> Seen:
    """List the files of a job, and read none; those that changed at `since_s` (seconds since 1970) or later are newer.

    Raises SourceError, SecretError or ConfigError when they cannot be listed.
    """
    storage = AddressedFiles(boundary_of(plan, store), plan.source.connection, references_of(plan, store, mode))
    triggers = plan.triggers.files
    settle_s = triggers.settle_seconds if triggers else 0
    seen = Seen()
    for hint, key in _hints(plan, storage, now):
        seen.all.add(hint, now.timestamp(), settle_s, since_s)
        if key is not None:
            seen.of_partition.setdefault(key, Look()).add(hint, now.timestamp(), settle_s, since_s)
    return seen


def _hints(plan: IngestPlan, storage: Storage, now: datetime) -> Iterator[tuple[FileHint, str | None]]:
    """Yield each file with its partition; of a job with partitions only files of those that are there at `now`."""
    options, partitions = plan.source.options, plan.source.partitions
    if not isinstance(options, FileOptions):
        return
    if partitions is None:
        yield from ((hint, None) for hint in storage.hints(options.files))
        return
    places = [PartitionPath(pattern, partitions) for pattern in options.files]
    named = [replace(place, pattern=storage.named(place.pattern)) for place in places]
    for hint in storage.hints([place.of_all for place in places]):
        key = next((key for place in named if (key := place.key_of(hint.path)) is not None), None)
        if key is not None and partitions.is_there(key, now):
            yield hint, key
