"""The partitions of a job: parts of its source that are loaded again one by one. Pure arithmetic on their keys.

Not to be confused with the partition fields of an Iceberg table, which say how its files are laid out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

PLACE = "{partition}"
"""Stands in a source path where the partition is written."""

DIRECTIVES = {"Y": "[0-9][0-9][0-9][0-9]", "m": "[0-1][0-9]", "d": "[0-3][0-9]", "H": "[0-2][0-9]", "M": "[0-5][0-9]"}
"""What a path format may hold after a percent sign, each with the glob of what it writes."""

BLANK = 32
_NOT_IN_KEYS = frozenset("/\\*?[]{}")


class PartitionKind(StrEnum):
    """What a partition is: a stretch of time, one of a fixed list of keys, or a key found in the source."""

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    STATIC = "static"
    DYNAMIC = "dynamic"

    @property
    def is_time(self) -> bool:
        """Whether partitions are stretches of time."""
        return self not in {PartitionKind.STATIC, PartitionKind.DYNAMIC}


LONGEST = timedelta(days=32)
"""No partition is as long."""

KEY_FORMATS = {
    PartitionKind.HOURLY: "%Y-%m-%d-%H:%M",
    PartitionKind.DAILY: "%Y-%m-%d",
    PartitionKind.WEEKLY: "%Y-%m-%d",
    PartitionKind.MONTHLY: "%Y-%m-%d",
}
"""How the key of a stretch of time is written, as Dagster writes it: its first moment in the time zone."""


@dataclass(frozen=True)
class JobPartitions:
    """The partitions of a job.

    Stretches of time begin with the one whose key is `start` and end before the one whose key is `end` (None: with the
    last that has ended, or with the running one where `has_current`). `path_format` is how the first moment of one is
    written in source paths. `keys` are those of kind `static`. One run of a backfill loads up to `per_run` partitions.
    """

    kind: PartitionKind
    timezone: str = "UTC"
    start: str = ""
    end: str | None = None
    has_current: bool = False
    path_format: str = ""
    keys: tuple[str, ...] = ()
    per_run: int = 1

    def written(self, key: str) -> str:
        """Return how a partition is written in source paths. Raises ValueError for a key that is none."""
        self.require(key)
        return self.moment(key).strftime(self.path_format) if self.kind.is_time else key

    def key_written(self, text: str) -> str:
        """Return the key of the partition that is written as `text` in paths. Raises ValueError where there is none."""
        if not self.kind.is_time:
            return text
        moment = datetime.strptime(text, self.path_format).replace(tzinfo=self._zone)
        return moment.strftime(KEY_FORMATS[self.kind])

    def require(self, key: str) -> None:
        """Raise ValueError for a key that is none, or of a partition before the first or after the last."""
        if not self.kind.is_time:
            if self.kind is PartitionKind.STATIC and key not in self.keys:
                message = f"'{key}' is none of the partitions {', '.join(self.keys)}"
                raise ValueError(message)
            require_plain_key(key)
            return
        moment = self.moment(key)
        if moment < self.first or (self.end is not None and moment >= self.moment(self.end)):
            last = "" if self.end is None else f" and end before {self.end}"
            message = f"there is no partition '{key}': they begin with {self.start}{last}"
            raise ValueError(message)

    def holds(self, key: str) -> bool:
        """Whether `key` is that of a partition, be it in the future."""
        try:
            self.require(key)
        except ValueError:
            return False
        return True

    def is_there(self, key: str, now: datetime) -> bool:
        """Whether a partition of `key` is there at `now` (aware): a stretch of time has ended, or is running and counts."""
        if not self.kind.is_time:
            return True
        begins = self.moment(key)
        return (begins if self.has_current else self._next(begins)) <= self.local(now)

    @property
    def first(self) -> datetime:
        """The moment at which the first stretch of time begins."""
        return self.moment(self.start)

    def moment(self, key: str) -> datetime:
        """Return the first moment of a stretch of time, in the time zone. Raises ValueError for a key that is none."""
        form = KEY_FORMATS[self.kind]
        try:
            moment = datetime.strptime(key, form).replace(tzinfo=self._zone)
        except ValueError:
            moment = None
        if moment is None or moment.strftime(form) != key or not self._begins(moment):
            message = f"'{key}' is no {self.kind} partition, whose keys look like {self.start}"
            raise ValueError(message)
        return moment

    def between(self, since: datetime, until: datetime, now: datetime) -> tuple[str, ...]:
        """Return the keys of the stretches of time that begin in `[since, until)` and are there at `now`, in order.

        Moments without an offset are meant in the time zone.
        """
        lo, hi = self.local(since), min(self.local(until), self.local(now))
        moments = [moment for moment in self._moments(hi) if moment >= lo]
        if moments and not self.has_current and self._next(moments[-1]) > self.local(now):
            moments.pop()
        return tuple(moment.strftime(KEY_FORMATS[self.kind]) for moment in moments)

    def _moments(self, until: datetime) -> Iterator[datetime]:
        moment = self.first
        last = until if self.end is None else min(until, self.moment(self.end))
        while moment < last:
            yield moment
            moment = self._next(moment)

    def local(self, moment: datetime) -> datetime:
        """Return a moment in the time zone; one without an offset is meant in it."""
        return moment.replace(tzinfo=self._zone) if moment.tzinfo is None else moment.astimezone(self._zone)

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def _next(self, moment: datetime) -> datetime:
        # Between two moments of one zone Python counts as the clock on the wall does, which is what partitions follow.
        match self.kind:
            case PartitionKind.HOURLY:
                return moment + timedelta(hours=1)
            case PartitionKind.DAILY:
                return moment + timedelta(days=1)
            case PartitionKind.WEEKLY:
                return moment + timedelta(weeks=1)
            case _:
                return (moment.replace(day=1) + LONGEST).replace(day=1)

    def _begins(self, moment: datetime) -> bool:
        """Whether a partition may begin at a moment: weeks begin on the weekday of the first one."""
        if self.kind is PartitionKind.HOURLY:
            return moment.minute == 0
        if self.kind is PartitionKind.MONTHLY:
            return moment.day == 1
        if self.kind is PartitionKind.WEEKLY:
            return moment.weekday() == date.fromisoformat(self.start).weekday()
        return True


def require_plain_key(key: str) -> None:
    """Raise ValueError for a key that cannot stand in a path, or that Dagster refuses."""
    if (
        not key
        or key.startswith(".")
        or "..." in key
        or any(letter in _NOT_IN_KEYS or ord(letter) < BLANK for letter in key)
    ):
        message = (
            f"'{key}' cannot be the key of a partition: wildcards, slashes, a leading dot and '...' are not allowed"
        )
        raise ValueError(message)
