"""When an interval is due: at the multiples of its length since 1970 in UTC, whatever was started before.

A fixed anchor cannot drift, and needs no memory to be found again.
"""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE, _HOUR, _DAY, _WEEK = 60, 3600, 86400, 604800


def last_due(interval_seconds: int, now: datetime) -> datetime:
    """Return the newest due time that is not after `now`, an aware time."""
    return now.astimezone(UTC) - (now - _EPOCH) % timedelta(seconds=interval_seconds)


def due_since(interval_seconds: int, now: datetime, ticked_at: datetime | None) -> datetime | None:
    """Return the due time to start a run for, None when the one before `now` was already ticked.

    However many were missed, only the newest is returned. Without `ticked_at`, or with one that lies a whole interval
    ahead of the clock, the newest is returned again: a repeated tick rather than none for ever.
    """
    due = last_due(interval_seconds, now)
    if ticked_at is None or ticked_at - now >= timedelta(seconds=interval_seconds):
        return due
    return due if due > ticked_at else None


def cron_of_interval(interval_seconds: int) -> str | None:
    """Return the cron that, in UTC, comes at exactly the due times of an interval; None when none does."""
    minutes, hours = interval_seconds // _MINUTE, interval_seconds // _HOUR
    if interval_seconds % _MINUTE == 0 and minutes < 60 and 60 % minutes == 0:
        return "* * * * *" if minutes == 1 else f"*/{minutes} * * * *"
    if interval_seconds % _HOUR == 0 and hours < 24 and 24 % hours == 0:
        return "0 * * * *" if hours == 1 else f"0 */{hours} * * *"
    if interval_seconds == _DAY:
        return "0 0 * * *"
    return "0 0 * * 4" if interval_seconds == _WEEK else None  # 1970 began on a Thursday
