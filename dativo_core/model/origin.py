"""Where an effective value came from and on whose authority it stands."""

from dataclasses import dataclass
from enum import StrEnum


class Authority(StrEnum):
    """Who wrote a value: the operator (recipes, registry, runner, policy), the tenant (jobs, contracts) or nobody (a default)."""

    OPERATOR = "operator"
    TENANT = "tenant"
    DEFAULT = "default"


@dataclass(frozen=True)
class Origin:
    """File (relative to the workspace root) and 1-based line of a value; line 0 for a built-in default."""

    file: str
    line: int
    authority: Authority
