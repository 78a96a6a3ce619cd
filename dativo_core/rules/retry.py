"""How often a job tries again: one spelling of each setting, waits in order, patterns that compile."""

from collections.abc import Iterator, Mapping

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.retry import RetryConfig
from dativo_core.odcs.patterns import to_re2
from dativo_core.workspace.document import Document

SPELLINGS: Mapping[str, str] = {
    "max_retries": "max_attempts",
    "retry_delay_seconds": "initial_delay_seconds",
    "retryable_errors": "retryable_error_patterns",
}
"""Old spellings and what is written today (formats, section 4)."""

DEFAULT_ATTEMPTS = 3
DEFAULT_DELAY_S = 5.0
DEFAULT_MAX_DELAY_S = 300.0
FAILED_RUN = 2
"""The exit code of a failed run; 1 is a run that landed all but rejected rows, which a retry would reject again."""

_SECTION = "retry_config"


def check_retry(config: RetryConfig, job: Document) -> list[Finding]:
    """Return what is wrong with a job's `retry_config`."""
    return [*_spellings(config, job), *_delays(config, job), *_patterns(config, job), *_exit_codes(config, job)]


def max_attempts(config: RetryConfig) -> int:
    """Return how often a run is tried at most, the first time counted."""
    if config.max_attempts is not None:
        return config.max_attempts
    return DEFAULT_ATTEMPTS if config.max_retries is None else config.max_retries + 1


def delays_s(config: RetryConfig) -> tuple[float, float]:
    """Return the first and the longest wait; a longest one that is not written never cuts the first."""
    written = (config.initial_delay_seconds, config.retry_delay_seconds)
    first = next((delay for delay in written if delay is not None), DEFAULT_DELAY_S)
    longest = config.max_delay_seconds
    return first, max(DEFAULT_MAX_DELAY_S, first) if longest is None else longest


def patterns(config: RetryConfig) -> tuple[str, ...]:
    """Return the patterns of errors that are retried, as RE2 takes them."""
    return tuple(to_re2(pattern) for pattern in config.retryable_error_patterns or config.retryable_errors or ())


def _spellings(config: RetryConfig, job: Document) -> Iterator[Finding]:
    for old, new in SPELLINGS.items():
        if getattr(config, old) is None:
            continue
        if getattr(config, new) is not None:
            message = f"'{old}' is an older spelling of '{new}', and both are written"
            yield job.finding((_SECTION, old), "retry-two-spellings", message, f"Keep '{new}', remove '{old}'.")
            continue
        hint = "Write max_attempts, one more than max_retries." if old == "max_retries" else f"Write {new}."
        message = f"'{old}' is an older spelling of '{new}'"
        yield job.finding((_SECTION, old), "deprecated-key", message, hint, Severity.WARNING)


def _delays(config: RetryConfig, job: Document) -> Iterator[Finding]:
    first, longest = delays_s(config)
    if first > longest:
        message = f"the first wait is {first:g} s, longer than the longest one, {longest:g} s"
        hint = "Raise max_delay_seconds, or lower initial_delay_seconds."
        yield job.finding((_SECTION, "max_delay_seconds"), "retry-delays", message, hint)


def _patterns(config: RetryConfig, job: Document) -> Iterator[Finding]:
    for key in ("retryable_error_patterns", "retryable_errors"):
        for index, pattern in enumerate(getattr(config, key) or ()):
            try:
                to_re2(pattern)
            except ValueError as error:
                message = f"the pattern '{pattern}' cannot be used: {error}"
                hint = "Write a regular expression without lookaround and back-references, such as 'timed? ?out'."
                yield job.finding((_SECTION, key, index), "retry-pattern", message, hint)


def _exit_codes(config: RetryConfig, job: Document) -> Iterator[Finding]:
    for index, code in enumerate(config.retryable_exit_codes or ()):
        if code != FAILED_RUN:
            message = f"a failed run never ends with the exit code {code}"
            hint = f"Write {FAILED_RUN}, the exit code of every failed run, or remove {code}."
            yield job.finding(
                (_SECTION, "retryable_exit_codes", index), "retry-exit-code", message, hint, Severity.WARNING
            )
