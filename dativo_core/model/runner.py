"""The operator's `configs/runner.yaml`: how jobs are started, and schedules kept apart from the jobs they start."""

from typing import Literal

from pydantic import Field

from dativo_core.model.alerts import Alert
from dativo_core.model.base import FileModel, Whole
from dativo_core.model.schedule_words import CONCURRENT_RUNS, CRON, INTERVAL, LONGEST_INTERVAL


class RunnerSchedule(FileModel):
    """When one job runs by itself; exactly one of `cron` and `interval_seconds` is written."""

    name: str = Field(min_length=1, description="name of the schedule, unique in the file")
    config: str = Field(min_length=1, description="path of the job file, relative to the workspace root")
    cron: str | None = Field(None, description=CRON)
    interval_seconds: Whole | None = Field(None, ge=1, le=LONGEST_INTERVAL, description=INTERVAL)
    enabled: bool = Field(True, description="whether the schedule starts switched on")
    timezone: str = Field("UTC", description="IANA name of the time zone the cron is meant in")
    max_concurrent_runs: Whole = Field(1, ge=1, description=CONCURRENT_RUNS)
    tags: dict[str, str] = Field(default_factory=dict, description="tags of the runs it starts")


class Orchestrator(FileModel):
    """Who starts the jobs."""

    type: Literal["dagster"] = Field("dagster", description="the orchestrator; always dagster")
    concurrency_per_tenant: Whole = Field(1, ge=1, le=1000, description="most runs of one tenant at one time")
    schedules: tuple[RunnerSchedule, ...] | None = Field(None, description="schedules; none when null or empty")
    alerts: tuple[Alert, ...] | None = Field(None, description="who hears when a run fails")
    webserver_url: str | None = Field(None, description="address of Dagster's pages, for the links in alerts")


class Runner(FileModel):
    """All of `configs/runner.yaml`, directly or below the key `runner`."""

    wrapper = "runner"

    mode: Literal["orchestrated", "oneshot"] = Field(
        "orchestrated", description="orchestrated: an orchestrator starts jobs; oneshot: only a command does"
    )
    orchestrator: Orchestrator | None = Field(None, description="who starts the jobs, and when")

    @property
    def schedules(self) -> tuple[RunnerSchedule, ...]:
        """The schedules of the file, in its order."""
        return (self.orchestrator.schedules if self.orchestrator else None) or ()
