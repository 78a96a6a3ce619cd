"""Which partitions of a job are to be loaded again because a backfill of them failed, and why a backfill is asked for."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dativo_core.plan.types import IngestPlan
from dativo_dagster.backfill import PastBackfill
from dativo_dagster.run_keys import RunEnd, pause_after
from dativo_dagster.tags import BACKFILL_FOR, REASON, RETRY_OF, TRIGGER, run_tags

LOOKED_BACK = 20
"""How many of a job's latest backfills are looked at."""

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


def named_partitions(keys: Collection[str]) -> str:
    """Return partitions for a sentence: a few by name, the others by number."""
    shown = sorted(keys)[:_SHOWN]
    return ", ".join(shown) + (f" and {len(keys) - len(shown)} more" if len(keys) > len(shown) else "")
