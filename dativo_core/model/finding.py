"""Problems of configuration files, as values: collected, never raised, shown all at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs: an `error` stops the job, the others only inform."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, order=True)
class Finding:
    """One problem in one file: where (`file`, 1-based `line`, `key_path`), what (`message`), and the remedy (`hint`)."""

    file: str
    line: int
    key_path: str
    code: str
    severity: Severity
    message: str
    hint: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " + (f"{self.key_path}: " if self.key_path else "")
        return f"{place}{self.message}. {self.hint} [{self.code}]"


def errors(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings that stop a job."""
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)
