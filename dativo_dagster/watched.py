"""A job as the sensors of its tenant see it, and how such a sensor starts it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dagster as dg

from dativo_core.model.names import dagster_job_name
from dativo_core.plan.types import IngestPlan
from dativo_dagster.keys import stream_keys
from dativo_dagster.tags import JOB, TENANT, TRIGGER, run_tags

if TYPE_CHECKING:
    from dativo_dagster.resolved_job import AssetJob


@dataclass(frozen=True)
class WatchedJob:
    """A plan with its asset and its job in Dagster."""

    plan: IngestPlan
    asset: dg.AssetsDefinition
    job: "AssetJob"

    @property
    def is_partitioned(self) -> bool:
        """Whether its partitions can be loaded one by one."""
        return self.plan.source.partitions is not None

    @property
    def tags(self) -> dict[str, str]:
        """The tags by which its runs and backfills are found."""
        return {TENANT: self.plan.tenant, JOB: self.plan.job}

    def loaded(self, instance: dg.DagsterInstance) -> frozenset[str]:
        """Return the partitions that were loaded once."""
        return frozenset(instance.get_materialized_partitions(stream_keys(self.plan, self.plan.streams[0]).table))

    def request(self, run_key: str, tags: Mapping[str, str], *, by_assets: bool) -> dg.RunRequest:
        """Return the request of a run that loads what is new; `by_assets` where the sensor has an asset selection."""
        return dg.RunRequest(
            run_key=run_key,
            job_name=dagster_job_name(self.plan.tenant, self.plan.job),
            asset_selection=list(self.asset.keys) if by_assets else None,
            tags={**run_tags(self.plan), TRIGGER: "sensor", **tags},
        )


def by_tenant(jobs: Sequence[WatchedJob]) -> dict[str, list[WatchedJob]]:
    """Return jobs by tenant."""
    tenants: dict[str, list[WatchedJob]] = {}
    for job in jobs:
        tenants.setdefault(job.plan.tenant, []).append(job)
    return tenants


def asks_by_assets(jobs: Sequence[WatchedJob]) -> bool:
    """Whether a sensor of these jobs needs an asset selection, without which it cannot ask for backfills."""
    return any(job.is_partitioned for job in jobs)


def targets(jobs: Sequence[WatchedJob]) -> dict[str, Any]:
    """Return what a sensor of these jobs is declared with: they themselves, or the tables of them all."""
    if asks_by_assets(jobs):
        return {"asset_selection": dg.AssetSelection.assets(*(key for job in jobs for key in job.asset.keys))}
    return {"jobs": [job.job for job in jobs]}
