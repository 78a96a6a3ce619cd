"""One job against all rules that look at it alone."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from dativo_core.model.finding import Finding
from dativo_core.model.job import Job, Source
from dativo_core.model.mode import Mode
from dativo_core.model.names import TENANT_PATTERN, spread_key, table_name
from dativo_core.model.ownership import TenantBounds
from dativo_core.model.policy import Policy
from dativo_core.odcs.contract import Contract, SchemaObject
from dativo_core.odcs.read import ContractFile
from dativo_core.plan.sides import AssetSide, SourceSide, Surroundings, TargetSide, of_object, source_side, target_sides
from dativo_core.rules.catalog_push import check_catalog_push
from dativo_core.rules.contract_match import check_contract
from dativo_core.rules.contract_status import check_life, check_status
from dativo_core.rules.csv_options import check_column_names
from dativo_core.rules.incremental import check_repeats
from dativo_core.rules.job_logging import check_logging
from dativo_core.rules.job_partitions import check_partitions, check_places
from dativo_core.rules.locations import check_locations
from dativo_core.rules.names import NamedJob, NamedTable, check_job_name, check_object_names
from dativo_core.rules.overrides import check_overrides, overridden_contract, overridden_table
from dativo_core.rules.plugins import check_sandbox
from dativo_core.rules.policy import check_contract_file, check_policy, severity_of
from dativo_core.rules.reachable import network_policy
from dativo_core.rules.references import check_closed_variables, check_references
from dativo_core.rules.rejects import check_max_rejects
from dativo_core.rules.replacement import check_partitioned_loads, check_removed_files, check_replace, check_shared
from dativo_core.rules.retry import check_retry
from dativo_core.rules.schedule import check_schedule
from dativo_core.rules.sections import check_objects, loads_by_itself
from dativo_core.rules.source_objects import read_objects
from dativo_core.rules.table_properties import check_table_properties
from dativo_core.rules.tenant import check_tenant
from dativo_core.rules.triggers import check_triggers
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.load import JobFile

ReadContract = Callable[[Document], ContractFile]


@dataclass(frozen=True)
class ObjectParts:
    """What one object of a job is planned from: its name in the source, its table as the job overrides it, its target."""

    name: str
    place: KeyPath
    table: SchemaObject
    target: TargetSide


@dataclass(frozen=True)
class Parts:
    """Everything a plan is made of."""

    job: Job
    document: Document
    source: SourceSide
    contract: Contract
    objects: tuple[ObjectParts, ...]
    reachable_hosts: tuple[str, ...] = ()
    mode: Mode = Mode.SELF_HOSTED

    @property
    def target(self) -> TargetSide:
        """Where rows go; what differs from object to object is in `objects`."""
        return self.objects[0].target


@dataclass(frozen=True)
class Examined:
    """A job file after all rules that look at it alone; `parts` is None when something a plan needs is missing."""

    file: JobFile
    tenant: str
    name: str
    contract: Contract | None
    parts: Parts | None
    findings: tuple[Finding, ...]

    @property
    def named(self) -> NamedJob | None:
        """The job under the names it must not share with others; None when its file cannot be read.

        A job that claims to be another tenant's has no names, so that none of that tenant's jobs is in its way.
        """
        job, document = self.file.job, self.file.document
        if job is None or document is None or not TENANT_PATTERN.match(self.tenant):
            return None
        if self.file.directory not in {None, self.tenant}:
            return None
        return NamedJob(self.tenant, self.name, document, self._tables(), job.target.shared is True)

    def _tables(self) -> tuple[NamedTable, ...]:
        if self.parts is None:
            return ()
        contract, source_type = self.parts.contract, self.parts.source.recipe.type
        return tuple(
            NamedTable(
                name=table_name(self.tenant, contract.domain, each.table.name),
                domain=contract.domain or "default",
                object=each.table.name,
                source_type=source_type,
                source_object=each.name,
                contract_file=contract.file,
            )
            for each in self.parts.objects
        )


def examine(file: JobFile, surroundings: Surroundings, read: ReadContract) -> Examined:
    """Apply every rule to one job; `read` compiles contract documents."""
    findings = [*file.findings]
    tenant, name = _names(file)
    contract = _contract(file, read, findings)
    if contract is not None:
        findings += [*check_life(contract.document), *check_contract_file(surroundings.policy, contract)]
    if file.document is not None:
        findings += _check_places(file, tenant, file.document, surroundings)
    parts: Parts | None = None
    if file.job is None or file.document is None:
        recipes = (file.source_recipe, file.target_recipe)
        findings += [finding for recipe in recipes if recipe for finding in recipe.findings]
        findings += check_places(file.document) if file.document is not None else []
    else:
        findings += _check_job(file, file.job, file.document, name, surroundings)
        allowed = network_policy(surroundings.policy, surroundings.mode)
        findings += check_catalog_push(file.job, file.document, allowed)
        parts = _parts(file, file.job, file.document, contract, surroundings, findings)
    compiled = contract.contract if contract else None
    return Examined(file, tenant, name, compiled, parts, tuple(dict.fromkeys(findings)))


def _names(file: JobFile) -> tuple[str, str]:
    """Return tenant and name of a job, as far as they can be known when the file is broken."""
    stem = PurePosixPath(file.file).stem
    if file.job is not None:
        return file.job.tenant_id, file.job.name or stem
    tenant, name = (file.document.value((key,)) if file.document else None for key in ("tenant_id", "name"))
    is_tenant = isinstance(tenant, str) and TENANT_PATTERN.match(tenant)
    return (str(tenant) if is_tenant else file.directory or ""), name if isinstance(name, str) and name else stem


def _contract(file: JobFile, read: ReadContract, findings: list[Finding]) -> ContractFile | None:
    if file.asset is None:
        return None
    findings += file.asset.findings
    if file.asset.document is None:
        return None
    contract = read(file.asset.document)
    findings += contract.findings
    return contract


def _check_job(file: JobFile, job: Job, document: Document, name: str, surroundings: Surroundings) -> list[Finding]:
    of_partitions = check_partitions(job, document)
    findings = [
        *check_tenant(job, document, file.directory, surroundings.mode),
        *check_job_name(name, document),
        *check_references(document),
        *check_max_rejects(job, document),
        *of_partitions,
        *check_triggers(job, document, of_partitions),
        *check_sandbox(job, document),
    ]
    findings += check_schedule(job.schedule, document, spread_key(job.tenant_id, name)) if job.schedule else []
    findings += check_logging(job.logging, document) if job.logging else []
    return findings + (check_retry(job.retry_config, document) if job.retry_config else [])


def _check_places(file: JobFile, tenant: str, document: Document, surroundings: Surroundings) -> list[Finding]:
    """Return where a job and its contract reach for what is not the tenant's, also when other keys are wrong."""
    bounds = TenantBounds(file.directory or tenant, surroundings.tenants)
    contract = file.asset.document if file.asset else None
    findings = check_locations(document, contract, bounds, surroundings.mode)
    findings += [*check_closed_variables(document), *check_table_properties(document)]
    return findings + (check_table_properties(contract) if contract is not None else [])


def _parts(
    file: JobFile,
    job: Job,
    document: Document,
    contract: ContractFile | None,
    surroundings: Surroundings,
    findings: list[Finding],
) -> Parts | None:
    source, problems = source_side(file.source_recipe, job, document, surroundings)
    findings += problems
    asset = _asset(source.source if source else job.source, document, contract, findings)
    targets, problems = target_sides(file.target_recipe, job, document, surroundings, asset)
    findings += problems
    for target in targets:
        findings += [*check_replace(target.target, target.settings), *check_shared(target.target, target.settings)]
        findings += check_partitioned_loads(job, target.target, target.settings)
    if source is not None and targets:
        findings += check_removed_files(source.source, source.settings, targets[0].target)
        findings += _check_repeats(source, targets[0])
    if asset is None or asset.file.contract is None or not asset.objects:
        return None
    declared = asset.file.contract
    findings += _check_contract(job, document, asset, declared, surroundings.policy)
    if source is not None:
        findings += _check_match(job, document, source, declared, asset, surroundings.policy)
    if source is None or not targets:
        return None
    objects = tuple(
        ObjectParts(each.name, each.place, overridden_table(each.table, job), target)
        for each, target in zip(asset.objects, targets, strict=True)
    )
    reachable = surroundings.policy.reachable_hosts if surroundings.policy else ()
    return Parts(job, document, source, overridden_contract(declared, job), objects, reachable, surroundings.mode)


def _check_contract(
    job: Job, document: Document, asset: AssetSide, declared: Contract, policy: Policy | None
) -> list[Finding]:
    """Return what is wrong with a contract as the job overrides it, whatever its source."""
    findings = check_overrides(job, document, [each.table for each in asset.objects])
    if policy is not None:
        for each in asset.objects:
            table = overridden_table(each.table, job)
            findings += check_policy(policy, declared, table, asset.document, job, document)
    return findings + check_status(job, declared, asset.document)


def _check_match(
    job: Job,
    document: Document,
    source: SourceSide,
    contract: Contract,
    asset: AssetSide,
    policy: Policy | None,
) -> list[Finding]:
    """Return where a contract and the source of its job do not fit each other."""
    objects, source_type = asset.objects, source.recipe.type
    findings = [
        *check_contract(job, source_type, contract, objects, asset.document, document, severity_of(policy)),
        *check_objects(source.source, source.settings, source_type, source.entry, objects),
        *check_object_names(objects, asset.document, document),
    ]
    for each in objects:
        findings += of_object(each, check_column_names(source.options, source.settings, each.table), objects)
    return findings


def _check_repeats(source: SourceSide, target: TargetSide) -> list[Finding]:
    if loads_by_itself(source.entry):
        return []
    return check_repeats(source.source, source.settings, target.target, target.settings)


def _asset(source: Source, document: Document, read: ContractFile | None, findings: list[Finding]) -> AssetSide | None:
    if read is None:
        return None
    if read.contract is None:
        return AssetSide(read.document, read, ())
    objects, problems = read_objects(source, read.contract, read.document, document)
    findings += problems
    return AssetSide(read.document, read, objects)
