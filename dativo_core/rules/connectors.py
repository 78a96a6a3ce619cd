"""Connectors: known to the registry, used in a role and a mode they have, with an engine that runs them."""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from dativo_core.errors import ConfigError
from dativo_core.model.finding import Finding, Severity
from dativo_core.model.job import Target
from dativo_core.model.mode import Mode
from dativo_core.model.recipe import Recipe
from dativo_core.model.registry import Registry, RegistryEntry
from dativo_core.rules.run_later import run_later
from dativo_core.workspace.document import Document
from dativo_core.workspace.merge import Merged
from dativo_core.workspace.validate import did_you_mean

IMPLEMENTED = frozenset({("csv", "source"), ("jsonl", "source"), ("parquet", "source"), ("iceberg", "target")})
"""The connector types, each with the role, that this version can run."""

NATIVE = "native"
STOOD_IN_FOR = frozenset({"airbyte", "singer", "meltano", "jdbc"})
"""Engines of other programs, whose connectors Dativo's own engine replaces."""


def is_implemented(connector_type: str, role: str) -> bool:
    """Return whether this version has code for a type in a role."""
    return (connector_type, role) in IMPLEMENTED


def declared_only(connector_type: str, role: str) -> tuple[str, str]:
    """Return what to say of a type that only the registry knows, and the remedy."""
    message = f"the {role} type '{connector_type}' is declared in the registry, not implemented in this version"
    able = ", ".join(sorted(name for name, each in IMPLEMENTED if each == role))
    return message, f"This version {'reads' if role == 'source' else 'writes'} {able}."


def without_code(connector_type: str, role: str) -> ConfigError:
    """Return the error of a run whose source or target type only the registry knows."""
    message, hint = declared_only(connector_type, role)
    return ConfigError(message, hint=hint)


def check_connector(recipe: Recipe, document: Document, role: str, registry: Registry, job: Document) -> list[Finding]:
    """Return whether a recipe's type may be used in the role a job gives it."""
    known = registry.roles(recipe.type)
    if not known:
        message = f"the connector type '{recipe.type}' is not in {registry.file}"
        return [document.finding(("type",), "connector-unknown", message, did_you_mean(recipe.type, registry.types))]
    allowed = recipe.roles or _roles_of_directory(document.file) or known
    if role not in allowed or role not in known:
        usable = " or ".join(each for each in allowed if each in known) or "nothing the registry allows"
        message = f"{document.file} cannot be used as a {role}"
        hint = f"It is for {usable}; use another recipe."
        return [job.finding(_named_in(job, role), "connector-role", message, hint)]
    return []


def check_mode(recipe: Recipe, role: str, entry: RegistryEntry | None, mode: Mode, job: Document) -> list[Finding]:
    """Return whether the type may not be used in cloud mode; a registry that says nothing allows it."""
    if mode is not Mode.CLOUD or entry is None or entry.allowed_in_cloud is not False:
        return []
    message = f"the {role} type '{recipe.type}' is not allowed in cloud mode"
    hint = f"Run the job with --mode {Mode.SELF_HOSTED.value}, or use a type that the registry allows in cloud."
    return [job.finding(_named_in(job, role), "cloud-refused", message, hint)]


def check_implemented(recipe: Recipe, document: Document, role: str) -> list[Finding]:
    """Return a note for a type without code: its jobs are checked and planned, and fail when they are run."""
    if is_implemented(recipe.type, role):
        return []
    message, hint = declared_only(recipe.type, role)
    hint = f"Jobs with it can be checked and planned, not run. {hint}"
    return [document.finding(("type",), "declared-not-implemented", message, hint, Severity.INFO)]


def _named_in(job: Document, role: str) -> tuple[str]:
    path = f"{role}_connector_path"
    return (path if job.value((path,)) else f"{role}_connector",)


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


def check_engine(settings: Merged, recipe: Recipe, entry: RegistryEntry | None) -> list[Finding]:
    """Return whether the effective engine is one the connector supports; say so where Dativo's own stands in for it."""
    engine = engine_of(settings)
    path = ("engine", "type")
    supported = entry.engines_supported if entry else None
    if supported and engine not in {*supported, NATIVE}:
        hint = did_you_mean(engine, {*supported, NATIVE})
        return [settings.finding(path, "engine-unknown", f"{recipe.type} has no engine '{engine}'", hint)]
    if engine not in {NATIVE, *STOOD_IN_FOR}:
        message = f"the engine '{engine}' is not implemented in this version"
        return [run_later(settings, path, message, "Use native.")]
    replaced = engine if engine in STOOD_IN_FOR else _replaced(supported or ())
    if replaced is None:
        return []
    message = f"Dativo's own engine stands in for '{replaced}'"
    hint = f"It reads the options below native; what is below '{replaced}' changes nothing."
    return [settings.finding(path, "engine-stands-in", message, hint, Severity.INFO)]


def _replaced(supported: Sequence[str]) -> str | None:
    """Return the engine that `native` stands in for where the registry does not list `native`."""
    return next((each for each in supported if each in STOOD_IN_FOR), None) if NATIVE not in supported else None


def engine_of(settings: Merged) -> str:
    """Return the engine that the merged settings name."""
    engine: dict[str, Any] = settings.data.get("engine") or {}
    return str(engine.get("type") or NATIVE)


def check_file_format(target: Target, settings: Merged, recipe: Recipe, entry: RegistryEntry | None) -> list[Finding]:
    """Return whether the target type cannot write the file format."""
    formats = entry.file_formats if entry else None
    if not formats or target.file_format is None or target.file_format in formats:
        return []
    message = f"{recipe.type} does not write the file format '{target.file_format}'"
    hint = did_you_mean(target.file_format, formats)
    return [settings.finding(("file_format",), "file-format-unsupported", message, hint)]


def check_evolution(target: Target, settings: Merged, recipe: Recipe, entry: RegistryEntry | None) -> list[Finding]:
    """Return whether the schema of a table is to change where the target type cannot change it."""
    if entry is None or entry.supports_schema_evolution is not False or target.mode != "merge":
        return []
    message = f"{recipe.type} cannot change the schema of a table, and mode: merge asks for it"
    return [settings.finding(("mode",), "schema-evolution-unsupported", message, "Use strict or relaxed.")]
