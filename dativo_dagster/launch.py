"""What whoever launches a run may ask for: typed, described, and without paths, queries or addresses."""

from datetime import UTC, datetime

import dagster as dg
from pydantic import Field

from dativo_core.errors import ConfigError
from dativo_core.plan.asked_partitions import partitions_between
from dativo_core.plan.run_options import RunOptions
from dativo_core.plan.types import IngestPlan


class LaunchConfig(dg.Config):
    """The form of the launchpad, the same for every job; left as it is, a run loads what is new."""

    full_refresh: bool = Field(default=False, description="Read everything and replace the table in one snapshot.")
    since: str = Field(
        default="",
        description="Load the partitions again that begin at this time or later, such as 2026-01-01. Needs `until`.",
    )
    until: str = Field(default="", description="Load the partitions again that begin before this time. Needs `since`.")
    limit: int = Field(
        default=0, ge=0, description="Read at most so many files; 0 for all. A later run takes the others."
    )
    dry_run: bool = Field(default=False, description="Read and check, and publish nothing.")

    @property
    def is_partial(self) -> bool:
        """Whether a run leaves some of what is new to later ones."""
        return bool(self.since or self.until or self.limit or self.dry_run)


def run_options(config: LaunchConfig, plan: IngestPlan, partition_keys: tuple[str, ...]) -> RunOptions:
    """Return what a run was asked for: by its partitions, or by its config. Raises ConfigError when that makes no sense."""
    keys = partition_keys
    if config.since or config.until:
        if keys:
            message = "the run has partitions, and since and until name others"
            raise ConfigError(message, hint="Leave since and until empty")
        keys = partitions_between(plan, config.since, config.until, datetime.now(UTC))
    return RunOptions(
        partitions=keys, full_refresh=config.full_refresh, limit=config.limit or None, is_dry=config.dry_run
    )
