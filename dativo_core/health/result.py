"""What is found out about one place, and what is needed to ask."""

from dataclasses import dataclass
from typing import Protocol

from dativo_core.probe import Answer, Part, ProbeStatus
from dativo_core.secrets.base import SecretStore
from dativo_core.telemetry.redact import clean_text


class Surroundings(Protocol):
    """Where secrets are and what jobs may read of this process; a run's services are one."""

    @property
    def secrets(self) -> SecretStore:
        """The store of every tenant's secrets."""

    @property
    def mode(self) -> str:
        """`self_hosted` or `cloud`."""


@dataclass(frozen=True)
class Asker:
    """Surroundings of somebody who runs nothing."""

    secrets: SecretStore
    mode: str


@dataclass(frozen=True)
class ProbeResult:
    """What one place answered: whom was asked, how it ended, what was said and the remedy, and how long it took.

    `jobs` of `tenant` depend on it. Each text is one line without secrets. `ahead_s` is how far its clock is ahead of ours.
    """

    part: Part
    subject: str
    status: ProbeStatus
    message: str
    hint: str
    seconds: float
    tenant: str
    jobs: tuple[str, ...]
    ahead_s: float | None = None

    def __str__(self) -> str:
        told = f"{self.part} {self.subject}: {self.message}"
        return f"{told}. {self.hint}" if self.hint else told


def result_of(
    part: Part, subject: str, answer: Answer, seconds: float, tenant: str, jobs: tuple[str, ...]
) -> ProbeResult:
    """Return an answer as a result, whose texts can be shown."""
    message, hint = clean_text(answer.message), clean_text(answer.hint)
    return ProbeResult(part, clean_text(subject), answer.status, message, hint, seconds, tenant, jobs, answer.ahead_s)
