"""The workspace: every file that jobs need, read once. A broken file is findings of its own and hides no other."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel

from dativo_core.model.base import FileModel
from dativo_core.model.finding import Finding, Severity
from dativo_core.model.job import Job
from dativo_core.model.names import TENANT_PATTERN
from dativo_core.model.ownership import TenantBounds
from dativo_core.model.policy import Policy
from dativo_core.model.recipe import Recipe
from dativo_core.model.registry import Registry, RegistryFile, registry
from dativo_core.model.runner import Runner
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.paths import locate, shown
from dativo_core.workspace.pointers import pointed_asset, pointed_recipe
from dativo_core.workspace.read_yaml import MAX_BYTES, Parsed, parse_document
from dativo_core.workspace.related import has_relationships, related_files
from dativo_core.workspace.tenants import JOBS, is_led_astray, tenant_directory, tenants_of
from dativo_core.workspace.validate import validate
from dativo_core.workspace.wrapper import unwrap

M = TypeVar("M", bound=BaseModel)
F = TypeVar("F", bound=FileModel)
ASSETS = "assets"
CONNECTORS = "connectors"
REGISTRY = "registry/connectors.yaml"
RUNNER = "configs/runner.yaml"
POLICY = "configs/policy.yaml"


@dataclass(frozen=True)
class ModelFile(Generic[M]):
    """A file read as a model; `document` and `model` are None where the file cannot be read, or is optional and absent.

    `at` is where the model starts in the document: below its wrapper, else at the top.
    """

    file: str
    document: Document | None
    model: M | None
    findings: tuple[Finding, ...]
    at: KeyPath = ()


@dataclass(frozen=True)
class JobFile:
    """A job and the files it points to.

    `directory` is the `<tenant>` of `jobs/<tenant>/…`, None for a file elsewhere; `listed_in` is the directory it was
    found in. `findings` are of the job's own file and of what it points to by a wrong path.
    """

    file: str
    directory: str | None
    listed_in: str
    document: Document | None
    job: Job | None
    source_recipe: ModelFile[Recipe] | None
    target_recipe: ModelFile[Recipe] | None
    asset: Parsed | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Workspace:
    """Everything that was read below `root`; `findings` are those that belong to no job.

    `contracts` and `recipes` are those that were asked for and that no job points to; with all jobs, all such files.
    `is_whole` says whether `jobs` are all jobs of the workspace, not just those a command names.
    `related` are the contracts that relationships of others refer to, by the paths they are referred to, and `neighbours`
    the further jobs of the same tenants, one of which may load what a relationship points to. `tenants` are those that
    have a directory below `jobs`, also where only some of the jobs were read.
    """

    root: Path
    jobs: tuple[JobFile, ...]
    registry_file: ModelFile[RegistryFile]
    runner_file: ModelFile[Runner]
    policy_file: ModelFile[Policy]
    contracts: tuple[Parsed, ...]
    recipes: tuple[ModelFile[Recipe], ...]
    findings: tuple[Finding, ...]
    is_whole: bool
    related: Mapping[str, Parsed] = field(default_factory=dict)
    neighbours: tuple[JobFile, ...] = ()
    tenants: frozenset[str] = frozenset()

    @property
    def registry(self) -> Registry:
        """The connector types; none when the registry cannot be read, which its findings say."""
        file = self.registry_file
        return registry(file.file, file.model) if file.model else Registry(file.file, {}, is_read=False)


def load_workspace(root: Path, jobs: Sequence[Path] = (), runner: Path | None = None) -> Workspace:
    """Read `jobs/**/*.yaml` below `root`, or the given files and directories, and all that jobs point to.

    `runner` is read instead of `configs/runner.yaml`.
    What lies below `assets` is a contract and below `connectors` a recipe, everything else is a job.
    """
    files = _Files(root)
    findings: list[Finding] = []
    read: dict[str, JobFile] = {}
    others: list[str] = []
    listings = tuple(_listings(root, jobs))
    is_whole = any(listing.shown == JOBS for listing in listings)
    for listing in listings:
        if not listing.paths:
            findings.append(_nothing_found(listing))
        for path in listing.paths:
            name = shown(root, path)
            if _kind(name) != JOBS:
                others.append(name)
                continue
            parsed = _read_job(root, path, name)
            if parsed.is_empty and listing.is_scan:
                findings += _as_warnings(parsed.findings)
            else:
                read.setdefault(name, _job(path, parsed, listing.shown, files))
    if is_whole:
        others += [shown(root, path) for kind in (ASSETS, CONNECTORS) for path in _inside(root, root / kind)]
    pointed_to = {
        each.file for job in read.values() for each in (job.asset, job.source_recipe, job.target_recipe) if each
    }
    names = tuple(name for name in dict.fromkeys(others) if name not in pointed_to)
    contracts = tuple(_milder(files.document(name)) for name in names if _kind(name) == ASSETS)
    return Workspace(
        root=root,
        jobs=tuple(read.values()),
        registry_file=_registry(root),
        runner_file=_optional(root, shown(root, runner) if runner else RUNNER, Runner),
        policy_file=load_policy(root),
        contracts=contracts,
        recipes=tuple(files.recipe(name) for name in names if _kind(name) == CONNECTORS),
        findings=tuple(findings),
        is_whole=is_whole,
        related=_related([*_used(read.values(), files), *((each, _bounds(None, files)) for each in contracts)], files),
        neighbours=tuple(_neighbours(root, read, files)),
        tenants=files.tenants,
    )


def _used(jobs: Iterable[JobFile], files: "_Files") -> Iterator[tuple[Parsed, TenantBounds]]:
    """Yield the contracts of jobs, each with the bounds of the job's tenant."""
    for job in jobs:
        if job.asset is not None:
            yield job.asset, _bounds(job.directory or (job.job.tenant_id if job.job else None), files)


def _bounds(tenant: str | None, files: "_Files") -> TenantBounds:
    return TenantBounds(tenant or "", files.tenants)


def _related(contracts: Iterable[tuple[Parsed, TenantBounds]], files: "_Files") -> dict[str, Parsed]:
    """Return the files that relationships of some contracts refer to, as far as they are there and no other tenant's."""
    paths = {
        path
        for each, bounds in contracts
        if each.document
        for path in related_files(each.document)
        if not bounds.is_foreign(path)
    }
    located = {path: locate(files.root, path).relative for path in sorted(paths)}
    return {path: files.document(relative) for path, relative in located.items() if relative is not None}


def _neighbours(root: Path, read: Mapping[str, JobFile], files: "_Files") -> Iterator[JobFile]:
    """Yield the other jobs of tenants some of whose jobs load related tables, from below `jobs`."""
    tenants = {
        job.directory or (job.job.tenant_id if job.job else "")
        for job in read.values()
        if job.asset is not None and job.asset.document is not None and has_relationships(job.asset.document)
    }
    own = [path for each in sorted(tenants) if TENANT_PATTERN.match(each) for path in yaml_files(root / JOBS / each)]
    beside = [path for path in yaml_files(root / JOBS) if path.parent == root / JOBS] if tenants else []
    for path in (*own, *beside):
        name = shown(root, path)
        if name not in read:
            yield _job(path, _read_job(root, path, name), JOBS, files)


def load_policy(root: Path) -> ModelFile[Policy]:
    """Read the policy of the workspace at `root`, if there is one."""
    return _optional(root, POLICY, Policy)


def _kind(name: str) -> str:
    """Return the directory that says what a file is; a job's may be any."""
    first = Path(name).parts[0] if Path(name).parts else JOBS
    return first if first in {ASSETS, CONNECTORS} else JOBS


def _inside(root: Path, directory: Path) -> list[Path]:
    """Return the YAML files below a directory, without links that leave the workspace."""
    return [path for path in yaml_files(directory) if path.resolve().is_relative_to(root.resolve())]


def _milder(parsed: Parsed) -> Parsed:
    """Return a contract that only explains something, as a warning."""
    return replace(parsed, findings=_as_warnings(parsed.findings)) if parsed.is_empty else parsed


@dataclass(frozen=True)
class _Listing:
    """Job files named by one argument; `is_scan` when they were found in a directory."""

    shown: str
    paths: tuple[Path, ...]
    is_scan: bool


def _listings(root: Path, jobs: Sequence[Path]) -> Iterator[_Listing]:
    for given in jobs or (root / JOBS,):
        path = given if given.exists() else root / given
        if path.is_dir():
            yield _Listing(shown(root, path), yaml_files(path), is_scan=True)
        elif os.path.lexists(path):
            yield _Listing(shown(root, path.parent), (path,), is_scan=False)
        else:
            yield _Listing(shown(root, path), (), is_scan=not jobs)


def yaml_files(directory: Path) -> tuple[Path, ...]:
    """Return the YAML files below a directory, in order."""
    return tuple(sorted({file for pattern in ("*.yaml", "*.yml") for file in directory.rglob(pattern)}))


def _as_warnings(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(replace(finding, severity=Severity.WARNING) for finding in findings)


def _nothing_found(listing: _Listing) -> Finding:
    if listing.is_scan:
        hint = "Write a job to jobs/<tenant>/<name>.yaml."
        return Finding(listing.shown, 1, "", "no-jobs", Severity.WARNING, "there is no job file", hint)
    return Finding(listing.shown, 1, "", "file-missing", Severity.ERROR, "there is no such file", "Check the path.")


def _read(path: Path | Traversable, file: str) -> Parsed:
    try:
        if not path.is_file():
            message = "this is not a file, or a link to none"
            return Parsed(file, None, (Finding(file, 1, "", "file-unreadable", Severity.ERROR, message, "Remove it."),))
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}"
        finding = Finding(file, 1, "", "file-unreadable", Severity.ERROR, message, "Check its permissions.")
        return Parsed(file, None, (finding,))
    return parse_document(file, content)


def _read_job(root: Path, path: Path, file: str) -> Parsed:
    """Read a job file, unless a link makes it that of nobody or of another tenant."""
    if not is_led_astray(root, path):
        return _read(path, file)
    message, hint = "this is a link that leads out of the tenant's directory", "Put the file itself there."
    return Parsed(file, None, (Finding(file, 1, "", "job-link", Severity.ERROR, message, hint),))


def _model_file(parsed: Parsed, model: type[M]) -> ModelFile[M]:
    if parsed.document is None:
        return ModelFile(parsed.file, None, None, parsed.findings)
    validated = validate(model, parsed.document.data, parsed.document)
    return ModelFile(parsed.file, parsed.document, validated.model, (*parsed.findings, *validated.findings))


class _Files:
    """Files that jobs point to, each read at most once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tenants = tenants_of(root)
        self._parsed: dict[str, Parsed] = {}
        self._recipes: dict[str, ModelFile[Recipe]] = {}

    def document(self, relative: str) -> Parsed:
        if relative not in self._parsed:
            self._parsed[relative] = _read(self.root / relative, relative)
        return self._parsed[relative]

    def recipe(self, relative: str) -> ModelFile[Recipe]:
        if relative not in self._recipes:
            self._recipes[relative] = _model_file(self.document(relative), Recipe)
        return self._recipes[relative]


def _registry(root: Path) -> ModelFile[RegistryFile]:
    own = root / REGISTRY
    if own.is_file():
        return _model_file(_read(own, REGISTRY), RegistryFile)
    packaged = resources.files("dativo_core") / "shipped" / "registry" / "connectors.yaml"
    if packaged.is_file():
        return _model_file(_read(packaged, f"dativo_core/shipped/{REGISTRY}"), RegistryFile)
    hint = "Write the connector types that may be used into it."
    missing = Finding(REGISTRY, 1, "", "file-missing", Severity.ERROR, "there is no registry", hint)
    return ModelFile(REGISTRY, None, None, (missing,))


def _is_absent(path: Path) -> bool:
    """Return whether there is nothing at `path`; what may not be looked at is not absent, so that it is told."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _optional(root: Path, file: str, model: type[F]) -> ModelFile[F]:
    """Read a file that need not exist."""
    if _is_absent(root / file):
        return ModelFile(file, None, None, ())
    parsed = _read(root / file, file)
    if parsed.document is None:
        return ModelFile(file, None, None, _as_warnings(parsed.findings) if parsed.is_empty else parsed.findings)
    body = unwrap(parsed.document, model.wrapper)
    validated = validate(model, body.data, parsed.document, body.at)
    return ModelFile(
        file, parsed.document, validated.model, (*parsed.findings, *body.findings, *validated.findings), body.at
    )


def _job(path: Path, parsed: Parsed, listed_in: str, files: _Files) -> JobFile:
    root, directory = files.root, tenant_directory(files.root, path)
    document = parsed.document
    if document is None:
        return JobFile(parsed.file, directory, listed_in, None, None, None, None, None, parsed.findings)
    validated = validate(Job, document.data, document)
    bounds = _bounds(directory or str(document.value(("tenant_id",))), files)
    source, target = (pointed_recipe(root, document, role, bounds) for role in ("source", "target"))
    source_recipe = files.recipe(source.relative) if source.relative else None
    asset = pointed_asset(root, document, source_recipe.model if source_recipe else None, bounds)
    return JobFile(
        file=parsed.file,
        directory=directory,
        listed_in=listed_in,
        document=document,
        job=validated.model,
        source_recipe=source_recipe,
        target_recipe=files.recipe(target.relative) if target.relative else None,
        asset=files.document(asset.relative) if asset.relative else None,
        findings=(*parsed.findings, *validated.findings, *source.findings, *target.findings, *asset.findings),
    )
