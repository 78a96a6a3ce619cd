"""Effective settings of a job's source and target: registry < recipe < contract < job, key by key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from dativo_core.model.connection import EngineOptions
from dativo_core.model.finding import Finding, Severity
from dativo_core.model.job import Job, Source, Target
from dativo_core.model.origin import Authority
from dativo_core.model.recipe import Recipe
from dativo_core.model.registry import RegistryEntry
from dativo_core.odcs.contract import SchemaObject
from dativo_core.odcs.read import ContractFile
from dativo_core.rules.connectors import NATIVE, STOOD_IN_FOR
from dativo_core.rules.sections import loads_by_itself
from dativo_core.workspace.document import Document
from dativo_core.workspace.merge import Leaf, Merged, Tree, layer, merge
from dativo_core.workspace.validate import validate

M = TypeVar("M", bound=BaseModel)

ENGINES = frozenset(EngineOptions.model_fields)
_TEMPLATE = "_default"
"""Keys of recipes that end so are values for jobs that name none."""
_STREAMS, _START = f"streams{_TEMPLATE}", f"start_date{_TEMPLATE}"
_STRATEGY = ("incremental", "strategy")
_AS_RECIPE = "incremental"
"""As a strategy of a job: whatever the recipe says."""


@dataclass(frozen=True)
class Effective(Generic[M]):
    """Merged settings, also as a model unless layers contradict each other."""

    model: M | None
    settings: Merged
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class RecipeLayers:
    """A recipe with its file, and what the registry (in `registry_document`, unless packaged) says of its type."""

    recipe: Recipe
    document: Document
    entry: RegistryEntry | None
    registry_document: Document | None


def effective_source(recipe: RecipeLayers, job: Job, job_document: Document) -> Effective[Source]:
    """Return the source settings a job runs with."""
    picked = _renamed(
        {
            "type": "type",
            "default_engine": "engine",
            "credentials": "credentials",
            "connection_template": "connection",
            "incremental": "incremental",
            "rate_limits": "rate_limits",
        },
        _written(recipe),
    )
    for key in ("incremental", "rate_limits"):
        if isinstance(picked.get(key), Mapping):
            picked[key] = {name.removesuffix(_TEMPLATE): node for name, node in _mapping(picked, key).items()}
    own = _job_layer(job.source, "source", job_document)
    layers, findings = _incremental([_registry_layer(recipe), _engine_defaults(picked), own], recipe, job_document)
    effective = _effective(Source, layers, job_document, "source")
    return replace(effective, findings=(*findings, *effective.findings))


def _incremental(layers: Sequence[Tree], recipe: RecipeLayers, job: Document) -> tuple[list[Tree], list[Finding]]:
    """Return the layers of a source less its incremental settings where the job asks for none, and old words in them.

    A job without `incremental` loads everything each time, except from files and sheets, which find new data themselves.
    """
    *below, own = layers
    asked = _mapping(own, "incremental")
    if not asked and not (loads_by_itself(recipe.entry) and "incremental" not in own):
        return [{key: node for key, node in each.items() if key != "incremental"} for each in layers], []
    strategy = asked.get("strategy")
    if not isinstance(strategy, Leaf) or strategy.value != _AS_RECIPE:
        return list(layers), []
    kept = {key: node for key, node in asked.items() if key != "strategy"}
    message = f"the strategy '{_AS_RECIPE}' is an older way to ask for the recipe's"
    path = ("source", "incremental", "strategy")
    warning = job.finding(path, "deprecated-value", message, "Remove it, or name the strategy.", Severity.WARNING)
    return [*below, {**own, "incremental": kept}], [warning]


def _engine_defaults(picked: dict[str, Tree | Leaf]) -> dict[str, Tree | Leaf]:
    """Return a recipe's settings with the templates among its engine options where a job would write them."""
    engine = _mapping(picked, "engine")
    moved: dict[str, Tree | Leaf] = {}
    objects: dict[str, Tree | Leaf] = {}
    for name, options in _mapping(engine, "options").items():
        moved[name] = options
        if isinstance(options, Mapping):
            objects |= {"objects": options[_STREAMS]} if _STREAMS in options else {}
            kept = {key: node for key, node in options.items() if key != _STREAMS}
            moved[name] = {_START.removesuffix(_TEMPLATE) if key == _START else key: kept[key] for key in kept}
    return {**objects, **picked, "engine": {**engine, "options": moved}} if moved else picked


def effective_target(
    recipe: RecipeLayers,
    contract: ContractFile | None,
    contract_document: Document | None,
    table: SchemaObject | None,
    job: Job,
    job_document: Document,
) -> Effective[Target]:
    """Return the target settings a job runs with."""
    written = _written(recipe)
    picked = _renamed(
        {
            "type": "type",
            "default_engine": "engine",
            "credentials": "credentials",
            "connection_template": "connection",
            "catalog": "catalog",
            "file_format": "file_format",
            "partitioning_default": "partitioning",
        },
        written,
    )
    by_engine = _at(picked, "engine", "options", "native", f"partition_by{_TEMPLATE}")
    if by_engine is not None:
        picked.setdefault("partitioning", by_engine)
    layers = [_only("engine", _registry_layer(recipe)), picked]
    if contract is not None and contract_document is not None:
        layers.append(_contract_layer(contract, contract_document, table))
    layers.append(_job_layer(job.target, "target", job_document))
    return _effective(Target, layers, job_document, "target")


def _effective(model: type[M], layers: Sequence[Tree], job: Document, section: str) -> Effective[M]:
    merged = merge([_under_engine(each) for each in layers], job, (section,))
    validated = validate(model, merged.data, merged)
    return Effective(validated.model, merged, (*merged.findings, *validated.findings))


def _written(recipe: RecipeLayers) -> Tree:
    """Return what a recipe says, less what it does not, as a layer."""
    return layer(recipe.document, (), recipe.recipe.model_dump(exclude_unset=True, by_alias=True), Authority.OPERATOR)


def _renamed(names: Mapping[str, str], tree: Tree) -> dict[str, Tree | Leaf]:
    return {new: tree[old] for old, new in names.items() if old in tree}


def _registry_layer(recipe: RecipeLayers) -> Tree:
    document, entry = recipe.registry_document, recipe.entry
    if document is None or entry is None:
        return {}
    sections = ("connectors", "sources", "targets")
    section = next((each for each in sections if document.value((each, recipe.recipe.type, "default_engine"))), None)
    if section is None:
        return {}
    path = (section, recipe.recipe.type)
    written = layer(document, path, entry.model_dump(exclude_unset=True), Authority.OPERATOR)
    found: dict[str, Tree | Leaf] = {}
    for key, place in (("default_engine", ("engine", "type")), ("incremental_strategy_default", _STRATEGY)):
        if key in written:
            found[place[0]] = {place[1]: written[key]}
    return found


def _only(key: str, tree: Tree) -> Tree:
    return {key: tree[key]} if key in tree else {}


def _contract_layer(contract: ContractFile, document: Document, table: SchemaObject | None) -> Tree:
    own = layer(document, contract.target_path, contract.target, Authority.TENANT)
    if table is None or not table.partition_by or "partitioning" in own:
        return own
    return {**own, "partitioning": Leaf(table.partition_by, table.origin, ("schema",))}


def _job_layer(section: BaseModel, key: str, document: Document) -> Tree:
    return layer(document, (key,), section.model_dump(exclude_unset=True, by_alias=True), Authority.TENANT)


def _under_engine(tree: Tree) -> Tree:
    """Put engine options that stand directly below `options` under the engine's name; they win over those there."""
    options = _at(tree, "engine", "options")
    if not isinstance(options, Mapping):
        return tree
    flat = {key: node for key, node in options.items() if key not in ENGINES}
    if not flat:
        return tree
    named = _at(tree, "engine", "type")
    engine = str(named.value) if isinstance(named, Leaf) and named.value else NATIVE
    name = NATIVE if engine in STOOD_IN_FOR else engine
    own = options.get(name, {})
    below: Tree | Leaf = {**own, **flat} if isinstance(own, Mapping) else own
    kept = {key: node for key, node in options.items() if key in ENGINES}
    return {**tree, "engine": {**_mapping(tree, "engine"), "options": {**kept, name: below}}}


def _mapping(tree: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    node = tree.get(key)
    return node if isinstance(node, Mapping) else {}


def _at(tree: Tree, *path: str) -> Tree | Leaf | None:
    node: Any = tree
    for part in path:
        node = node.get(part) if isinstance(node, Mapping) else None
    found: Tree | Leaf | None = node
    return found
