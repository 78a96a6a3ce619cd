"""One job against all rules that look at it alone."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from dativo_core.model.finding import Finding
from dativo_core.model.job import Job, Source
from dativo_core.model.names import TENANT_PATTERN, spread_key, table_name
from dativo_core.model.policy import Policy
from dativo_core.odcs.contract import Contract, SchemaObject
from dativo_core.odcs.read import ContractFile
from dativo_core.plan.sides import AssetSide, SourceSide, Surroundings, TargetSide, source_side, target_side
from dativo_core.rules.contract_match import check_contract
from dativo_core.rules.contract_status import check_status
from dativo_core.rules.csv_options import check_column_names
from dativo_core.rules.incremental import check_repeats
from dativo_core.rules.job_partitions import check_partitions
from dativo_core.rules.names import NamedJob, NamedTable, check_job_name, check_object_name
from dativo_core.rules.overrides import check_overrides, overridden_contract, overridden_table
from dativo_core.rules.policy import check_policy, severity_of
from dativo_core.rules.references import check_references
from dativo_core.rules.rejects import check_max_rejects
from dativo_core.rules.replacement import check_partitioned_loads, check_removed_files, check_replace
from dativo_core.rules.retry import check_retry
from dativo_core.rules.schedule import check_schedule
from dativo_core.rules.sections import check_objects, loads_by_itself
from dativo_core.rules.source_files import choose_object, objects_of
from dativo_core.rules.tenant import check_tenant
from dativo_core.rules.triggers import check_triggers
from dativo_core.workspace.document import Document
from dativo_core.workspace.load import JobFile

ReadContract = Callable[[Document], ContractFile]


@dataclass(frozen=True)
class Parts:
    """Everything a plan is made of."""

    job: Job
    document: Document
    source: SourceSide
    target: TargetSide
    contract: Contract
    table: SchemaObject


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
        """The job under the names it must not share with others; None when its file cannot be read."""
        job, document = self.file.job, self.file.document
        if job is None or document is None or not TENANT_PATTERN.match(self.tenant):
            return None
        return NamedJob(self.tenant, self.name, document, self._table(), job.target.shared is True)

    def _table(self) -> NamedTable | None:
        if self.parts is None:
            return None
        contract, table, source = self.parts.contract, self.parts.table, self.parts.source
        return NamedTable(
            name=table_name(self.tenant, contract.domain, table.name),
            domain=contract.domain or "default",
            object=table.name,
            source_type=source.recipe.type,
            source_object=source_object(source.source, table),
            contract_file=contract.file,
        )


def source_object(source: Source, table: SchemaObject) -> str:
    """Return the object a job reads: the one it names, else the contract's."""
    named = objects_of(source)
    return named[0] if named else table.source_object


def examine(file: JobFile, surroundings: Surroundings, read: ReadContract) -> Examined:
    """Apply every rule to one job; `read` compiles contract documents."""
    findings = [*file.findings]
    tenant, name = _names(file)
    contract = _contract(file, read, findings)
    parts: Parts | None = None
    if file.job is None or file.document is None:
        recipes = (file.source_recipe, file.target_recipe)
        findings += [finding for recipe in recipes if recipe for finding in recipe.findings]
    else:
        findings += _check_job(file.job, file.document, name, file.directory)
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


def _check_job(job: Job, document: Document, name: str, directory: str | None) -> list[Finding]:
    of_partitions = check_partitions(job, document)
    findings = [
        *check_tenant(job, document, directory),
        *check_job_name(name, document),
        *check_references(document),
        *check_max_rejects(job, document),
        *of_partitions,
        *check_triggers(job, document, of_partitions),
    ]
    findings += check_schedule(job.schedule, document, spread_key(job.tenant_id, name)) if job.schedule else []
    return findings + (check_retry(job.retry_config, document) if job.retry_config else [])


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
    target, problems = target_side(file.target_recipe, job, document, surroundings, asset)
    findings += problems
    if target is not None:
        findings += check_replace(target.target, target.settings)
        findings += check_partitioned_loads(job, target.target, target.settings)
    if source is not None and target is not None:
        findings += check_removed_files(source.source, source.settings, target.target)
        findings += _check_repeats(source, target)
    if asset is None or asset.file.contract is None or asset.table is None:
        return None
    table, declared, policy = overridden_table(asset.table, job), asset.file.contract, surroundings.policy
    findings += check_overrides(job, document, asset.table)
    if policy is not None:
        findings += check_policy(policy, declared, table, asset.document, job, document)
    findings += check_status(job, declared, asset.document)
    if source is not None:
        findings += _check_match(job, document, source, declared, table, asset.document, policy)
    if source is None or target is None:
        return None
    return Parts(job, document, source, target, overridden_contract(declared, job), table)


def _check_match(
    job: Job,
    document: Document,
    source: SourceSide,
    contract: Contract,
    table: SchemaObject,
    contract_document: Document,
    policy: Policy | None,
) -> list[Finding]:
    """Return where a contract and the source of its job do not fit each other."""
    return [
        *check_contract(
            job, source.source, source.recipe.type, contract, table, contract_document, severity_of(policy)
        ),
        *check_objects(source.source, source.settings, source.recipe.type, source.entry, table),
        *check_object_name(source.source, table, contract_document, document),
        *check_column_names(source.options, source.settings, table),
    ]


def _check_repeats(source: SourceSide, target: TargetSide) -> list[Finding]:
    if loads_by_itself(source.entry):
        return []
    return check_repeats(source.source, source.settings, target.target, target.settings)


def _asset(source: Source, document: Document, read: ContractFile | None, findings: list[Finding]) -> AssetSide | None:
    if read is None:
        return None
    if read.contract is None:
        return AssetSide(read.document, read, None)
    table, problems = choose_object(source, read.contract, read.document, document)
    findings += problems
    return AssetSide(read.document, read, table)
