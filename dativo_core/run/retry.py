"""When a failed run is tried again: the one rule of the command line and of Dagster."""

import random
from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.errors import ConfigError, ContractError, DativoError, StateLost
from dativo_core.plan.types import RetryPlan

MAX_ASKED_DELAY_S = 3600.0
"""A source that asks for a longer pause is not waited for; the next run asks it again."""

SPREAD = 0.25
"""By how much of itself a delay is changed at random, so that jobs that failed together do not come back together."""

Spread = Callable[[], float]
"""A factor near 1 for one delay."""

_NEVER = (ConfigError, ContractError, StateLost)


def random_spread() -> float:
    """Return a random factor between 0.75 and 1.25."""
    return random.uniform(1 - SPREAD, 1 + SPREAD)


def retry_delay_s(
    retry: RetryPlan, errors: Sequence[DativoError], failed_attempts: int, spread: Spread = random_spread
) -> float | None:
    """Return after how many seconds a run whose streams failed with `errors` is tried again; None: it is not.

    `failed_attempts` counts from 1. A retry must be able to help every stream that failed. A pause the source asked for
    holds instead of the plan's delay.
    """
    if failed_attempts >= retry.max_attempts or not errors or not all(_can_help(retry, each) for each in errors):
        return None
    asked = [each.retry_after_s for each in errors if each.retry_after_s is not None]
    if not asked:
        planned = retry.initial_delay_s * retry.multiplier ** (failed_attempts - 1)
        return min(retry.max_delay_s, planned * spread())
    return max(asked) if max(asked) <= MAX_ASKED_DELAY_S else None


def _can_help(retry: RetryPlan, error: DativoError) -> bool:
    if isinstance(error, _NEVER):
        return False
    return error.retryable or retry.every_failure or _is_found(retry.patterns, str(error))


def _is_found(patterns: Sequence[str], text: str) -> bool:
    """Return whether a pattern is found in `text`; RE2 does it in linear time, since patterns are a tenant's."""
    searched = pa.scalar(text)
    return any(pc.match_substring_regex(searched, pattern=pattern).as_py() for pattern in patterns)
