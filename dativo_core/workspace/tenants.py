"""Which tenants a workspace has, and whose directory a job file lies in: by where it is, whatever it says."""

import os
from pathlib import Path

from dativo_core.model.names import TENANT_PATTERN

JOBS = "jobs"


def tenants_of(root: Path) -> frozenset[str]:
    """Return the tenants that have a directory below `jobs`."""
    try:
        with os.scandir(root / JOBS) as entries:
            return frozenset(each.name for each in entries if TENANT_PATTERN.match(each.name) and each.is_dir())
    except OSError:
        return frozenset()


def tenant_directory(root: Path, path: Path) -> str | None:
    """Return the `<tenant>` of the directory `jobs/<tenant>/` a file lies in, by any path to it; None elsewhere."""
    jobs = root / JOBS
    for resolved in (_normal, _real):
        file, base = resolved(path), resolved(jobs)
        parts = file.relative_to(base).parts if file.is_relative_to(base) else ()
        if len(parts) > 1:
            return parts[0]
    return None


def is_led_astray(root: Path, path: Path) -> bool:
    """Return whether a file in a tenant's directory, or the directory itself, is a link to what is not the tenant's.

    Links within the directory are how mounted configuration is updated; a directory may be mounted from elsewhere.
    """
    tenant = tenant_directory(root, path)
    if tenant is None:
        return False
    jobs, own = _real(root / JOBS), _real(root / JOBS / tenant)
    if own != jobs / tenant and own.is_relative_to(jobs):
        return True
    return not _real(path).is_relative_to(own)


def _normal(path: Path) -> Path:
    return Path(os.path.normpath(path.absolute()))


def _real(path: Path) -> Path:
    # Unlike Path.resolve, this raises nothing for links that go round in circles.
    return Path(os.path.realpath(path))
