"""The plan a hostile delivery is loaded with."""

from dataclasses import replace
from pathlib import Path

from dativo_core.model.source_options import SOURCE_OPTIONS
from dativo_core.plan.types import IngestPlan
from tests.hostile.outcomes import Delivery
from tests.support import orders_plan


def hostile_plan(root: Path, delivery: Delivery, *, max_rejects: int | None) -> IngestPlan:
    """Return a plan that loads a delivery; `max_rejects` 0 is strict mode, None keeps every bad row."""
    plan = orders_plan(root, max_rejects=max_rejects)
    options = SOURCE_OPTIONS[delivery.source](files=(delivery.files,), **delivery.options)
    return replace(plan, source=replace(plan.source, type=delivery.source, options=options))
