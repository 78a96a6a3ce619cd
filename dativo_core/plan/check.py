"""One job against all rules that look at it alone."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from dativo_core.model.finding import Finding
from dativo_core.model.job import Job
from dativo_core.model.names import TENANT_PATTERN, TableName, table_name
from dativo_core.odcs.contract import Contract, SchemaObject
from dativo_core.odcs.read import ContractFile
from dativo_core.plan.sides import AssetSide, SourceSide, TargetSide, source_side, target_side
from dativo_core.rules.contract_match import check_contract
from dativo_core.rules.csv_options import check_column_names
from dativo_core.rules.names import NamedJob, check_job_name
from dativo_core.rules.references import check_references
from dativo_core.rules.rejects import check_max_rejects
from dativo_core.rules.replacement import check_removed_files, check_replace
from dativo_core.rules.schedule import check_schedule
from dativo_core.rules.source_files import choose_object
from dativo_core.rules.tenant import check_tenant
from dativo_core.workspace.document import Document
from dativo_core.workspace.load import JobFile, Workspace

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
    parts: Parts | None
    findings: tuple[Finding, ...]

    @property
    def named(self) -> NamedJob | None:
        """The job under the names it must not share with others; None when its file cannot be read."""
        job, document = self.file.job, self.file.document
        if job is None or document is None or not TENANT_PATTERN.match(self.tenant):
            return None
        return NamedJob(self.tenant, self.name, document, self._tables(), job.target.shared is True)

    def _tables(self) -> tuple[TableName, ...]:
        if self.parts is None:
            return ()
        return (table_name(self.tenant, self.parts.contract.domain, self.parts.table.name),)


def examine(file: JobFile, workspace: Workspace, read: ReadContract) -> Examined:
    """Apply every rule to one job; `read` compiles contract documents."""
    findings = [*file.findings, *workspace.registry_file.findings]
    tenant, name = _names(file)
    contract = _contract(file, read, findings)
    parts: Parts | None = None
    if file.job is None or file.document is None:
        recipes = (file.source_recipe, file.target_recipe)
        findings += [finding for recipe in recipes if recipe for finding in recipe.findings]
    else:
        findings += _check_job(file.job, file.document, name, file.directory)
        parts = _parts(file, file.job, file.document, contract, workspace, findings)
    return Examined(file, tenant, name, parts, tuple(dict.fromkeys(findings)))


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
    findings = [
        *check_tenant(job, document, directory),
        *check_job_name(name, document),
        *check_references(document),
        *check_max_rejects(job, document),
    ]
    return findings + (check_schedule(job.schedule, document) if job.schedule else [])


def _parts(
    file: JobFile,
    job: Job,
    document: Document,
    contract: ContractFile | None,
    workspace: Workspace,
    findings: list[Finding],
) -> Parts | None:
    asset = _asset(job, document, contract, findings)
    source, problems = source_side(file.source_recipe, job, document, workspace)
    findings += problems
    target, problems = target_side(file.target_recipe, job, document, workspace, asset)
    findings += problems
    if target is not None:
        findings += check_replace(target.target, target.settings)
    if source is not None and target is not None:
        findings += check_removed_files(source.source, source.settings, target.target)
    if asset is None or asset.file.contract is None or asset.table is None:
        return None
    if source is not None:
        findings += check_contract(job, source.recipe.type, asset.file.contract, asset.table, asset.document)
        findings += check_column_names(source.options, source.settings, asset.table)
    if source is None or target is None:
        return None
    return Parts(job, document, source, target, asset.file.contract, asset.table)


def _asset(job: Job, document: Document, read: ContractFile | None, findings: list[Finding]) -> AssetSide | None:
    if read is None:
        return None
    if read.contract is None:
        return AssetSide(read.document, read, None)
    table, problems = choose_object(job.source, read.contract, read.document, document)
    findings += problems
    return AssetSide(read.document, read, table)
