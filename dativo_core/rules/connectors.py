"""Connectors: known to the registry, used in a role they have, and implemented."""

from pathlib import PurePosixPath

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.recipe import Recipe
from dativo_core.model.registry import Registry
from dativo_core.workspace.document import Document
from dativo_core.workspace.merge import Merged
from dativo_core.workspace.validate import did_you_mean

IMPLEMENTED = frozenset({("csv", "source"), ("jsonl", "source"), ("parquet", "source"), ("iceberg", "target")})
"""The connector types, each with the role, that this version can run."""


def check_connector(recipe: Recipe, document: Document, role: str, registry: Registry, job: Document) -> list[Finding]:
    """Return whether a recipe's type may be used, and can be run, in the role a job gives it."""
    known = registry.roles(recipe.type)
    if not known:
        message = f"the connector type '{recipe.type}' is not in {registry.file}"
        return [document.finding(("type",), "connector-unknown", message, did_you_mean(recipe.type, registry.types))]
    allowed = recipe.roles or _roles_of_directory(document.file) or known
    if role not in allowed or role not in known:
        usable = " or ".join(each for each in allowed if each in known) or "nothing the registry allows"
        message = f"{document.file} cannot be used as a {role}"
        key = f"{role}_connector_path" if job.value((f"{role}_connector_path",)) else f"{role}_connector"
        return [job.finding((key,), "connector-role", message, f"It is for {usable}; use another recipe.")]
    if (recipe.type, role) not in IMPLEMENTED:
        message = f"the {role} type '{recipe.type}' is declared in the registry, not implemented in this version"
        hint = f"Use {' or '.join(sorted(name for name, each in IMPLEMENTED if each == role))}."
        return [document.finding(("type",), "declared-not-implemented", message, hint)]
    return []


def _roles_of_directory(file: str) -> tuple[str, ...]:
    parts = PurePosixPath(file).parts
    return tuple(role for role in ("source", "target") if f"{role}s" in parts[:-1])


def check_labels(job: Document, role: str, recipe: Recipe) -> list[Finding]:
    """Return where a job's labels disagree with the recipe it uses."""
    findings: list[Finding] = []
    section_type = job.value((role, "type"))
    if isinstance(section_type, str) and section_type != recipe.type:
        message = f"the type '{section_type}' is not that of the recipe, '{recipe.type}'"
        findings.append(job.finding((role, "type"), "connector-mismatch", message, "Remove it, or use another recipe."))
    label, path = job.value((f"{role}_connector",)), job.value((f"{role}_connector_path",))
    if isinstance(label, str) and isinstance(path, str) and label not in {recipe.name, recipe.type}:
        message = f"'{label}' is not the name of the recipe, '{recipe.name}'"
        key = (f"{role}_connector",)
        findings.append(job.finding(key, "connector-mismatch", message, "Correct the name.", Severity.WARNING))
    return findings


def check_engine(settings: Merged, recipe: Recipe, role: str, registry: Registry) -> list[Finding]:
    """Return whether the effective engine is one the connector supports and this version has."""
    entry = registry.entry(recipe.type, role)
    engine = (settings.data.get("engine") or {}).get("type") or "native"
    path = ("engine", "type")
    supported = entry.engines_supported if entry else None
    if supported and engine not in supported:
        hint = did_you_mean(str(engine), supported)
        return [settings.finding(path, "engine-unknown", f"{recipe.type} has no engine '{engine}'", hint)]
    if engine != "native":
        message = f"the engine '{engine}' is not implemented in this version"
        return [settings.finding(path, "not-implemented", message, "Use native.")]
    return []
