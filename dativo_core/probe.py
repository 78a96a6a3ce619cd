"""What every place that a job depends on satisfies so that it can be asked whether it would work."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

from dativo_core.errors import DativoError


class Part(StrEnum):
    """What a probe is about, in the order it is told; the last three are about no job."""

    SOURCE = "source"
    TARGET = "target"
    CATALOG = "catalog"
    SECRETS = "secrets"
    CLOCK = "clock"
    STATE = "state"
    INSTALLATION = "installation"
    WORKSPACE = "workspace"
    ORCHESTRATOR = "orchestrator"


class ProbeStatus(StrEnum):
    """How a probe ended: it works, it works and something should be done, it does not work, it was not asked."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Answer:
    """What a place said. `hint` is the remedy, empty where nothing need be done; no secret is in either text.

    `ahead_s` is how many seconds the other side's clock is ahead of this machine's, where it told the time.
    """

    status: ProbeStatus
    message: str
    hint: str = ""
    ahead_s: float | None = None


@dataclass(frozen=True)
class Probe:
    """One question. `subject` says whom it is put to, for people; equal `identity` means equal answers.

    `ask`, given a limit in seconds, returns the answer within it as far as it can; what it raises is an answer, too.
    """

    part: Part
    subject: str
    ask: Callable[[float], Answer]
    identity: Hashable = None


def ok(message: str, ahead_s: float | None = None) -> Answer:
    """Return the answer of a place that works."""
    return Answer(ProbeStatus.OK, message, ahead_s=ahead_s)


def warned(message: str, hint: str) -> Answer:
    """Return the answer of a place that works, and where something should be done."""
    return Answer(ProbeStatus.WARNING, message, hint)


def failed(message: str, hint: str, ahead_s: float | None = None) -> Answer:
    """Return the answer of a place that does not work."""
    return Answer(ProbeStatus.FAILED, message, hint, ahead_s)


def skipped(message: str) -> Answer:
    """Return the answer where there is nothing to ask."""
    return Answer(ProbeStatus.SKIPPED, message)


def answer_of(error: DativoError) -> Answer:
    """Return an error as an answer."""
    return failed(error.message, error.hint)


def ahead_s(date: str | None) -> float | None:
    """Return how many seconds a `Date` header (RFC 9110, 6.6.1) that was just received is ahead of this machine's clock.

    None for no header and for one that is no date.
    """
    try:
        told = parsedate_to_datetime(date or "")
        return (told.replace(tzinfo=told.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    except (ValueError, OverflowError):
        return None
