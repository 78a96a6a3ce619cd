"""Backfills that the file of a job asks for: each entry is started once, for as long as Dagster remembers it."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from dativo_core.errors import DativoError
from dativo_core.plan.asked_partitions import is_over, partitions_between, require_partitions
from dativo_core.plan.types import AskedBackfillPlan
from dativo_dagster.backfill import backfill_tags, start_backfill
from dativo_dagster.partition_runs import request_tags
from dativo_dagster.watched import WatchedJob

PURPOSE = "asked"
_ID_LENGTH = 16


def ask(instance: dg.DagsterInstance, watched: WatchedJob, now: datetime) -> Iterator[str]:
    """Start the backfills that a job's file asks for and that were not started yet; yield what there is to say of it.

    A range that is not over yet is waited for, so that it is loaded whole.
    """
    for asked in watched.plan.backfills:
        backfill_id = backfill_id_of(watched, asked)
        if backfill_tags(instance, backfill_id) is not None:
            continue
        if not asked.keys and not is_over(watched.plan, asked.until, now):
            yield f"the backfill '{asked.reason}' waits for the end of its range, {asked.until}"
            continue
        try:
            keys = _keys(watched, asked, now)
        except DativoError as error:
            yield f"the backfill '{asked.reason}' cannot start: {error}"
            continue
        tags = request_tags(watched.plan, PURPOSE, asked.reason)
        start_backfill(instance, watched.asset, keys, tags, asked.reason, backfill_id)
        yield f"started the backfill {backfill_id} of {len(keys)} partitions: {asked.reason}"


def backfill_id_of(watched: WatchedJob, asked: AskedBackfillPlan) -> str:
    """Return the id of the backfill of an entry, always the same, so that it cannot be started twice."""
    plan = watched.plan
    exact = "\0".join((plan.tenant, plan.job, asked.reason, asked.since, asked.until, *asked.keys))
    return hashlib.sha256(exact.encode()).hexdigest()[:_ID_LENGTH]


def _keys(watched: WatchedJob, asked: AskedBackfillPlan, now: datetime) -> tuple[str, ...]:
    if asked.keys:
        return require_partitions(watched.plan, asked.keys)
    return partitions_between(watched.plan, asked.since, asked.until, now.astimezone(UTC))
