"""Which partitions of a job are to be loaded again because a backfill of them failed, and why a backfill is asked for."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dativo_core.plan.types import IngestPlan
from dativo_dagster.backfill import PastBackfill
from dativo_dagster.run_keys import RunEnd, pause_after
from dativo_dagster.tags import BACKFILL_FOR, PARTITION_FILES, REASON, RETRY_OF, TRIGGER, run_tags

LOOKED_BACK = 20
"""How many of a job's latest backfills are looked at."""

MOST_DIGESTS = 100
"""Of more partitions a backfill tells one digest of the files of all."""

_NO_FILE = "-"
_SHOWN = 3


@dataclass(frozen=True)
class Again:
    """Partitions of a failed backfill, with the tags of another one for them; before `due_at` it is too early."""

    keys: tuple[str, ...]
    tags: Mapping[str, str]
    due_at: datetime


def request_tags(plan: IngestPlan, purpose: str, reason: str) -> dict[str, str]:
    """Return the tags of a backfill of a job, which its runs carry too."""
    return {**run_tags(plan), TRIGGER: "backfill", BACKFILL_FOR: purpose, REASON: reason}


def failed_partitions(past: Sequence[PastBackfill], now: datetime) -> Iterator[Again]:
    """Yield what is to be loaded again of failed backfills (`past`, the newest first), once more after longer and longer.

    Partitions that a later backfill is of are left to it. One that a person has ended is not started again.
    """
    covered: set[str] = set()
    for backfill in past:
        keys = backfill.missing - covered if backfill.end is RunEnd.FAILED else ()
        if keys:
            root = backfill.tags.get(RETRY_OF, backfill.backfill_id)
            tries = sum(root in {each.backfill_id, each.tags.get(RETRY_OF)} for each in past)
            due_at = (backfill.ended_at or now) + pause_after(tries)
            yield Again(tuple(sorted(keys)), {**backfill.tags, RETRY_OF: root}, due_at)
        covered |= backfill.keys


def files_tag(keys: Sequence[str], digests: Mapping[str, int]) -> dict[str, str]:
    """Return the tag of a backfill of `keys`, in order, that tells which files they had: of each, or of too many of all."""
    each = [f"{digests[key]:08x}" if key in digests else _NO_FILE for key in keys]
    text = ",".join(each)
    return {PARTITION_FILES: text if len(each) <= MOST_DIGESTS else hashlib.sha256(text.encode()).hexdigest()}


def asked_already(keys: Collection[str], digests: Mapping[str, int], past: Sequence[PastBackfill]) -> frozenset[str]:
    """Return those of `keys` whose latest backfill (`past`, the newest first) was asked for with the files of now.

    They come up again where a daemon was killed after it had asked, and before it had kept the cursor.
    """
    found: set[str] = set()
    left = set(keys)
    for backfill in past:
        of = sorted(backfill.keys)
        told = backfill.tags.get(PARTITION_FILES, "")
        same = files_tag(of, digests)[PARTITION_FILES]
        pairs = zip(told.split(","), same.split(","), strict=False)
        if len(of) <= MOST_DIGESTS:
            found |= {key for key, (then, now) in zip(of, pairs, strict=False) if key in left and then == now}
        elif told == same:
            found |= left & backfill.keys
        left -= backfill.keys
    return frozenset(found)


def named_partitions(keys: Collection[str]) -> str:
    """Return partitions for a sentence: a few by name, the others by number."""
    shown = sorted(keys)[:_SHOWN]
    return ", ".join(shown) + (f" and {len(keys) - len(shown)} more" if len(keys) > len(shown) else "")
