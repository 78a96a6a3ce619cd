"""The cursor of a file sensor: JSON of bounded size, and nothing but a hint. One that cannot be read is no cursor."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dativo_dagster.partition_memory import PartitionMemory, read_memory

VERSION = 1
MOST_BYTES = 90_000
"""The size of a cursor; Dagster asks for less than 100 KB."""

_BYTES_PER_JOB = 200


@dataclass(frozen=True)
class JobMemory:
    """What is known of one job: when its files were listed, and which of them need no run any more.

    `settled` is the digest of all its files, `partitions` what is known of each. `waits_since` is since when a file has
    been written, `unsure` a digest of all files for which a run shall make sure that nothing was missed.
    """

    listed_at: float = 0.0
    settled: str | None = None
    waits_since: float | None = None
    partitions: PartitionMemory | None = None
    unsure: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the memory as JSON values; what is not known is left out."""
        values = {
            "at": round(self.listed_at, 1),
            "settled": self.settled,
            "waits": self.waits_since,
            "parts": self.partitions.to_json() if self.partitions is not None else None,
            "unsure": self.unsure,
        }
        return {key: value for key, value in values.items() if value is not None}


@dataclass(frozen=True)
class FileCursor:
    """What is known of the jobs of a tenant; the one that was listed longest ago comes first in the next tick."""

    jobs: Mapping[str, JobMemory] = field(default_factory=dict)

    def to_text(self) -> str:
        """Return the cursor as Dagster keeps it.

        Where there are too many jobs for it, some are left out: their runs tell what is known of them.
        """
        jobs: dict[str, Any] = {}
        room_bytes = MOST_BYTES
        for job, memory in self.jobs.items():
            values = memory.to_json()
            room_bytes -= len(json.dumps({job: values}))
            if room_bytes > 0:
                jobs[job] = values
        return json.dumps({"version": VERSION, "jobs": jobs}, separators=(",", ":"))


def room_for_partitions(jobs: int, partitioned: int) -> int:
    """Return how many bytes each of the `partitioned` jobs among `jobs` may take for its partitions."""
    return max(0, MOST_BYTES - jobs * _BYTES_PER_JOB) // max(1, partitioned)


def read_cursor(text: str | None) -> FileCursor:
    """Return what a cursor says; one that is lost, broken, or of another version says nothing."""
    try:
        read = json.loads(text or "{}")
        if not isinstance(read, dict) or read.get("version") != VERSION:
            return FileCursor()
        return FileCursor({str(job): _memory(values) for job, values in read["jobs"].items()})
    except (ValueError, TypeError, KeyError, AttributeError):
        return FileCursor()


def _memory(values: Mapping[str, Any]) -> JobMemory:
    waits = values.get("waits")
    return JobMemory(
        listed_at=float(values["at"]),
        settled=_text(values.get("settled")),
        waits_since=float(waits) if waits is not None else None,
        partitions=read_memory(values["parts"]) if "parts" in values else None,
        unsure=_text(values.get("unsure")),
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
