"""Where a job may read and write, asked again when it runs: references are resolved by then, and links lead somewhere."""

import os
from pathlib import Path

from dativo_core.errors import ConfigError
from dativo_core.model.mode import Mode
from dativo_core.model.origin import Authority
from dativo_core.model.ownership import TenantBounds
from dativo_core.plan.types import IngestPlan
from dativo_core.secrets.base import SecretStore
from dativo_core.secrets.references import PlanReferences
from dativo_core.sources.boundary import Boundary
from dativo_core.workspace.tenants import tenants_of

_DIRECTORY = "target.catalog.directory"


def bounds_of(plan: IngestPlan) -> TenantBounds:
    """Return the bounds of a plan's tenant in its workspace as it is now."""
    return TenantBounds(plan.tenant, tenants_of(Path(plan.root)))


def boundary_of(plan: IngestPlan, store: SecretStore, *tables: Path) -> Boundary:
    """Return what the files of a job must keep to; nobody reads rows out of where `tables` or secrets are kept.

    In cloud mode files are in directories of the tenant.
    """
    closed = tuple(path.absolute() for path in (*store.directories(), *tables))
    return Boundary(bounds_of(plan), Path(plan.root).absolute(), closed, only_own=plan.mode is Mode.CLOUD)


def require_own_directory(plan: IngestPlan, references: PlanReferences, directory: str) -> Path:
    """Return the directory of a plan's lake as a path. Raises ConfigError where a tenant chose one it may not choose.

    What a recipe says is the operator's word and may be anywhere; in cloud mode a secret of the tenant in it is not.
    """
    root = Path(plan.root).absolute()
    chosen = root / directory
    if not _is_of_tenant(plan, references):
        return chosen
    origin = plan.origins.get(_DIRECTORY)
    where = f"{origin.file}:{origin.line}: {_DIRECTORY}" if origin else f"{plan.file}:{plan.line}: {_DIRECTORY}"
    real, base = os.path.realpath(chosen), os.path.realpath(root)
    if not Path(real).is_relative_to(base):
        message = f"{where} leads out of the workspace"
        raise ConfigError(message, hint="Write a directory below the workspace root, or let a recipe name it")
    bounds, named = bounds_of(plan), (directory.removeprefix(f"{root}/"), os.path.relpath(real, base))
    if any(map(bounds.is_foreign, named)):
        message = f"{where} leads to a place of another tenant"
        raise ConfigError(message, hint="Write a directory of this tenant, or of no tenant")
    if plan.mode is Mode.CLOUD and not all(map(bounds.is_own, named)):
        message = f"{where} leads to no directory of the tenant"
        raise ConfigError(message, hint="In cloud mode write a directory of this tenant, or let a recipe name it")
    return chosen


def _is_of_tenant(plan: IngestPlan, references: PlanReferences) -> bool:
    """Return whether the tenant chose the directory: in its job, or in cloud mode with a secret that a recipe asks for."""
    origin, catalog = plan.origins.get(_DIRECTORY), plan.target.catalog
    if origin is not None and origin.authority is Authority.TENANT:
        return True
    return plan.mode is Mode.CLOUD and catalog is not None and references.takes_secret(catalog.directory)
