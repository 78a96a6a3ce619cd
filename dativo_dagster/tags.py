"""What Dagster accepts as a tag or an owner; what it would refuse is shown as metadata instead, never bent to fit."""

import re
from collections.abc import Iterable, Mapping

from dativo_core.model.labels import is_email, is_label
from dativo_core.model.names import slug
from dativo_core.plan.types import IngestPlan

TENANT = "tenant"
JOB = "dativo/job"
ENVIRONMENT = "dativo/env"
CONFIG_SHA = "dativo/config_sha"
TRIGGER = "dativo/trigger"
PARTIAL = "dativo/partial"
"""On runs that were asked for less than what is new: a dry run, a limit, or some partitions."""
SUPERSEDED_BY = "dativo/superseded_by"
REASON = "dativo/reason"
FILES_SHA = "dativo/files_sha"
PARTITION_FILES = "dativo/partition_files"
BACKFILL_FOR = "dativo/backfill_for"
RETRY_OF = "dativo/retry_of"

_TRIGGERS = (
    ("dagster/backfill", "backfill"),
    ("dagster/schedule_name", "schedule"),
    ("dagster/sensor_name", "sensor"),
    ("dagster/from_automation_condition", "sensor"),
)
_VALUE = re.compile(r"[A-Za-z0-9_.-]{0,63}")


def is_tag_value(text: str) -> bool:
    """Return whether `text` can be the value of an asset tag."""
    return _VALUE.fullmatch(text) is not None


def label_tags(labels: Iterable[str]) -> dict[str, str]:
    """Return those of a contract's plain labels that can be tags, each with an empty value."""
    return {label: "" for label in labels if is_label(label)}


def run_tags(plan: IngestPlan) -> dict[str, str]:
    """Return the tags every run of a job carries, however it was launched."""
    tags = {TENANT: plan.tenant, JOB: plan.job, CONFIG_SHA: plan.digest}
    return {**tags, ENVIRONMENT: plan.environment} if plan.environment else tags


def trigger_of(tags: Mapping[str, str]) -> str:
    """Return what started a run with these tags: `backfill`, `schedule`, `sensor` or `manual`."""
    for tag, trigger in _TRIGGERS:
        if tag in tags:
            return trigger
    return "manual"


def owners(names: Iterable[str]) -> tuple[str, ...]:
    """Return owners as Dagster takes them, each once: an e-mail address as it is, any other name as `team:<slug>`."""
    return tuple(dict.fromkeys(owner for name in names for owner in _owner(name)))


def _owner(name: str) -> tuple[str, ...]:
    if is_email(name):
        return (name,)
    try:
        return (f"team:{slug(name.removeprefix('team:'))}",)
    except ValueError:
        return ()
