"""The one tenant whose jobs a command runs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dativo_core.errors import ConfigError

if TYPE_CHECKING:
    from dativo_core.plan.build import JobCheck


def only_tenant(jobs: "Sequence[JobCheck]", expected: str | None) -> str:
    """Return the one tenant of `jobs`; ConfigError when they have several, or another one than `expected`."""
    files: dict[str, str] = {}
    for job in jobs:
        if job.tenant:
            files.setdefault(job.tenant, job.file)
    found = ", ".join(f"{tenant} ({file})" for tenant, file in sorted(files.items()))
    if expected is not None and set(files) - {expected}:
        message = f"--tenant-id is {expected}, but there are jobs of {found}"
        raise ConfigError(message, hint="Give the tenant of the jobs, or the jobs of the tenant")
    if len(files) > 1:
        message = f"the jobs belong to several tenants: {found}"
        raise ConfigError(message, hint="Run one tenant's directory at a time, such as --job-dir jobs/<tenant>")
    return expected or next(iter(files), "")
