"""Settings that the formats have and this version cannot act on: their jobs are checked and planned, and refuse to run."""

from collections.abc import Iterable

from dativo_core.errors import ConfigError
from dativo_core.model.finding import Finding, Severity
from dativo_core.workspace.document import KeyPath, Locator

CODE = "not-implemented"


def run_later(at: Locator, path: KeyPath, message: str, remedy: str) -> Finding:
    """Return the warning that a job cannot be run because of the setting at `path`; `remedy` says what makes it run."""
    hint = f"{remedy} The job can be checked and planned; a run of it fails."
    return at.finding(path, CODE, message, hint, Severity.WARNING)


def reasons(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Return why a job that has a plan cannot be run, each reason once; none when it can."""
    return tuple(dict.fromkeys(f"{each.message} ({each.file}:{each.line})" for each in findings if each.code == CODE))


def refusal(told: tuple[str, ...]) -> ConfigError:
    """Return the error of a run that cannot be, for the `reasons` of its plan."""
    return ConfigError("; ".join(told), hint="Remove what is named, or run the job with a version that has it")
