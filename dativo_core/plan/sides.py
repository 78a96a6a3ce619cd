"""The two sides of a job, each with its recipe, its effective settings and what the rules say of them."""

from dataclasses import dataclass

from dativo_core.model.finding import Finding
from dativo_core.model.job import Job, Source, Target
from dativo_core.model.recipe import Recipe
from dativo_core.model.registry import Registry
from dativo_core.model.s3_connection import S3Connection
from dativo_core.model.source_options import SourceOptions
from dativo_core.odcs.contract import SchemaObject
from dativo_core.odcs.read import ContractFile
from dativo_core.plan.effective import RecipeLayers, effective_source, effective_target
from dativo_core.rules.connectors import check_connector, check_engine, check_labels
from dativo_core.rules.file_options import check_incremental, check_unread_sections
from dativo_core.rules.layout import check_layout
from dativo_core.rules.references import check_references
from dativo_core.rules.s3_connection import s3_connection
from dativo_core.rules.source_files import check_files
from dativo_core.rules.source_options import source_options
from dativo_core.rules.target import check_target
from dativo_core.workspace.document import Document
from dativo_core.workspace.load import ModelFile, Workspace
from dativo_core.workspace.merge import Merged


@dataclass(frozen=True)
class SourceSide:
    """Where rows come from."""

    recipe: Recipe
    settings: Merged
    source: Source
    options: SourceOptions
    connection: S3Connection | None


@dataclass(frozen=True)
class TargetSide:
    """Where rows go."""

    recipe: Recipe
    settings: Merged
    target: Target


@dataclass(frozen=True)
class AssetSide:
    """What the rows are: a contract file, and the table of it that the job loads where that is clear."""

    document: Document
    file: ContractFile
    table: SchemaObject | None


def source_side(
    recipe: ModelFile[Recipe] | None, job: Job, document: Document, workspace: Workspace
) -> tuple[SourceSide | None, list[Finding]]:
    """Return the source of a job, or None and why it cannot be used."""
    layers, findings = _usable(recipe, "source", document, workspace)
    if layers is None:
        is_unknown = recipe is None or recipe.model is None
        return None, [*findings, *(check_files(job.source, document) if is_unknown else [])]
    effective = effective_source(layers, job, document)
    settings = effective.settings
    findings += [*effective.findings, *check_engine(settings, layers.recipe, "source", workspace.registry)]
    findings += [*check_files(job.source, document), *check_unread_sections(settings, layers.recipe.type)]
    findings += check_incremental(settings)
    files = tuple(path for item in job.source.files or () for path in item.paths.values())
    options, problems = source_options(layers.recipe.type, settings, files)
    findings += problems
    connection, problems = s3_connection(settings, files, layers.recipe.type)
    findings += problems
    if effective.model is None or options is None:
        return None, findings
    return SourceSide(layers.recipe, settings, effective.model, options, connection), findings


def target_side(
    recipe: ModelFile[Recipe] | None, job: Job, document: Document, workspace: Workspace, asset: AssetSide | None
) -> tuple[TargetSide | None, list[Finding]]:
    """Return the target of a job, or None and why it cannot be used."""
    layers, findings = _usable(recipe, "target", document, workspace)
    if layers is None:
        return None, findings
    table = asset.table if asset else None
    file, contract_document = (asset.file, asset.document) if asset else (None, None)
    effective = effective_target(layers, file, contract_document, table, job, document)
    findings += [*effective.findings, *check_engine(effective.settings, layers.recipe, "target", workspace.registry)]
    if effective.model is None:
        return None, findings
    findings += check_target(effective.model, effective.settings)
    if table is not None:
        findings += check_layout(effective.model, effective.settings, table)
    return TargetSide(layers.recipe, effective.settings, effective.model), findings


def _usable(
    recipe: ModelFile[Recipe] | None, role: str, job: Document, workspace: Workspace
) -> tuple[RecipeLayers | None, list[Finding]]:
    """Return a recipe that this version can run in a role; None and why otherwise, or when there is none."""
    if recipe is None:
        return None, []
    findings = [*recipe.findings]
    if recipe.document is not None:
        findings += check_references(recipe.document)
    if recipe.model is None or recipe.document is None:
        return None, findings
    registry: Registry = workspace.registry
    refusals = check_connector(recipe.model, recipe.document, role, registry, job) if registry.entries else []
    findings += [*refusals, *check_labels(job, role, recipe.model)]
    if refusals:
        return None, findings
    entry = registry.entry(recipe.model.type, role)
    return RecipeLayers(recipe.model, recipe.document, entry, workspace.registry_file.document), findings
