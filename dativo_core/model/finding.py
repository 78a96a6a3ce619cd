"""Problems of configuration files, as values: collected, never raised, shown all at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from dativo_core.telemetry.escape import escape_line

MAX_CHARACTERS = 600
"""How much of a text is shown; a value of a file may be of any length."""


class Severity(StrEnum):
    """How much a finding weighs: an `error` stops the job, the others only inform."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, order=True)
class Finding:
    """One problem in one file: where (`file`, 1-based `line`, `key_path`), what (`message`), and the remedy (`hint`).

    Each text is one line and safe to show, whatever the file holds: control characters are in backslash notation, and long
    texts lack their middle.
    """

    file: str
    line: int
    key_path: str
    code: str
    severity: Severity
    message: str
    hint: str

    def __post_init__(self) -> None:
        for name in ("file", "key_path", "message", "hint"):
            object.__setattr__(self, name, _one_line(getattr(self, name)))

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " + (f"{self.key_path}: " if self.key_path else "")
        return f"{place}{self.message}. {self.hint} [{self.code}]"


def errors(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings that stop a job."""
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)


def _one_line(text: str) -> str:
    if len(text) > MAX_CHARACTERS:
        text = f"{text[: MAX_CHARACTERS // 2]} … {text[-MAX_CHARACTERS // 2 :]}"
    return escape_line(text)
