"""How often a job tries again by itself, as its file says it."""

from typing import Annotated

from pydantic import Field

from dativo_core.model.base import FileModel, Whole

Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]


class RetryConfig(FileModel):
    """When a failed run of a job is tried again. Errors that a retry cannot help are never retried."""

    max_attempts: Whole | None = Field(None, ge=1, le=10, description="most tries, the first one counted; 3 unless set")
    max_retries: Whole | None = Field(None, ge=0, le=9, description="older spelling: max_attempts less one")
    initial_delay_seconds: Seconds | None = Field(None, description="wait before the second try; 5 unless set")
    retry_delay_seconds: Seconds | None = Field(None, description="older spelling of initial_delay_seconds")
    max_delay_seconds: Seconds | None = Field(None, description="longest wait between two tries; 300 unless set")
    backoff_multiplier: float = Field(
        2.0, ge=1, le=100, allow_inf_nan=False, description="by how much each wait is longer than the one before"
    )
    retryable_error_patterns: tuple[str, ...] | None = Field(
        None, description="regular expressions; an error whose message one of them finds is retried too"
    )
    retryable_errors: tuple[str, ...] | None = Field(None, description="older spelling of retryable_error_patterns")
    retryable_exit_codes: tuple[Whole, ...] | None = Field(
        None, description="with 2, every failed run is retried, whatever its error says"
    )
