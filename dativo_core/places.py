"""Where a job may read and write, asked again when it runs: references are resolved by then, and links lead somewhere."""

import os
from pathlib import Path

from dativo_core.errors import ConfigError, SourceError
from dativo_core.model.origin import Authority
from dativo_core.model.ownership import TenantBounds
from dativo_core.plan.types import IngestPlan
from dativo_core.secrets.base import SecretStore
from dativo_core.sources.boundary import Boundary
from dativo_core.workspace.tenants import tenants_of

_DIRECTORY = "target.catalog.directory"


def bounds_of(plan: IngestPlan) -> TenantBounds:
    """Return the bounds of a plan's tenant in its workspace as it is now."""
    return TenantBounds(plan.tenant, tenants_of(Path(plan.root)))


def boundary_of(plan: IngestPlan, store: SecretStore, *tables: Path) -> Boundary:
    """Return what the files of a job must keep to; nobody reads rows out of where `tables`, secrets or runs are kept."""
    home = os.environ.get("DAGSTER_HOME")
    runs = (Path(home),) if home else ()
    closed = tuple(path.absolute() for path in (*store.directories(), *tables, *runs))
    return Boundary(bounds_of(plan), Path(plan.root).absolute(), closed)


def require_own_file(boundary: Boundary, path: Path) -> None:
    """Raise ConfigError for a file, there or not, that a command for the tenant may neither read nor write."""
    try:
        boundary.require(str(path.absolute()))
    except SourceError as error:
        raise ConfigError(error.message, hint="Name a file of this tenant, or of no tenant") from None


def require_own_directory(plan: IngestPlan, directory: str) -> Path:
    """Return the directory of a plan's lake as a path. Raises ConfigError where a tenant chose one it may not choose.

    What a recipe says is the operator's word and may be anywhere.
    """
    root = Path(plan.root).absolute()
    chosen = root / directory
    origin = plan.origins.get(_DIRECTORY)
    if origin is None or origin.authority is not Authority.TENANT:
        return chosen
    real, base = os.path.realpath(chosen), os.path.realpath(root)
    if not Path(real).is_relative_to(base):
        message = f"{origin.file}:{origin.line}: {_DIRECTORY} leads out of the workspace"
        raise ConfigError(message, hint="Write a directory below the workspace root, or let a recipe name it")
    bounds = bounds_of(plan)
    if bounds.is_foreign(directory) or bounds.is_foreign(os.path.relpath(real, base)):
        message = f"{origin.file}:{origin.line}: {_DIRECTORY} leads to a place of another tenant"
        raise ConfigError(message, hint="Write a directory of this tenant, or of no tenant")
    return chosen
