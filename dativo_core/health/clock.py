"""What the clocks of others say of this machine's."""

from collections.abc import Sequence
from datetime import UTC, datetime

from dativo_core.probe import Answer, failed, ok, warned

MADE_AT = datetime(2026, 11, 1, tzinfo=UTC)
"""No clock that is right shows an earlier time: this program was not there yet."""

WARN_FROM_S = 60.0
REFUSED_FROM_S = 900.0
"""S3 refuses requests whose time is further off than 15 minutes (RequestTimeTooSkewed)."""

_HINT = "Set the clock of this machine, and keep it right with NTP"


def clock_answer(told: Sequence[tuple[str, float]], now: datetime) -> Answer:
    """Return whether this machine's clock is right, by how many seconds ahead of it each place says it is.

    Where places disagree, the one that is nearest counts: theirs may be wrong, too.
    """
    if now < MADE_AT:
        return failed(f"this machine says it is {now:%Y-%m-%d}, which is long past", _HINT)
    if not told:
        return ok("no place told the time; it is later than this version was made")
    subject, ahead_s = min(told, key=lambda each: abs(each[1]))
    side = "behind" if ahead_s > 0 else "ahead of"
    difference = f"this machine is {abs(ahead_s):.0f} s {side} {subject}"
    if abs(ahead_s) >= REFUSED_FROM_S:
        return failed(f"{difference}; S3 refuses what is more than 15 minutes off", _HINT)
    return warned(difference, _HINT) if abs(ahead_s) >= WARN_FROM_S else ok(difference)
