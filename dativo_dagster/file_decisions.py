"""What the files of one job ask for: a run, a backfill of some partitions, or nothing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

import dagster as dg

from dativo_core.model.job_partitions import JobPartitions
from dativo_core.run.watch import Look, Seen
from dativo_dagster.backfill import PastBackfill, backfill_request, past_backfills
from dativo_dagster.file_cursor import JobMemory
from dativo_dagster.partition_memory import PartitionMemory, remember, short
from dativo_dagster.partition_runs import (
    LOOKED_BACK,
    asked_already,
    failed_partitions,
    files_tag,
    named_partitions,
    request_tags,
)
from dativo_dagster.past_runs import is_queued, past_runs
from dativo_dagster.run_keys import NextRun, RunEnd, next_run
from dativo_dagster.tags import BACKFILL_FOR, FILES_SHA
from dativo_dagster.watched import WatchedJob

PURPOSE = "files"
LONGEST_WAIT = 10
"""How many times `settle_seconds` a job waits at most for files that are always being written."""


@dataclass(frozen=True)
class Decision:
    """What is asked for, what is known from now on, why nothing is asked for, and keys Dagster is to know."""

    memory: JobMemory
    requests: tuple[dg.RunRequest, ...] = ()
    told: str = ""
    new_keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tick:
    """One look at one job: `memory` is what was known before, `room_bytes` is for its partitions in the cursor."""

    instance: dg.DagsterInstance
    watched: WatchedJob
    memory: JobMemory
    seen: Seen
    now: datetime
    by_assets: bool
    room_bytes: int

    def decide(self) -> Decision:
        """Return what the files ask for."""
        partitions = self.watched.plan.source.partitions
        return self._whole() if partitions is None else _Partitions(self, partitions).decide()

    def _whole(self) -> Decision:
        """Of a job without partitions one run loads whatever is new."""
        memory, files = replace(self.memory, listed_at=self.now.timestamp()), self.seen.all
        if files.unsettled and not self._has_waited():
            waits = replace(memory, waits_since=self.memory.waits_since or self.now.timestamp())
            return Decision(waits, told=f"{files.unsettled} of {files.files} files are still being written")
        memory = replace(memory, waits_since=None)
        if files.digest == memory.settled:
            return Decision(memory)
        found = self.next_run(files.digest)
        if files.files == 0 and memory.settled is None and found.is_first:
            return Decision(replace(memory, settled=files.digest), told="there is no file yet")
        if found.is_settled:
            return Decision(replace(memory, settled=files.digest))
        if found.run_key is None:
            return Decision(memory, told=found.reason)
        if is_queued(self.instance, self.watched.tags):
            return Decision(memory, told="a queued run will load them")
        return Decision(memory, (self.run(found.run_key, files.digest),))

    def _has_waited(self) -> bool:
        triggers, since = self.watched.plan.triggers.files, self.memory.waits_since
        settle_s = triggers.settle_seconds if triggers else 0
        return since is not None and self.now.timestamp() - since > settle_s * LONGEST_WAIT

    def next_run(self, digest: str) -> NextRun:
        """Return whether a run for the files of a digest is to be started."""
        plan = self.watched.plan
        past = past_runs(self.instance, self.watched.tags, {FILES_SHA: digest}, among=FILES_SHA)
        return next_run(f"files:{plan.tenant}/{plan.job}:{digest}", past, self.now)

    def run(self, run_key: str, digest: str) -> dg.RunRequest:
        """Return the request of a run for the files of a digest."""
        return self.watched.request(run_key, {FILES_SHA: digest}, by_assets=self.by_assets)


class _Partitions:
    """The files of a job with partitions: those that changed say which partitions are loaded again."""

    def __init__(self, tick: Tick, partitions: JobPartitions) -> None:
        self._tick, self._partitions = tick, partitions
        self._looks = tick.seen.of_partition
        self._digests = {key: short(look.digest) for key, look in self._looks.items()}

    def decide(self) -> Decision:
        """Return the backfill that is asked for; of what could not be known also a run that makes sure."""
        known = self._tick.memory.partitions
        unsettled = self._unsettled(known)
        changed = self._unknown() if known is None else known.changed(self._digests, self._loaded)
        wanted = {key for key in changed - unsettled if self._is_valid(key)}
        wanted -= asked_already(wanted, self._digests, self._past_since_the_cursor())
        told = [f"{len(unsettled)} partitions have files that are still being written"] if unsettled else []
        requests = [*self._backfill(wanted), *self._again(wanted, told)]
        unsure = self._make_sure(known, requests, told)
        memory = JobMemory(
            listed_at=self._tick.now.timestamp(),
            # Remembered as another digest, so that it is noticed once it is settled, or gone.
            partitions=remember(
                {key: digest ^ (key in unsettled) for key, digest in self._digests.items()}, self._tick.room_bytes
            ),
            unsure=unsure,
        )
        return Decision(memory, tuple(requests), "; ".join(told), tuple(sorted(wanted)))

    @cached_property
    def _loaded(self) -> frozenset[str]:
        return self._tick.watched.loaded(self._tick.instance)

    @cached_property
    def _past(self) -> list[PastBackfill]:
        tick = self._tick
        tags = {**tick.watched.tags, BACKFILL_FOR: PURPOSE}
        return past_backfills(tick.instance, tick.watched.asset, tags, LOOKED_BACK)

    def _past_since_the_cursor(self) -> list[PastBackfill]:
        """Return what was asked for that the cursor does not know of; an earlier one says nothing of a change since."""
        listed_at = self._tick.memory.listed_at
        return [each for each in self._past if each.asked_at.timestamp() >= listed_at]

    def _unsettled(self, known: PartitionMemory | None) -> frozenset[str]:
        keys = [key for key, look in self._looks.items() if look.unsettled]
        return known.sharing(keys, self._digests) if known is not None else frozenset(keys)

    def _unknown(self) -> frozenset[str]:
        """Without a cursor, what was never loaded and is not about to be."""
        underway = (each.keys for each in self._past if each.end is RunEnd.UNFINISHED)
        return frozenset(self._digests) - self._loaded - frozenset().union(*underway)

    def _is_valid(self, key: str) -> bool:
        return self._partitions.holds(key) and self._partitions.is_there(key, self._tick.now)

    def _backfill(self, wanted: Iterable[str]) -> Iterator[dg.RunRequest]:
        keys = sorted(wanted)
        if keys:
            tags = request_tags(self._tick.watched.plan, PURPOSE, self._reason(keys))
            yield backfill_request(self._tick.watched.asset, keys, {**tags, **files_tag(keys, self._digests)})

    def _again(self, wanted: Iterable[str], told: list[str]) -> Iterator[dg.RunRequest]:
        """Yield at most one backfill of partitions that failed."""
        for again in failed_partitions(self._past, self._tick.now):
            keys = [key for key in again.keys if key not in set(wanted) and self._is_valid(key)]
            if not keys:
                continue
            if self._tick.now < again.due_at:
                told.append(f"{named_partitions(keys)} failed; the next backfill starts at {again.due_at:%H:%M:%S %Z}")
                continue
            yield backfill_request(self._tick.watched.asset, keys, again.tags)
            return

    def _make_sure(self, known: PartitionMemory | None, requests: list[dg.RunRequest], told: list[str]) -> str | None:
        """Ask for the run that finds what changed while nothing was known; return what is still to be made sure."""
        unsure = self._tick.memory.unsure
        if known is None and self._loaded:
            unsure = self._tick.seen.all.digest
        if unsure is None:
            return None
        found = self._tick.next_run(unsure)
        if found.run_key is not None:
            requests.append(self._tick.run(found.run_key, unsure))
        elif not found.is_settled:
            told.append(found.reason)
        return None if found.is_settled else unsure

    def _reason(self, keys: Iterable[str]) -> str:
        """Return why partitions are loaded, such as `late file: 2 of 2026-01-03`."""
        groups: dict[str, list[str]] = {}
        for key in keys:
            groups.setdefault(_kind(self._looks.get(key), is_loaded=key in self._loaded), []).append(key)
        return "; ".join(_sentence(kind, of, self._looks) for kind, of in groups.items())


def _kind(look: Look | None, *, is_loaded: bool) -> str:
    if look is None or (is_loaded and look.newer == 0):
        return _REMOVED
    return "late file" if is_loaded else "new file"


_REMOVED = "removed or replaced file"


def _sentence(kind: str, keys: list[str], looks: Mapping[str, Look]) -> str:
    if kind == _REMOVED:
        return f"{kind}: {named_partitions(keys)}"
    number = sum(looks[key].newer or looks[key].files for key in keys)
    return f"{kind}: {number} of {named_partitions(keys)}"
