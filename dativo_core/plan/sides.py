"""The two sides of a job, each with its recipe, its effective settings and what the rules say of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dativo_core.model.finding import Finding
from dativo_core.model.job import Job, Source, Target
from dativo_core.model.mode import Mode
from dativo_core.model.policy import Policy
from dativo_core.model.recipe import Recipe
from dativo_core.model.registry import Registry, RegistryEntry
from dativo_core.model.s3_connection import S3Connection
from dativo_core.model.source_options import SourceOptions
from dativo_core.odcs.contract import SchemaObject
from dativo_core.odcs.read import ContractFile
from dativo_core.plan.effective import RecipeLayers, effective_source, effective_target
from dativo_core.rules.connectors import (
    check_connector,
    check_engine,
    check_evolution,
    check_file_format,
    check_implemented,
    check_labels,
    check_mode,
    is_implemented,
)
from dativo_core.rules.credentials import check_credentials, check_inline_secrets
from dativo_core.rules.file_options import check_incremental, check_unread_sections
from dativo_core.rules.incremental import check_state_path, check_strategy
from dativo_core.rules.layout import check_layout
from dativo_core.rules.plugins import check_plugin
from dativo_core.rules.reachable import check_catalog_address, check_endpoint, network_policy
from dativo_core.rules.references import check_references
from dativo_core.rules.s3_connection import s3_connection
from dativo_core.rules.sections import check_sections
from dativo_core.rules.source_files import check_files
from dativo_core.rules.source_objects import ReadObject
from dativo_core.rules.source_options import source_options
from dativo_core.rules.target import check_target, is_kept_locally
from dativo_core.workspace.document import Document
from dativo_core.workspace.load import ModelFile
from dativo_core.workspace.merge import Merged


@dataclass(frozen=True)
class Surroundings:
    """What holds for every job of a workspace: the registry and its file, the policy, who runs Dativo, and its tenants."""

    registry: Registry
    registry_document: Document | None
    policy: Policy | None
    mode: Mode
    tenants: frozenset[str] = frozenset()


@dataclass(frozen=True)
class SourceSide:
    """Where rows come from; `entry` is what the registry says of the type."""

    recipe: Recipe
    entry: RegistryEntry | None
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

    @property
    def has_code(self) -> bool:
        """Whether this version writes to such a target: its type, and the catalog that keeps the tables."""
        return is_implemented(self.recipe.type, "target") and is_kept_locally(self.target)


@dataclass(frozen=True)
class AssetSide:
    """What the rows are: a contract file, and the objects the job loads into its tables where these are clear."""

    document: Document
    file: ContractFile
    objects: tuple[ReadObject, ...]


def source_side(
    recipe: ModelFile[Recipe] | None, job: Job, document: Document, surroundings: Surroundings
) -> tuple[SourceSide | None, list[Finding]]:
    """Return the source of a job, or None and why it cannot be used."""
    layers, findings = _usable(recipe, "source", document, surroundings)
    if layers is None:
        is_unknown = recipe is None or recipe.model is None
        return None, [*findings, *(_check_unknown(job.source, document) if is_unknown else [])]
    effective = effective_source(layers, job, document)
    settings, source_type, entry = effective.settings, layers.recipe.type, layers.entry
    source = effective.model or job.source
    findings += [*effective.findings, *check_engine(settings, layers.recipe, entry)]
    findings += [*check_sections(source, document, source_type, entry), *check_credentials(settings)]
    findings += [*check_strategy(source, settings, source_type, entry), *check_state_path(source, settings)]
    files = tuple(path for item in job.source.files or () for path in item.paths.values())
    findings += check_plugin(source, settings, "source")
    has_code = is_implemented(source_type, "source") and source.custom_reader is None
    if has_code:
        findings += [*check_unread_sections(settings, source_type), *check_incremental(settings)]
        connection, problems = s3_connection(settings, files, source_type)
        findings += [*problems, *check_inline_secrets(settings, ("credentials",))]
        if connection is not None:
            findings += check_endpoint(settings, connection, network_policy(surroundings.policy, surroundings.mode))
    else:
        connection = None
        findings += check_inline_secrets(settings, ("connection", "credentials", "engine"))
    options, problems = source_options(source_type if has_code else "", settings, files)
    findings += problems
    if effective.model is None or options is None:
        return None, findings
    return SourceSide(layers.recipe, entry, settings, effective.model, options, connection), findings


def _check_unknown(source: Source, document: Document) -> list[Finding]:
    """Check the files of a source whose type is not known, unless it has none or knows them by an id."""
    has_ids = any(item.ids for item in source.files or ())
    return check_files(source, document, "unknown") if source.files and not has_ids else []


def target_sides(
    recipe: ModelFile[Recipe] | None, job: Job, document: Document, surroundings: Surroundings, asset: AssetSide | None
) -> tuple[tuple[TargetSide, ...], list[Finding]]:
    """Return the target of each object of a job, at least one; none and why when it cannot be used.

    They differ only in how their tables are partitioned, which each table of a contract may say for itself.
    """
    layers, findings = _usable(recipe, "target", document, surroundings)
    if layers is None:
        return (), findings
    sides: list[TargetSide] = []
    allowed = network_policy(surroundings.policy, surroundings.mode)
    objects = asset.objects if asset else ()
    for each in objects or (None,):
        side, problems = _target_side(layers, job, document, asset, each.table if each else None)
        findings += problems
        if side is None:
            return (), findings
        sides.append(side)
        findings += check_catalog_address(side.settings, side.target.catalog, allowed)
        if each is not None:
            findings += of_object(each, check_layout(side.target, side.settings, each.table), objects)
    return tuple(sides), findings


def of_object(read: ReadObject, findings: Iterable[Finding], objects: Sequence[ReadObject]) -> list[Finding]:
    """Return findings about one object, which they name where a job has several."""
    if len(objects) == 1:
        return [*findings]
    return [replace(each, message=f"object '{read.name}': {each.message}") for each in findings]


def _target_side(
    layers: RecipeLayers, job: Job, document: Document, asset: AssetSide | None, table: SchemaObject | None
) -> tuple[TargetSide | None, list[Finding]]:
    file, contract_document = (asset.file, asset.document) if asset else (None, None)
    effective = effective_target(layers, file, contract_document, table, job, document)
    settings, target_type, target = effective.settings, layers.recipe.type, effective.model
    findings = [
        *effective.findings,
        *check_engine(settings, layers.recipe, layers.entry),
        *check_credentials(settings),
    ]
    if target is None:
        return None, findings
    side = TargetSide(layers.recipe, settings, target)
    if not side.has_code:
        findings += check_inline_secrets(settings, ("connection", "credentials", "engine"))
    refusals = check_file_format(target, settings, layers.recipe, layers.entry)
    findings += check_evolution(target, settings, layers.recipe, layers.entry)
    findings += [*refusals, *check_target(target, settings, target_type, is_format_known=not refusals)]
    return side, findings


def _usable(
    recipe: ModelFile[Recipe] | None, role: str, job: Document, surroundings: Surroundings
) -> tuple[RecipeLayers | None, list[Finding]]:
    """Return a recipe that may be used in a role; None and why otherwise, or when there is none."""
    if recipe is None:
        return None, []
    findings = [*recipe.findings]
    if recipe.document is not None:
        findings += check_references(recipe.document)
    if recipe.model is None or recipe.document is None:
        return None, findings
    registry, model = surroundings.registry, recipe.model
    is_listed = registry.is_read and not _is_unreadable(model.type, surroundings)
    refusals = check_connector(model, recipe.document, role, registry, job) if is_listed else []
    if refusals:
        return None, [*findings, *refusals]
    findings += check_labels(job, role, model)
    entry = registry.entry(model.type, role)
    findings += check_mode(model, role, entry, surroundings.mode, job)
    findings += check_implemented(model, recipe.document, role)
    return RecipeLayers(model, recipe.document, entry, surroundings.registry_document), findings


def _is_unreadable(connector_type: str, surroundings: Surroundings) -> bool:
    """Whether the registry has a type, but no role it may be used in, which the findings of the registry say."""
    document = surroundings.registry_document
    written = document.value(("connectors",)) if document is not None else None
    return isinstance(written, dict) and connector_type in written and not surroundings.registry.roles(connector_type)
