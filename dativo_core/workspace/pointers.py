"""Which recipe and contract files a job points to, by path or by name."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.ownership import TenantBounds
from dativo_core.model.recipe import Recipe
from dativo_core.workspace.document import Document, KeyPath, Locator
from dativo_core.workspace.paths import Located, first, locate


@dataclass(frozen=True)
class Pointer:
    """A file relative to the root, or None and why there is none."""

    relative: str | None
    findings: tuple[Finding, ...] = ()


def pointed_recipe(root: Path, job: Document, role: str, bounds: TenantBounds) -> Pointer:
    """Return the recipe of a role. Read from the document, so that a job with other problems still shows its recipe's."""
    key, name_key = f"{role}_connector_path", f"{role}_connector"
    path, name = _text(job, key), _text(job, name_key)
    if path is not None:
        return _foreign(job, key, path, bounds) or _by_path(root, job, key, path, role, bounds)
    if name is not None:
        places = (f"connectors/{role}s/{name}.yaml", f"connectors/{name}.yaml")
        return _foreign(job, name_key, places[0], bounds) or _found(job, name_key, first(root, places), bounds)
    return _absent(job, key, name_key)


def pointed_asset(root: Path, job: Document, source_recipe: Recipe | None, bounds: TenantBounds) -> Pointer:
    """Return the contract: by path, or by name below the directory of the source's type."""
    path, name = _text(job, "asset_path"), _text(job, "asset")
    if path is not None:
        return _foreign(job, "asset_path", path, bounds) or _found(job, "asset_path", locate(root, path), bounds)
    if name is None:
        return _absent(job, "asset_path", "asset")
    source_type = source_recipe.type if source_recipe else _text(job, "source_connector")
    if source_type is None:
        return Pointer(None)
    place = f"assets/{source_type}/v1.0/{name}.yaml"
    return _foreign(job, "asset", place, bounds) or _found(job, "asset", locate(root, place), bounds)


def _by_path(root: Path, job: Document, key: str, path: str, role: str, bounds: TenantBounds) -> Pointer:
    found = locate(root, path)
    name = PurePosixPath(path).name
    layouts = {f"connectors/{role}s/{name}": f"connectors/{name}", f"connectors/{name}": f"connectors/{role}s/{name}"}
    if found.relative is None and path in layouts:
        other = locate(root, layouts[path])
        if other.relative is not None:
            message = f"'{path}' does not exist; {other.relative} is used"
            warning = job.finding((key,), "path-moved", message, "Correct the path.", Severity.WARNING)
            return Pointer(other.relative, (warning,))
    return _found(job, key, found, bounds)


def _text(job: Document, key: str) -> str | None:
    value = job.value((key,))
    return value if isinstance(value, str) else job.spelling((key,))


def _foreign(job: Document, key: str, path: str, bounds: TenantBounds) -> Pointer | None:
    """Return the refusal of a file that is another tenant's, None for any other."""
    if not bounds.is_foreign(path):
        return None
    return Pointer(None, (foreign_place(job, (key,)),))


def foreign_place(at: Locator, path: KeyPath) -> Finding:
    """Return the finding of a place that is another tenant's. It names neither the tenant nor where a link leads."""
    hint = "Name a place of this tenant, or one that belongs to no tenant."
    return at.finding(path, "place-of-another-tenant", "this leads to a place of another tenant", hint)


def _found(job: Document, key: str, found: Located, bounds: TenantBounds) -> Pointer:
    if found.relative is not None:
        return _foreign(job, key, found.relative, bounds) or Pointer(found.relative)
    tried = " or ".join(f"'{text}'" for text in found.tried)
    if found.is_outside:
        code, message = "path-outside", f"{tried} lies outside the workspace"
    else:
        code, message = "file-missing", f"there is no file {tried}"
    hint = "Check the path; it starts at the workspace root, which --root or DATIVO_ROOT name."
    return Pointer(None, (job.finding((key,), code, message, hint),))


def _absent(job: Document, key: str, name_key: str) -> Pointer:
    if job.value((key,)) is not None or job.value((name_key,)) is not None:
        return Pointer(None)
    hint = f"Add it, or '{name_key}' with the name of the file."
    return Pointer(None, (job.finding((key,), "missing-key", f"required key '{key}' is missing", hint),))
